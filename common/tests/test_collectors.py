"""Gauges are looked up when they are asked for, and an absent database leaves them out."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from prometheus_client import generate_latest
from prometheus_client.registry import CollectorRegistry

from common.between.dead_letters import dead_letter_keep
from common.models import DeadLetter
from common.telemetry import collectors
from common.telemetry.collectors import DEAD_LETTERS, SqlGauge


def samples(gauge: SqlGauge) -> list[str]:
    registry = CollectorRegistry()
    registry.register(gauge)
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


@pytest.mark.django_db
def test_rows_that_were_set_aside_lately_are_counted_by_their_queue() -> None:
    for queue in ("outbox", "outbox", "old"):
        dead_letter_keep(queue=queue, payload="a", reason="odd")
    DeadLetter.objects.filter(queue="old").update(created_at=timezone.now() - timedelta(hours=2))
    assert samples(DEAD_LETTERS) == ['pongpong_dead_letters{queue="outbox"} 2.0']


@pytest.mark.parametrize("error", [OperationalError("away"), InterfaceError("connection already closed")])
def test_without_a_database_there_is_no_sample_and_no_error(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    away = Mock(cursor=Mock(side_effect=error))
    monkeypatch.setattr(collectors, "connection", away)
    assert samples(DEAD_LETTERS) == []
    away.close_if_unusable_or_obsolete.assert_called_once()
