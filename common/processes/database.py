"""How long a request may keep PostgreSQL busy: nobody's request holds rows, or everybody's change feed, for long.

A feed shows only what lies below the oldest transaction that still runs (`common.between.feeds`), so one slow request delays what
every follower learns. Requests have `REQUEST_SECONDS`; workers and migrations have none of these limits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.signals import connection_created

_TRANSACTION_TIMEOUT_SINCE = 170_000
"""PostgreSQL's version that knows `transaction_timeout`; before, each statement and each pause in between is bounded."""


def limit_requests() -> None:
    """From now on each new connection of this process has a request's limits."""
    connection_created.connect(_limit, dispatch_uid="common.processes.database")


@contextmanager
def longer(seconds: float) -> Iterator[None]:
    """Within it a statement, and a transaction, may take that long: for what streams much, or is the fleet's own bulk.

    Enter it outside of a transaction, or leave it in the same one.
    """
    connection.ensure_connection()
    if not getattr(connection, "pongpong_limited", False):
        yield
        return
    _set(connection, seconds)
    try:
        yield
    finally:
        if not connection.needs_rollback:  # else the rollback takes it back as well
            try:
                _set(connection, settings.REQUEST_SECONDS)
            except DatabaseError:
                connection.close()


def _limit(*, connection: Any, **_: object) -> None:
    connection.pongpong_limited = True
    _set(connection, settings.REQUEST_SECONDS)


def _set(connection: Any, seconds: float) -> None:
    whole = max(10, round(seconds * 1000))
    # One statement alone ends a little earlier: it is cancelled, while a transaction's end takes the connection with it.
    limits = {"statement_timeout": whole * 9 // 10, "lock_timeout": whole * 9 // 10}
    limits["idle_in_transaction_session_timeout"] = whole
    if connection.pg_version >= _TRANSACTION_TIMEOUT_SINCE:
        limits["transaction_timeout"] = whole
    with connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET {name} = {milliseconds}" for name, milliseconds in limits.items()))
