# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Every endpoint of a user at one glance, in a number of queries that does not grow with them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from report_service.ingest import moment
from report_service.models import EndpointCopy, Incident
from report_service.periods import DAY, HOUR, floor
from report_service.rollups import uptime
from report_service.statuses import STATUSES

BARS, SPARKS = 90, 24
_UPTIME_DAYS = {"7d": 7, "30d": 30, "90d": 90}
_WORST_FIRST = ("down", "confirming", "degraded", "maintenance", "up", "pending")


def overview_page(*, user_id: int, page: int, per_page: int) -> tuple[list[dict[str, Any]], int]:
    """One page of the user's endpoints, oldest first, and how many there are."""
    mine = EndpointCopy.objects.filter(user_id=user_id, deleted=False).order_by("id")
    start = (page - 1) * per_page
    return endpoints_glance(list(mine[start : start + per_page])), mine.count()


def endpoints_glance(endpoints: Sequence[EndpointCopy]) -> list[dict[str, Any]]:
    """State, last result, 90 bars of a day (UTC, oldest first), 24 sparks of an hour and uptime of each."""
    ids = [endpoint.id for endpoint in endpoints]
    now = timezone.now()
    results, open_incidents = latest_results(ids), _open_incidents(ids)
    days = _buckets(
        "rollup_day", "day", ids, floor(now, DAY) - (BARS - 1) * DAY, BARS, "sum(covers_ms)", "sum(down_ms)"
    )
    hours = _buckets(
        "rollup_hour", "hour", ids, floor(now, HOUR) - (SPARKS - 1) * HOUR, SPARKS, "sum(covers_ms)", "sum(down_ms)"
    )
    sparks = _buckets(
        "rollup_hour", "hour", ids, floor(now, HOUR) - (SPARKS - 1) * HOUR, SPARKS, "sum(total_sum)", "sum(total_count)"
    )
    return [
        {
            "endpoint_id": endpoint.id,
            "name": endpoint.name,
            "url": endpoint.url,
            "tags": endpoint.tags,
            "enabled": endpoint.enabled,
            "state": state_of(endpoint, results[endpoint.id]),
            "last_result": _last(results[endpoint.id]),
            "open_incident": open_incidents.get(endpoint.id),
            "uptime": {"24h": _over(hours[endpoint.id])}
            | {name: _over(days[endpoint.id][-count:]) for name, count in _UPTIME_DAYS.items()},
            "bars": [bar and uptime(int(bar[0]), int(bar[1])) for bar in days[endpoint.id]],
            "sparkline": [
                spark and (round(spark[0] / spark[1], 1) if spark[1] else None) for spark in sparks[endpoint.id]
            ],
        }
        for endpoint in endpoints
    ]


def bars_start() -> str:
    """The first of the 90 days, as a date."""
    return (floor(timezone.now(), DAY) - (BARS - 1) * DAY).date().isoformat()


def latest_results(ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The last result of each endpoint in each region, newest first."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    names = (
        "endpoint_id", "region", "checked_at", "status", "state", "http_status", "error_code", "message", "total_ms",
        "certificate_expires_at",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(names)} FROM latest_result WHERE endpoint_id = ANY(%s) ORDER BY checked_at DESC",
            [list(ids)],
        )
        for row in cursor.fetchall():
            found[row[0]].append(dict(zip(names, row, strict=True)))
    return found


def state_of(endpoint: EndpointCopy, results: Sequence[dict[str, Any]]) -> str:
    """`paused`, `pending` before the first result, else the worst state of its regions."""
    if not endpoint.enabled:
        return "paused"
    states = {result["state"] or STATUSES[result["status"]] for result in results}
    return next((state for state in _WORST_FIRST if state in states), "pending")


def _last(results: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if not results:
        return None
    last = results[0]
    expires = last["certificate_expires_at"]
    return {name: last[name] for name in ("region", "http_status", "error_code", "message", "total_ms")} | {
        "status": STATUSES[last["status"]],
        "checked_at": moment(last["checked_at"]),
        "certificate_expires_at": expires and moment(expires),
    }


def _open_incidents(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = Incident.objects.filter(endpoint_id__in=ids, resolved_at=None).order_by("-started_at", "-id")
    return {
        row.endpoint_id: {
            "id": str(row.id),
            "cause": row.cause,
            "started_at": moment(row.started_at),
            "acknowledged_at": row.acknowledged_at and moment(row.acknowledged_at),
        }
        for row in rows
    }


def _over(buckets: Sequence[tuple[float, float] | None]) -> float | None:
    real = [bucket for bucket in buckets if bucket]
    return uptime(int(sum(covers for covers, _ in real)), int(sum(down for _, down in real)))


def _buckets(  # noqa: PLR0917
    table: str, unit: str, ids: Sequence[int], start: datetime, count: int, first: str, second: str
) -> dict[int, list[tuple[float, float] | None]]:
    """Two sums per endpoint and day or hour, from `start` on; None where there was nothing."""
    found: dict[int, list[tuple[float, float] | None]] = {endpoint_id: [None] * count for endpoint_id in ids}
    seconds = 86400 if unit == "day" else 3600
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT endpoint_id, array_agg(position), array_agg(first), array_agg(second) FROM ("
            f"SELECT endpoint_id, (extract(epoch FROM start - %s) / {seconds})::int AS position,"
            f" {first}::float8 AS first, {second}::float8 AS second"
            f" FROM {table} WHERE endpoint_id = ANY(%s) AND start >= %s AND start < %s GROUP BY 1, 2) AS sums GROUP BY 1",
            [start, list(ids), start, start + count * (DAY if unit == "day" else HOUR)],
        )
        for endpoint_id, positions, firsts, seconds_ in cursor.fetchall():
            row = found[endpoint_id]
            for position, one, two in zip(positions, firsts, seconds_, strict=True):
                row[position] = (one, two)
    return found
