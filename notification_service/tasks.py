"""The tasks of notification_service."""

import logging
import threading
from typing import Any

from celery.signals import worker_shutting_down

from common.api.errors import PeerError
from common.between.feeds import follow
from common.celery import task
from notification_service.deliveries import metrics, retention, sending
from notification_service.feeds import endpoints, users, windows
from notification_service.models import Cursor

logger = logging.getLogger(__name__)
_watch = metrics.Watch()
_gone_owners = retention.GoneOwners()
_stopping = threading.Event()
READER = "2"
"""Since this service keeps of endpoints whether they are paused; another reader begins at the feed's beginning."""


@worker_shutting_down.connect
def _stop(**_: Any) -> None:
    """The sweep claims no more."""
    _stopping.set()


@task
def sync() -> None:
    """Learn of users, endpoints and windows; a peer that is away is asked again with the next tick."""
    for service, path, apply, reader in (
        ("user_service", "/users", users.users_apply, ""),
        ("endpoint_service", "/endpoints", endpoints.endpoints_apply, READER),
        ("endpoint_service", "/maintenance-windows", windows.windows_apply, ""),
    ):
        try:
            follow(Cursor, service, path, apply, reader=reader)
        except PeerError as error:
            logger.warning("Could not follow %s%s: %s", service, path, error)
    _gone_owners.look()


@task
def sweep() -> None:
    """Send what is due."""
    _watch.look()
    sending.deliveries_send(stopping=_stopping.is_set)


@task
def purge() -> None:
    """Forget what was told long ago."""
    retention.history_purge()
