"""One change of an owner's things at a time, and no transaction that holds others back.

Followers of the feeds wait for the oldest transaction that writes, and other users for the rows that it holds. So calls
are read before anything is locked, rows are locked only where they are the caller's, and what is too much for one
transaction is written in parts, while the owner's lock keeps together what belongs together.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import psycopg2.errors
from django.db import OperationalError, connection, transaction

from endpoint_service.errors import ChangesBusy

T = TypeVar("T")
PART = 500
"""Rows that one transaction writes: some tenths of a second."""


@contextmanager
def owner_locked(user_id: int) -> Iterator[None]:
    """A transaction in which nobody else changes what the owner has; raises `ChangesBusy` where another takes too long."""
    with transaction.atomic():
        _take("SELECT pg_advisory_xact_lock(%s)", user_id)
        yield


@contextmanager
def owner_locked_for_parts(user_id: int) -> Iterator[None]:
    """The same lock without a transaction, for what is written `in_parts`; raises `ChangesBusy`."""
    _take("SELECT pg_advisory_lock(%s)", user_id)
    try:
        yield
    finally:
        _release(user_id)


def in_parts(rows: Sequence[T], write: Callable[[Sequence[T]], object]) -> None:
    """Let `write` take at most `PART` rows at a time, each time in a transaction of its own."""
    for start in range(0, len(rows), PART):
        with transaction.atomic():
            write(rows[start : start + PART])


def _take(statement: str, user_id: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, [user_id])
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg2.errors.LockNotAvailable | psycopg2.errors.QueryCanceled):
            raise ChangesBusy(retry_after=2) from error
        raise


def _release(user_id: int) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [user_id])
    except Exception:
        # The session's end gives the lock back as well; one that lived on would keep the owner out for ever.
        connection.close()
        raise
