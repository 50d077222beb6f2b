# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Every endpoint of a user at one glance, in a number of queries that does not grow with them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict

from django.db import connection
from django.utils import timezone

from common.contracts.causes import shown
from report_service.models import EndpointCopy, Incident
from report_service.results.result_columns import LAST_RESULT, LatestResult, status_of
from report_service.rollups.time_spans import DAY, HOUR, floor, moment
from report_service.uptime import overview_cache
from report_service.uptime.formulas import mean, measured_down, uptime


class Current(NamedTuple):
    """What the rollup of the current day or hour holds: times in ms, `total_sum` of so many response times."""

    covers_ms: int = 0
    down_ms: int = 0
    total_sum: float = 0.0
    total_count: int = 0


class OpenIncident(TypedDict):
    """The one that an endpoint has now."""

    id: str
    cause: str
    cause_data: dict[str, object] | None
    started_at: str
    acknowledged_at: str | None


class Bars(TypedDict):
    """What was measured: uptime in percent by period, by day and by hour, oldest first."""

    uptime: dict[str, float | None]
    bars: list[float | None]
    bars_down_ms: list[int | None]
    hour_bars: list[float | None]
    hour_bars_down_ms: list[int | None]
    sparkline: list[float | None]


class Glance(Bars):
    """An endpoint in the overview."""

    endpoint_id: int
    key: str
    name: str
    url: str
    tags: list[str]
    enabled: bool
    state: str
    last_result: dict[str, object] | None
    open_incident: OpenIncident | None


_RANKS = {
    state: rank
    for rank, state in enumerate(("down", "confirming", "degraded", "maintenance", "up", "unknown", "pending"))
}
"""Worst first; what one region cannot tell, another one can."""


def overview_page(*, user_id: int, page: int, per_page: int) -> tuple[list[Glance], int]:
    """One page of the user's endpoints, oldest first, and how many there are."""
    mine = EndpointCopy.objects.filter(user_id=user_id, deleted=False).order_by("id")
    start = (page - 1) * per_page
    return endpoints_overview(list(mine[start : start + per_page])), mine.count()


def endpoints_overview(endpoints: Sequence[EndpointCopy], *, now: datetime | None = None) -> list[Glance]:
    """State, last result, 90 bars of a day and 24 of an hour (UTC, oldest first), 24 sparks and uptime of each."""
    ids = [endpoint.id for endpoint in endpoints]
    hour = floor(now or timezone.now(), HOUR)
    results, open_incidents, pasts = latest_results(ids), _open_incidents(ids), overview_cache.pasts(ids=ids, hour=hour)
    today, this_hour = _current("rollup_day", ids, floor(hour, DAY)), _current("rollup_hour", ids, hour)
    nothing = Current()
    return [
        {
            "endpoint_id": endpoint.id,
            "key": endpoint.key,
            "name": endpoint.name,
            "url": endpoint.url,
            "tags": endpoint.tags,
            "enabled": endpoint.enabled,
            "state": state_of(endpoint, results[endpoint.id]),
            "last_result": _last(results[endpoint.id]),
            "open_incident": open_incidents.get(endpoint.id),
            **_bars(pasts[endpoint.id], today.get(endpoint.id, nothing), this_hour.get(endpoint.id, nothing)),
        }
        for endpoint in endpoints
    ]


def _bars(past: overview_cache.Past, today: Current, this_hour: Current) -> Bars:
    """The past with the current day and hour behind it."""
    day_covers_ms, day_down_ms, _, _ = today
    covers_ms, down_ms, total, count = this_hour
    uptimes = {}
    for name, (covered, down) in past.covered.items():
        now = (covers_ms, down_ms) if name == "24h" else (day_covers_ms, day_down_ms)
        uptimes[name] = uptime(covered + now[0], down + now[1])
    return {
        "uptime": uptimes,
        "bars": [*past.bars, uptime(day_covers_ms, day_down_ms)],
        "bars_down_ms": [*(past.bars_down_ms or []), measured_down(day_covers_ms, day_down_ms)],
        "hour_bars": [*past.hour_bars, uptime(covers_ms, down_ms)],
        "hour_bars_down_ms": [*(past.hour_bars_down_ms or []), measured_down(covers_ms, down_ms)],
        "sparkline": [*past.sparkline, mean(total, count)],
    }


def _current(table: str, ids: Sequence[int], start: datetime) -> dict[int, Current]:
    """What the rollup that begins at `start` holds of each endpoint, its regions added up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, sum(covers_ms)::bigint, sum(down_ms)::bigint, sum(total_sum), sum(total_count)"
            f" FROM {table} WHERE endpoint_id = ANY(%s) AND start = %s GROUP BY endpoint_id",
            [list(ids), start],
        )
        return {endpoint_id: Current(*current) for endpoint_id, *current in cursor.fetchall()}


def latest_results(ids: Sequence[int]) -> dict[int, list[LatestResult]]:
    """The last result of each endpoint in each region, newest first."""
    found: dict[int, list[LatestResult]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT endpoint_id, {', '.join(LatestResult._fields)} FROM latest_result WHERE endpoint_id = ANY(%s) ORDER BY checked_at DESC",
            [list(ids)],
        )
        for endpoint_id, *values in cursor.fetchall():
            kept = dict(zip(LatestResult._fields, values, strict=True))
            kept["status"] = status_of(kept["status"], kept["error_code"])
            found[endpoint_id].append(LatestResult(**kept))
    return found


def state_of(endpoint: EndpointCopy, results: Sequence[LatestResult]) -> str:
    """`paused`, `pending` before the first result, else the worst state of its regions."""
    if not endpoint.enabled:
        return "paused"
    states = {result.state or result.status for result in results}
    return min((state for state in states if state in _RANKS), key=_RANKS.__getitem__, default="pending")


def _last(results: Sequence[LatestResult]) -> dict[str, object] | None:
    if not results:
        return None
    last = results[0]
    expires = last.certificate_expires_at
    said = {
        "checked_at": moment(last.checked_at),
        "certificate_expires_at": expires and moment(expires),
        "cause_data": shown(last.cause_data, last.message),
    }
    return {name: said[name] if name in said else getattr(last, name) for name in LAST_RESULT}


def _open_incidents(ids: Sequence[int]) -> dict[int, OpenIncident]:
    rows = Incident.objects.filter(endpoint_id__in=ids, resolved_at=None).order_by("-started_at", "-id")
    return {
        row.endpoint_id: {
            "id": str(row.id),
            "cause": row.cause,
            "cause_data": shown(row.cause_data, row.cause),
            "started_at": moment(row.started_at),
            "acknowledged_at": moment(row.acknowledged_at) if row.acknowledged_at else None,
        }
        for row in rows
    }
