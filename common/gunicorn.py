"""gunicorn's configuration of every service: `gunicorn -c python:common.gunicorn`.

One process with threads: django-prometheus then needs no shared files, and replicas scale better than workers.
"""

import gc
import os
import signal
import sys
from importlib.util import find_spec
from typing import Any

from common.fleet import fleet
from common.processes.ending import end_with_parent
from common.telemetry.logs import speak_json

_name = os.environ["DJANGO_SETTINGS_MODULE"].partition(".")[0]
_service = fleet().services[_name]

bind = os.environ.get("BIND", f"0.0.0.0:{_service.port}")
# A service that answers some requests in front of Django has a wsgi.py of its own.
wsgi_app = f"{_name if find_spec(f'{_name}.wsgi') else 'common'}.wsgi:application"
worker_class = "common.serving.worker.BufferedWorker"
workers = 1
threads = int(os.environ.get("HTTP_THREADS", _service.threads))
timeout = 60
graceful_timeout = 7  # then a worker that still waits for a peer is killed, so that all is over within 10 s
keepalive = 30
# Headers with underscores would reach WSGI under the name of their twin with dashes: X_Consumer_Custom_ID.
header_map = "drop"
forwarder_headers = ""
limit_request_line = 8190
control_socket_disable = True
sendfile = False  # answers pass through `common.serving.leaving`
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108  heartbeats off the disk
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "common.telemetry.logs.JsonFormatter",
            "service": os.environ["DJANGO_SETTINGS_MODULE"].partition(".")[0],
        }
    },
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}


def on_starting(_server: object) -> None:
    """Arbiter and workers, which are forked of it."""
    speak_json()


def post_fork(_server: object, worker: Any) -> None:
    """Tie the worker to its arbiter."""
    end_with_parent()
    if os.getppid() != worker.ppid:  # it was gone before
        os.kill(os.getpid(), signal.SIGKILL)


def worker_exit(_server: object, _worker: object) -> None:
    """Where settings were loaded, as a worker's were, traces may be on."""
    if tracing := sys.modules.get("common.telemetry.tracing"):
        tracing.flush()


def post_worker_init(_worker: object) -> None:
    """It serves now: the next process may start.

    What is loaded by now stays; collections that look at it again each time make a slow request now and then.
    """
    from common.turns import give_back  # noqa: PLC0415  the arbiter needs no client of the broker

    give_back()
    gc.collect()
    gc.freeze()
