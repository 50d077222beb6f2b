"""`manage.py SERVICE migrate_locked`: `migrate` for processes that all start at once, each before it serves.

One of them migrates, under a lock of the database's session, and the others wait for it. The lock ends with the session:
a holder that is killed leaves it to the next one, who starts again where the last whole migration ended. Nothing else is
needed beside the pod, such as a Job that has to find room on a full node first.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger(__name__)
LOCK = 0x706F6E67
"""The advisory lock of PostgreSQL; each service has a database of its own, so one number does for all."""
EVERY = 0.5
"""Seconds between two looks at the lock, or at a database that does not answer yet."""
SAY_AGAIN = 30.0
"""Seconds after which what is still waited for is logged again."""


class Command(BaseCommand):
    help = "Apply this service's migrations; any number of processes may do so at once."
    requires_system_checks: list[str] = []

    def handle(self, *_: object, **__: object) -> None:
        """Returns once every migration of this code is applied. Raises what a migration that fails raises."""
        _until_the_database_answers()
        if _is_migrated():
            return
        with _lock():
            # Whoever held it may have done everything.
            if not _is_migrated():
                call_command("migrate", interactive=False, verbosity=1, stdout=self.stdout)


class _Told:
    """Logs what is waited for when it is new, and now and then while it goes on."""

    def __init__(self) -> None:
        self._said, self._at = "", 0.0

    def say(self, text: str) -> None:
        now = time.monotonic()
        if text != self._said or now - self._at >= SAY_AGAIN:
            self._said, self._at = text, now
            logger.warning("%s", text)


def _until_the_database_answers() -> None:
    """However long it takes: storage that comes late, a role that a Job makes meanwhile."""
    told = _Told()
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            told.say(f"Waiting for the database: {' '.join(str(error).split())}")
            time.sleep(EVERY)
        else:
            return


def _is_migrated() -> bool:
    """Whether the database has what this code needs; what a newer version added does not count."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@contextmanager
def _lock() -> Iterator[None]:
    """The lock, held in the session that migrates, so that both end together."""
    told = _Told()
    with connection.cursor() as cursor:
        # A holder whose machine is gone says no goodbye: without these its session stayed for two hours.
        cursor.execute(
            "SELECT set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),"
            " set_config('tcp_keepalives_count', '3', false), set_config('client_connection_check_interval', '5s', false)"
        )
        # One that waited inside of pg_advisory_lock() would have a snapshot, which CREATE INDEX CONCURRENTLY waits for.
        while not _is_taken(cursor):
            told.say("Waiting for another process, which migrates this database.")
            time.sleep(EVERY)
        try:
            yield
        finally:
            # Where the session is lost, so is the lock.
            if connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _is_taken(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    return bool(cursor.fetchone()[0])
