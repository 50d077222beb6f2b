"""How late a feed is, as Prometheus is told."""

import time
from datetime import timedelta

import psycopg2
import pytest
from django.db import connection
from django.utils import timezone
from prometheus_client import generate_latest
from prometheus_client.registry import CollectorRegistry

from common.telemetry.collectors import feed_lag
from endpoint_service.models import Endpoint, FollowedFeed

pytestmark = pytest.mark.django_db(transaction=True)
USERS, ENDPOINTS, WINDOWS = "user_service/users", "endpoint_service/endpoints", "endpoint_service/maintenance-windows"


def lags() -> dict[str, float]:
    registry = CollectorRegistry()
    for gauge in feed_lag():
        registry.register(gauge)
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    return {line.partition('feed="')[2].partition('"')[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_a_follower_is_as_late_as_it_has_not_read(owner) -> None:
    now = timezone.now()
    FollowedFeed.objects.create(feed=USERS, synced_at=now - timedelta(seconds=100))
    FollowedFeed.objects.create(feed="gone", synced_at=now - timedelta(days=8))
    FollowedFeed.objects.create(feed="never")
    told = lags()
    assert told.keys() == {USERS, ENDPOINTS, WINDOWS}
    assert 100 <= told[USERS] < 200


def test_a_feed_is_as_late_as_a_transaction_holds_its_changes_back(owner, make) -> None:
    assert lags() == {ENDPOINTS: 0, WINDOWS: 0}
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        assert lags() == {ENDPOINTS: 0, WINDOWS: 0}
        made = make()
        Endpoint.objects.filter(id=made["id"]).update(updated_at=timezone.now() - timedelta(seconds=50))
        assert 50 <= lags()[ENDPOINTS] < 150
        assert lags()[WINDOWS] == 0
    finally:
        other.close()
    deadline = time.monotonic() + 30
    while lags()[ENDPOINTS]:
        assert time.monotonic() < deadline
