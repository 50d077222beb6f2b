"""What Prometheus is told of the deliveries."""

import time

from django.db import connection
from prometheus_client import Counter, Gauge, Histogram

MEASURE_EVERY = 10.0
"""Seconds between two looks at what waits."""

attempts = Counter("pongpong_delivery_attempts", "Attempts to deliver a message", ["kind", "outcome"])
latency = Histogram(
    "pongpong_delivery_seconds",
    "From when a message was due to when its receiver had it",
    buckets=(0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 300, 1800, 7200),
)
waiting = Gauge("pongpong_deliveries_waiting", "Messages that are due and not delivered")


class Watch:
    """Keeps the gauge, at most every `MEASURE_EVERY` seconds."""

    def __init__(self) -> None:
        self._next = float("-inf")

    def look(self) -> None:
        """Look if it is time again."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + MEASURE_EVERY
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM notification_service_delivery"
                " WHERE state = 'pending' AND due_at <= statement_timestamp()"
            )
            (count,) = cursor.fetchone()
        waiting.set(count)
