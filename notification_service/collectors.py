"""What Prometheus looks up in notification_service."""

from common.telemetry.collectors import SqlGauge

_DUE = "FROM notification_service_delivery WHERE state = 'pending' AND next_attempt_at <= now()"

COLLECTORS = (
    SqlGauge(
        "pongpong_outbox_oldest_seconds",
        "For how long the oldest message has waited for its receiver",
        ("outbox",),
        # Whose receivers hang, or who sends more than their share, waits longer than others: as long as anything is
        # tried, the sender lives.
        "SELECT 'deliveries', greatest(0, coalesce(extract(epoch FROM now() - greatest("  # noqa: S608  ours
        f"(SELECT min(next_attempt_at) {_DUE}),"
        f" (SELECT started_at FROM notification_service_attempt WHERE EXISTS (SELECT 1 {_DUE})"
        " ORDER BY id DESC LIMIT 1))), 0))",
    ),
    SqlGauge(
        "pongpong_oldest_delivery_seconds",
        "For how long the oldest message that nobody has tried to send yet has been due",
        (),
        f"SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0) {_DUE} AND attempt_count = 0",  # noqa: S608  ours
    ),
)
