"""The Celery application of every service's worker, and the task class that all tasks share.

    @task
    def sweep() -> None: ...

is registered as `<service>.tasks.sweep`. Tasks are batches found in the database, never messages with ids: a lost or
doubled message then costs nothing, so nothing is retried by the broker.
"""

import logging
import logging.config
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from celery import Celery, Task
from celery.signals import celeryd_init, setup_logging, worker_init, worker_ready, worker_shutdown
from django.conf import settings
from django.db import connections

from common.beat import broker_options, queue_of
from common.processes.ending import end_within
from common.telemetry import tracing
from common.telemetry.logs import new_request_id, request_id, speak_json, write_line
from common.turns import give_back

logger = logging.getLogger(__name__)


class BaseTask(Task):  # type: ignore[type-arg]
    """Logs each run with its duration, and carries the request id from the sender to the task and on."""

    abstract = True

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Send the current request id along."""
        headers = dict(options.pop("headers", None) or {})
        headers.setdefault("pongpong_request_id", request_id.get())
        if not tracing.ON:
            return super().apply_async(*args, headers=headers, **options)
        with tracing.span(f"send {self.name}", "producer", attributes=_task_facts(self.name)):
            headers.update({f"pongpong_{name}": value for name, value in tracing.carrier().items()})
            return super().apply_async(*args, headers=headers, **options)

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run, and say how it went. What a task raises is logged here and ends here."""
        _close_broken_connections()
        token = request_id.set(new_request_id(getattr(self.request, "pongpong_request_id", None)))
        started = time.perf_counter()
        try:
            result = self._traced(*args, **kwargs) if tracing.ON else super().__call__(*args, **kwargs)
        except Exception:
            logger.exception("%s failed", self.name, extra=_facts(self.name, started))
            raise
        else:
            logger.debug("%s succeeded", self.name, extra=_facts(self.name, started))
            return result
        finally:
            request_id.reset(token)

    def _traced(self, *args: object, **kwargs: object) -> object:
        parent = getattr(self.request, f"pongpong_{tracing.CARRIER}", None) or ""
        with tracing.span(f"run {self.name}", "consumer", parent=parent, attributes=_task_facts(self.name)):
            return super().__call__(*args, **kwargs)


def _task_facts(name: str) -> dict[str, str]:
    facts = {"messaging.system": "celery", "messaging.destination.name": queue_of(name, settings.REGION)}
    return facts | {"celery.task": name, "pongpong.request_id": request_id.get()}


def _close_broken_connections() -> None:
    """As Django does at a request's start; not within a transaction, as tests call tasks."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _facts(name: str, started: float) -> dict[str, object]:
    return {"task": name, "duration_ms": round((time.perf_counter() - started) * 1000, 1)}


app = Celery(settings.SERVICE, broker=settings.BROKER_URL, task_cls=BaseTask)
app.conf.update(
    broker_options(),
    include=[f"{settings.SERVICE}.tasks"],
    task_default_queue=f"{settings.SERVICE}.default",
    task_routes=lambda name, *_, **__: {"queue": queue_of(name, settings.REGION)},
    task_ignore_result=True,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
)
# Celery's fixup for Django would open a connection for every task, several a second. Broken ones are found at a task's
# start, as at a request's.
app.conf.CELERY_DB_REUSE_MAX = sys.maxsize


def task(function: Callable[..., object] | None = None, **options: Any) -> Any:
    """Register a task under `<module>.<function>`, the name that beat and others send."""
    return app.task(function, **options) if function is not None else app.task(**options)


@setup_logging.connect
def _leave_logging_to_django(**_: object) -> None:
    """Without a receiver Celery would install handlers of its own."""


@celeryd_init.connect
def _speak_json(instance: Any, **_: object) -> None:
    """From the very start, before Celery looks at who runs it; without its banner, whether it was started with --quiet or
    not; and in the place of what it prints while it stops.
    """
    instance.quiet = True
    logging.config.dictConfig(settings.LOGGING)
    speak_json()
    program: Any = import_module("celery.apps.worker")  # only here: services and beat do without
    program.safe_say = lambda message, *_: write_line(settings.SERVICE, logging.INFO, "celery.apps.worker", message)


@worker_init.connect
def _end_in_time(**_: object) -> None:
    """Tasks end and give back what they hold; one that waits for a hung peer is not waited for."""
    end_within(service=settings.SERVICE)


@worker_shutdown.connect
def _flush_traces(**_: object) -> None:
    tracing.flush()


@worker_ready.connect
def _let_the_next_start(**_: object) -> None:
    """It works now."""
    give_back()


@worker_ready.connect
def _serve_metrics(**_: object) -> None:
    """`/metrics` of the worker, where METRICS_PORT asks for it."""
    if settings.METRICS_PORT:
        from prometheus_client import start_http_server  # noqa: PLC0415

        start_http_server(settings.METRICS_PORT, addr=settings.METRICS_HOST)
