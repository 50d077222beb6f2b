"""What Prometheus looks up in user_service."""

from common.telemetry.collectors import SqlGauge

COLLECTORS = (
    SqlGauge(
        "pongpong_outbox_oldest_seconds",
        "For how long the oldest message has waited for its receiver",
        ("outbox",),
        "SELECT 'mails', coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM user_service_mail",
    ),
)
