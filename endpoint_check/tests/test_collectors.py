"""What Prometheus is told where the processes that check and deliver are away."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from common.testing.metrics import samples
from endpoint_check.collectors import COLLECTORS
from endpoint_check.models import AlertOutbox, Monitor, ResultOutbox

pytestmark = pytest.mark.django_db


def monitor(endpoint_id: int = 1, **fields: Any) -> Monitor:
    defaults = {
        "region": "seoul", "user_id": 1, "version": 1, "enabled": True, "interval": 60, "timeout": 10,
        "next_check_at": ago(-30), "last_checked_at": ago(30), "changed_at": ago(500),
    }  # fmt: skip
    return Monitor.objects.create(endpoint_id=endpoint_id, **(defaults | fields))


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def told(name: str) -> dict[str, float]:
    """The gauge by the value of its one label."""
    return {labels[0]: value for (found, *labels), value in samples(*COLLECTORS).items() if found == f"pongpong_{name}"}


def test_an_outbox_is_as_old_as_its_oldest_row():
    assert told("outbox_oldest_seconds") == {"results": 0, "states": 0, "alerts": 0}
    for seconds in (90, 10):
        AlertOutbox.objects.create(region="seoul", payload="{}", created_at=ago(seconds))
    ResultOutbox.objects.bulk_create([ResultOutbox(region="tokyo", payload="{}")])
    ages = told("outbox_oldest_seconds")
    assert ages["alerts"] == pytest.approx(90, abs=5)
    assert ages["results"] < 5
    assert ages["states"] == 0


def test_a_row_of_a_process_of_the_version_before_is_dated_as_well():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO endpoint_check_alertoutbox (region, payload, count) VALUES ('seoul', '{}', 1)")
    assert told("outbox_oldest_seconds")["alerts"] < 5


def test_each_region_tells_how_late_it_is_and_when_it_finished_a_check():
    monitor(1, next_check_at=ago(45), last_checked_at=ago(105))
    monitor(2, next_check_at=ago(-10), last_checked_at=ago(50))
    monitor(3, region="tokyo", next_check_at=ago(-10))
    assert told("oldest_due_check_seconds") == {"seoul": pytest.approx(45, abs=5), "tokyo": 0}
    assert told("last_check_age_seconds") == {"seoul": pytest.approx(50, abs=5), "tokyo": pytest.approx(30, abs=5)}


def test_the_next_check_is_expected_of_what_is_checked_most_often():
    monitor(1, interval=300)
    monitor(2, interval=60, timeout=10)
    monitor(3, interval=5, enabled=False)
    assert told("next_check_within_seconds") == {"seoul": 70}


def test_a_pause_of_everything_is_no_time_without_checks():
    monitor(1, last_checked_at=ago(3600), changed_at=ago(0), next_check_at=ago(0))
    assert told("last_check_age_seconds")["seoul"] < told("next_check_within_seconds")["seoul"]


def test_what_is_paused_or_was_never_checked_is_waited_for_by_nobody():
    monitor(1, enabled=False, next_check_at=None, last_checked_at=ago(3600))
    monitor(2, region="tokyo", last_checked_at=None, changed_at=None)
    assert told("last_check_age_seconds") == told("next_check_within_seconds") == {}
    assert told("oldest_due_check_seconds") == {"seoul": 0, "tokyo": 0}
