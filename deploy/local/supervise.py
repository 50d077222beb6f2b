"""`python -m deploy.local.supervise FILE`: supervisord, with children that are forked from one warm process.

Seventeen interpreters that each import Django, DRF and Celery cost a gigabyte and half a minute of CPU. Here they are
imported once, before supervisord begins; a child that would run `python -m deploy.local.run` carries on from there
instead of starting another interpreter, and shares those pages. Where fork without exec is not safe (macOS), children
start the ordinary way: both ways lead through `deploy.local.run`.
"""

import contextlib
import gc
import importlib
import os
import signal
import sys
import time
import warnings
from collections.abc import Sequence
from types import FrameType

import psutil
from supervisor.options import ServerOptions
from supervisor.supervisord import go

from deploy.local import run
from deploy.local.forks import FORKS, carry_on
from deploy.local.supervisor import STOP_WITHIN

WARM = (
    "celery.app.trace", "celery.apps.beat", "celery.apps.worker", "celery.beat", "celery.bin.beat",
    "celery.bin.celery", "celery.bin.worker", "celery.concurrency.thread", "celery.events.state",
    "celery.worker.consumer", "celery.worker.strategy", "kombu.transport.redis", "redis", "django.core.handlers.wsgi",
    "django.core.management.commands.check", "django.db.backends.postgresql.base", "django.db.migrations.executor",
    "django.db.models.sql.compiler", "django.forms", "django.template.defaulttags", "django.template.loader_tags",
    "django.contrib.staticfiles.storage", "django.contrib.postgres.fields", "django.middleware.locale",
    "django.test.signals", "django_prometheus.middleware", "django_prometheus.exports", "drf_spectacular.openapi",
    "drf_spectacular.views", "rest_framework.generics", "rest_framework.renderers", "rest_framework.parsers",
    "rest_framework.serializers", "rest_framework.templatetags.rest_framework", "gunicorn.app.wsgiapp",
    "gunicorn.http.wsgi", "gunicorn.workers.gthread", "whitenoise.middleware", "requests", "msgspec", "yaml",
    "cryptography.fernet", "argon2", "pycurl", "psycopg2.extras", "re2", "jsonpath", "cronsim", "css_inline",
    "slack_sdk.webhook", "pythonjsonlogger.json", "email.mime.multipart", "smtplib", "zoneinfo", "decimal", "multiprocessing",
    "common.api.openapi", "common.api.pagination", "common.api.renderers", "common.middleware", "common.security.crypto",
)  # fmt: skip
"""What most children import. None of it starts a thread or opens a connection."""


def warm_up() -> None:
    """Import everything under settings that hold what the services have in common, then forget those settings."""
    from django.conf import settings  # noqa: PLC0415
    from django.utils.functional import empty  # noqa: PLC0415

    time_zone = os.environ.get("TZ")
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.local.warm_settings"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in WARM:
            importlib.import_module(module)
    from rest_framework.settings import api_settings  # noqa: PLC0415

    api_settings.reload()
    settings._wrapped = empty  # noqa: SLF001  each child has settings of its own
    del os.environ["DJANGO_SETTINGS_MODULE"]
    os.environ.pop("TZ")  # Django's doing
    if time_zone is not None:
        os.environ["TZ"] = time_zone
    time.tzset()
    gc.collect()
    gc.freeze()


class ForkingOptions(ServerOptions):  # type: ignore[misc]
    """supervisord's operating system layer, whose last step of a child is our own."""

    def setsignals(self) -> None:
        """supervisord's own, and an end of everything in time, whatever hangs."""
        super().setsignals()
        signal.signal(signal.SIGALRM, _kill_what_is_left)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if not signal.getitimer(signal.ITIMER_REAL)[0]:
            signal.setitimer(signal.ITIMER_REAL, STOP_WITHIN)
        self.signal_receiver.receive(number, frame)

    def execve(self, filename: str, argv: Sequence[str], env: dict[str, str]) -> None:
        """Carry on in this fork where the child is one of our Python programs, else replace it as usual."""
        if FORKS and list(argv[1:3]) == ["-m", "deploy.local.run"]:
            os.environ.clear()
            os.environ.update(env)
            _carry_on(argv[3])
        super().execve(filename, argv, env)


def _kill_what_is_left(_number: int, _frame: FrameType | None) -> None:
    """PostgreSQL's processes are in no group of ours, and one that is stopped (SIGSTOP) hears nothing else."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            process.kill()


def _carry_on(name: str) -> None:
    """Become a Python program of the fleet within this process; returns where it is no Python program."""
    for number in (
        signal.SIGTERM,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGHUP,
        signal.SIGCHLD,
        signal.SIGUSR2,
        signal.SIGALRM,
    ):
        signal.signal(number, signal.SIG_DFL)
    argv, environment = run.prepare(name)
    if argv[:2] != [sys.executable, "-m"]:
        os.execve(argv[0], argv, environment)  # noqa: S606  no shell is wanted
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    carry_on(name, argv[2:])


def main() -> None:
    """Run supervisord in the foreground on the file that `pongpong up` wrote."""
    if FORKS:
        warm_up()
    options = ForkingOptions()
    options.realize(["-n", "-c", sys.argv[1]])
    options.first = True
    options.test = False
    go(options)
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main()
