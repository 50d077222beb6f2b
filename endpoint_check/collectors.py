"""What Prometheus looks up in endpoint_check: of every region whose monitors this database holds."""

from common.telemetry.collectors import SqlGauge

_CHECKED = "FROM endpoint_check_monitor WHERE enabled AND last_checked_at IS NOT NULL GROUP BY region"
_PAUSED = "greatest(0, extract(epoch FROM changed_at - last_checked_at))"
"""A pause is no time in which a check was missed."""
_OUTBOXES = " UNION ALL ".join(
    # By the index of the ids: the oldest row, and 0 where nothing waits.
    f"SELECT '{name}s', coalesce(extract(epoch FROM now() - (SELECT created_at FROM endpoint_check_{name}outbox"  # noqa: S608
    " ORDER BY id LIMIT 1)), 0)"
    for name in ("result", "state", "alert")
)

COLLECTORS = (
    SqlGauge(
        "pongpong_outbox_oldest_seconds",
        "For how long the oldest message has waited for its receiver",
        ("outbox",),
        _OUTBOXES,
    ),
    SqlGauge(
        "pongpong_oldest_due_check_seconds",
        "How late the region's oldest due check is",
        ("region",),
        "SELECT region, greatest(0, coalesce(extract(epoch FROM now() - min(next_check_at)), 0))"
        " FROM endpoint_check_monitor GROUP BY region",
    ),
    SqlGauge(
        "pongpong_last_check_age_seconds",
        "How long ago the newest finished check of the region was due",
        ("region",),
        f"SELECT region, extract(epoch FROM now() - max(last_checked_at)) {_CHECKED}",  # noqa: S608  ours
    ),
    SqlGauge(
        "pongpong_next_check_within_seconds",
        "How old the region's newest check may become: what is checked most often, once more, with its whole timeout",
        ("region",),
        f"SELECT region, min(interval + timeout + {_PAUSED}) {_CHECKED}",
    ),
)
