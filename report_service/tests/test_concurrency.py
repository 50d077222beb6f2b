"""Several senders at once: nothing is lost, counted twice or deadlocked."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from django.db import connection

from report_service.results.ingest import reports_ingest
from report_service.tests.samples import MINUTE, midday, result

TABLES = "report, rollup_hour, rollup_day, latest_result"


@pytest.fixture
def emptied(transactional_db):
    """The tables without a model of ours are not emptied by Django."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")


@pytest.mark.usefixtures("emptied")
def test_the_same_results_from_four_senders_at_once_count_once():
    rows = [result(endpoint_id=1 + n % 7, checked_at=midday(4) + n * MINUTE) for n in range(300)]
    bodies = [msgspec.json.encode(rows[::step]) for step in (1, -1, 1, -1)]

    def send(body: bytes) -> int:
        try:
            return reports_ingest(body=body).accepted
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        accepted = list(pool.map(send, bodies))
    assert sum(accepted) == 300
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(checks) FROM rollup_hour UNION ALL SELECT sum(checks) FROM rollup_day")
        assert cursor.fetchall() == [(300,), (300,)]
