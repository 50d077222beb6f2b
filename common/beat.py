"""Beat of the whole fleet: `celery -A common.beat beat`. It knows names and queues only, so it needs no Django.

Schedules are short and their tasks idempotent, so it keeps no state of its own: after a kill it simply goes on, and
two of them at once do no harm.
"""

import os
from typing import Any, TypedDict, cast

from celery import Celery
from celery.signals import beat_init, setup_logging

from common.fleet import fleet
from common.processes.ending import end_within


def broker_options() -> dict[str, object]:
    """How beat and workers hold on to Valkey: reconnect for ever, notice a dead connection, never wait for long."""
    return {
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "retry_on_timeout": True,
        },
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0, "interval_step": 0.2},
    }


def queue_of(task: str, region: str) -> str:
    """The queue of a task: the one of its schedule, or of its own name if a worker reads it, `default` otherwise.

    Its name is `<service>.<queue>`, and `<service>.<queue>.<region>` where the fleet data says so.
    """
    service, _, name = task.partition(".tasks.")
    data = fleet().services[service]
    names = [data.schedule[name].queue] if name in data.schedule else [name, "default"]
    asked = [f"{service}.{queue}{place}" for queue in names for place in (f".{region}", "")]
    read = {queue for worker in data.workers for queue in worker.queues_in(region)}
    return next((queue for queue in asked if queue in read), asked[-1])


class Options(TypedDict):
    """`expires` in seconds."""

    expires: float
    queue: str


class Entry(TypedDict):
    """Of Celery's `beat_schedule`; `schedule` in seconds."""

    task: str
    schedule: float
    options: Options


def schedule(region: str) -> dict[str, Entry]:
    """Celery's `beat_schedule`, made of the fleet data."""
    return {
        f"{service}.{name}": {
            "task": f"{service}.tasks.{name}",
            "schedule": entry.every,
            "options": {"expires": entry.expires, "queue": queue_of(f"{service}.tasks.{name}", region)},
        }
        for service, data in fleet().services.items()
        for name, entry in data.schedule.items()
    }


def _application() -> Celery:
    from common import env  # noqa: PLC0415

    app = Celery("beat", broker=env.secret("BROKER_URL"))
    app.conf.update(
        broker_options(),
        beat_schedule=schedule(env.string("REGION", "default")),
        beat_scheduler="common.processes.ticker:Ticker",
        beat_max_loop_interval=1,
        task_ignore_result=True,
    )
    beat, program = app.Beat, cast("Any", app)
    program.Beat = lambda **options: beat(**options | {"quiet": True})  # no banner, started with --quiet or not
    return app


def __getattr__(name: str) -> Celery:
    """`common.beat:app`, made when beat asks for it: workers import this module for its functions alone."""
    if name in {"app", "celery"}:
        globals()["app"] = globals()["celery"] = application = _application()
        return application
    raise AttributeError(name)


@setup_logging.connect
def _log_as_json(**_: object) -> None:
    """One JSON object a line, like everybody else; one line a second for each tick would say nothing."""
    import logging.config  # noqa: PLC0415

    from common.telemetry.logs import speak_json  # noqa: PLC0415

    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        return
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": "common.telemetry.logs.JsonFormatter", "service": "beat"}},
            "handlers": {
                "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}
            },
            "root": {"handlers": ["stdout"], "level": "INFO"},
            "loggers": {"celery.beat": {"level": "WARNING"}},
        }
    )
    speak_json()


@beat_init.connect
def _end_at_once(**_: object) -> None:
    """There is nothing to bring to an end."""
    end_within(0.5, code=0)


@beat_init.connect
def _serve_metrics(**_: object) -> None:
    """`/metrics` of beat, where METRICS_PORT asks for it."""
    from common import env  # noqa: PLC0415

    port = env.integer("METRICS_PORT", 0, most=65535)
    if port:
        from prometheus_client import start_http_server  # noqa: PLC0415

        start_http_server(port, addr=env.string("METRICS_HOST", "0.0.0.0"))  # noqa: S104  scraped from outside
