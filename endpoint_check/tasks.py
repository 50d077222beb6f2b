"""The tasks of endpoint_check. Messages carry no ids; what is to be done is found in the database."""

import faulthandler
import gc
import logging
import resource
import sys
import threading

from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings

from common.api.errors import PeerError
from common.celery import task
from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.feeds.feed_sync import feeds_sync
from endpoint_check.feeds.orphaned_monitors import monitors_sweep
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.schedule.dispatch import Watch, tasks_wanted

logger = logging.getLogger(__name__)

CHECK_SECONDS = 60.0
"""A check task's life; then another takes its place."""
END_WITHIN = 7.0
"""Seconds that a worker has for its end. Leases run out by themselves, so nothing is lost with one that takes longer."""
_EXPIRES = 2
_stopping = threading.Event()
_watch = Watch()


@worker_ready.connect
def calm_the_collector(**_: object) -> None:
    """Looking through everything that is loaded, time and again, was a tenth of a probe's cost when measured."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@worker_ready.connect
def _open_many_sockets(**_: object) -> None:
    """Each probe in flight is a descriptor, and many systems allow 1,024 unless one asks for more."""
    _soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@worker_shutting_down.connect
def _stop(**_: object) -> None:
    """The loops give back what they have claimed; a peer that does not answer must not keep the process from its end."""
    _stopping.set()
    # In a thread of C's own, which also ends what never lets go of the interpreter, and says where everybody stood.
    faulthandler.dump_traceback_later(END_WITHIN, exit=True, file=sys.__stderr__ or 2)


@task
def dispatch() -> None:
    """Make sure that enough `check` tasks run for what is due."""
    for _ in range(tasks_wanted()):
        check.apply_async(expires=_EXPIRES)
    _watch.look()


@task
def check() -> None:
    """Check what is due, until nothing is or a minute is over."""
    loop = CheckLoop(
        region=settings.REGION,
        stopping=_stopping.is_set,
        on_news=lambda: deliver.apply_async(expires=_EXPIRES),
    )
    if loop.run(CHECK_SECONDS) and not _stopping.is_set():
        check.apply_async(expires=_EXPIRES)


@task
def sync() -> None:
    """Follow endpoint_service."""
    try:
        feeds_sync()
    except PeerError as error:
        logger.warning("endpoint_service cannot be followed at the moment: %s", error)


@task
def sweep() -> None:
    """Forget what is there no more."""
    try:
        if gone := monitors_sweep():
            logger.warning("%s monitors were of endpoints that are gone, and went", gone)
    except PeerError as error:
        logger.warning("endpoint_service cannot be asked at the moment: %s", error)


@task
def deliver() -> None:
    """Send what the outboxes hold."""
    outboxes_deliver(stopping=_stopping.is_set)
