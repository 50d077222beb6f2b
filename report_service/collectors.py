"""What Prometheus looks up in report_service."""

from common.telemetry.collectors import SqlGauge

COLLECTORS = (
    SqlGauge(
        "pongpong_newest_result_age_seconds",
        "How long ago the newest result of the region was due, which has come the whole way of a check",
        ("region",),
        "SELECT region, greatest(0, extract(epoch FROM now() - max(checked_at))) FROM latest_result GROUP BY region",
    ),
)
