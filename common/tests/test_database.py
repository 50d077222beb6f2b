"""A request holds the database for a short time only."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, transaction
from django.db.backends.signals import connection_created

from common.processes import database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def limited(settings) -> Iterator[None]:
    settings.REQUEST_SECONDS = 0.2
    connection.close()
    database.limit_requests()
    yield
    connection_created.disconnect(dispatch_uid="common.processes.database")
    connection.pongpong_limited = False  # type: ignore[attr-defined]
    connection.close()


def sleep(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def sleep_again_and_again() -> None:
    for _ in range(40):
        sleep(0.05)


def test_a_statement_ends_after_its_time() -> None:
    with pytest.raises(OperationalError):
        sleep(5)


def test_a_transaction_of_many_short_statements_ends_too() -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        sleep_again_and_again()


def test_what_must_may_take_longer_and_only_that() -> None:
    with database.longer(30), transaction.atomic():
        sleep(0.4)
    with pytest.raises(OperationalError):
        sleep(5)


def test_a_long_one_that_fails_leaves_the_limit_in_place() -> None:
    with pytest.raises(ZeroDivisionError), database.longer(30), transaction.atomic():
        raise ZeroDivisionError
    with pytest.raises(OperationalError):
        sleep(5)
