"""The rows of the dashboard, and how many endpoints are in which state. Knows no HTTP."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy

from common.contracts.answers.endpoint_service import Endpoint
from common.contracts.answers.report_service import Glance
from frontend.presenters import labels
from frontend.presenters.verdict import Watched

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SHOWN_STATES = ("down", "degraded", "unknown", "up", "pending", "paused", "maintenance")
"""What is wrong comes first."""


@dataclass(frozen=True)
class Span:
    """What the bars and the uptime beside them are of; `name` is that of the uptime's period too."""

    name: str
    label: "str | _StrPromise"
    hours: bool = False


SPANS = {
    "90d": Span("90d", gettext_lazy("Last 90 days")),
    "24h": Span("24h", gettext_lazy("Last 24 hours"), hours=True),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """An endpoint with what was measured: `bars` and `down_ms` of the span, `spark` of a day; None for nothing yet."""

    id: int
    name: str
    url: str
    state: str
    tags: Sequence[str]
    bars: Sequence[float | None] = ()
    down_ms: Sequence[int | None] | None = None
    spark: Sequence[float | None] = ()
    uptime: float | None = None
    total_ms: float | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class StateCount:
    state: str
    n: int
    word: str


def build_rows(*, endpoints: Iterable[Endpoint], overview: Iterable[Glance], span: Span) -> list[Row]:
    """One row an endpoint, in the order given; what endpoint_service says of it is newer than the overview."""
    measured = {item.endpoint_id: item for item in overview}
    return [_endpoint_row(endpoint, measured.get(endpoint.id), span) for endpoint in endpoints]


def _endpoint_row(endpoint: Endpoint, measured: Glance | None, span: Span) -> Row:
    row = Row(
        id=endpoint.id,
        name=endpoint.name,
        url=endpoint.url,
        state=endpoint.state,
        tags=endpoint.tags,
        checked_at=endpoint.last_checked_at,
    )
    if measured is None:
        return row
    found = measured_row(measured=measured, span=span)
    return replace(
        found, name=row.name, url=row.url, state=row.state, tags=row.tags, checked_at=found.checked_at or row.checked_at
    )


def measured_row(*, measured: Glance, span: Span) -> Row:
    """The row of the overview alone."""
    last = measured.last_result
    return Row(
        id=measured.endpoint_id,
        name=measured.name,
        url=measured.url,
        state=measured.state,
        tags=measured.tags,
        bars=measured.hour_bars if span.hours else measured.bars,
        down_ms=(measured.hour_bars_down_ms if span.hours else measured.bars_down_ms) or None,
        spark=measured.sparkline,
        uptime=measured.uptime.get(span.name),
        total_ms=last.total_ms if last else None,
        checked_at=last.checked_at if last else None,
    )


def filter_and_sort(*, overview: Iterable[Glance], filters: Mapping[str, str], sort: str, span: Span) -> list[Glance]:
    """The items that `filters` (`search`, `state`, `tag`) leave, by what was measured; what was not comes last.

    `sort` is `uptime` (lowest first) or `-response` (slowest first). endpoint_service cannot do this: it measures nothing.
    """

    def key(item: Glance) -> tuple[bool, float, str]:
        if sort == "uptime":
            value = item.uptime.get(span.name)
        else:
            total = item.last_result.total_ms if item.last_result else None
            value = None if total is None else -total
        return value is None, value or 0.0, item.name

    return sorted(filter(partial(_fits, filters), overview), key=key)


def _fits(filters: Mapping[str, str], item: Glance) -> bool:
    wanted = filters.get("search", "").casefold()
    return (
        any(wanted in text.casefold() for text in (item.name, item.url, item.key))
        and filters.get("state") in {None, item.state}
        and (filters.get("tag") is None or filters["tag"] in item.tags)
    )


def all_watched(*, overview: Sequence[Glance], fresh: Iterable[Endpoint] = ()) -> list[Watched]:
    """Every endpoint as the first sentence needs it.

    `fresh` are endpoints whose state is newer than the overview's, or which it does not know yet.
    """
    newer = {endpoint.id: endpoint for endpoint in fresh}
    known = []
    for item in overview:
        endpoint = newer.pop(item.endpoint_id, None)
        began = item.open_incident.started_at if item.open_incident else None
        state = endpoint.state if endpoint else item.state
        known.append(Watched(id=item.endpoint_id, name=item.name, state=state, state_changed_at=began))
    return known + [Watched(id=new.id, name=new.name, state=new.state) for new in newer.values()]


def count_states(*, everything: Iterable[Watched]) -> list[StateCount]:
    """How many endpoints are in each state, none included, what is wrong first."""
    counted = Counter(row.state for row in everything)
    return [StateCount(state=name, n=counted[name], word=labels.state(name)) for name in SHOWN_STATES]


def tags_of(*, overview: Iterable[Glance]) -> list[str]:
    """Every tag in use, in order."""
    return sorted({tag for item in overview for tag in item.tags})
