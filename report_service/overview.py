# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Every endpoint of a user at one glance, in a number of queries that does not grow with them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
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
Sums = list[list[Any]]
_WORST_FIRST = ("down", "confirming", "degraded", "maintenance", "up", "pending")


def overview_page(*, user_id: int, page: int, per_page: int) -> tuple[list[dict[str, Any]], int]:
    """One page of the user's endpoints, oldest first, and how many there are."""
    mine = EndpointCopy.objects.filter(user_id=user_id, deleted=False).order_by("id")
    start = (page - 1) * per_page
    return endpoints_glance(list(mine[start : start + per_page])), mine.count()


def endpoints_glance(endpoints: Sequence[EndpointCopy]) -> list[dict[str, Any]]:
    """State, last result, 90 bars of a day and 24 of an hour (UTC, oldest first), 24 sparks and uptime of each."""
    ids = [endpoint.id for endpoint in endpoints]
    results, open_incidents = latest_results(ids), _open_incidents(ids)
    days = _sums("rollup_day", ("covers_ms", "down_ms"), ids, DAY, BARS)
    hours = _sums("rollup_hour", ("covers_ms", "down_ms", "total_sum", "total_count"), ids, HOUR, SPARKS)
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
            "uptime": {"24h": _over(hours[endpoint.id], SPARKS)}
            | {name: _over(days[endpoint.id], count) for name, count in _UPTIME_DAYS.items()},
            "bars": list(map(uptime, *days[endpoint.id])),
            "hour_bars": list(map(uptime, *hours[endpoint.id][:2])),
            "sparkline": list(map(_mean, *hours[endpoint.id][2:])),
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


def _over(sums: Sums, count: int) -> float | None:
    covers_ms, down_ms, *_ = (sum(column[-count:]) for column in sums)
    return uptime(covers_ms, down_ms)


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 1) if count else None


def _sums(table: str, names: Sequence[str], ids: Sequence[int], step: timedelta, count: int) -> dict[int, Sums]:
    """Of each endpoint, a list per column: its sums over the last `count` days or hours, the current one last.

    Regions are added up here: grouping tens of thousands of rows twice costs the database more.
    """
    found: dict[int, Sums] = {endpoint_id: [[0] * count for _ in names] for endpoint_id in ids}
    start = floor(timezone.now(), step) - (count - 1) * step
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, array_agg(((date_part('epoch', start) - %s) / %s)::int),"
            f" {', '.join(f'array_agg({name})' for name in names)} FROM {table}"
            " WHERE endpoint_id = ANY(%s) AND start >= %s AND start < %s GROUP BY endpoint_id",
            [start.timestamp(), step.total_seconds(), list(ids), start, start + count * step],
        )
        for endpoint_id, positions, *columns in cursor.fetchall():
            for sums, column in zip(found[endpoint_id], columns, strict=True):
                for position, value in zip(positions, column, strict=True):
                    sums[position] += value
    return found
