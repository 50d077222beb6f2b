"""The rows of the dashboard, and how many endpoints are in which state. Knows no HTTP."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy

from frontend.presenters import labels

Endpoint = dict[str, Any]
Glance = dict[str, Any]
"""An item of report_service's overview."""
SHOWN_STATES = ("down", "degraded", "unknown", "up", "pending", "paused", "maintenance")
"""What is wrong comes first."""


@dataclass(frozen=True)
class Span:
    """What the bars and the uptime beside them are of."""

    name: str
    label: Any
    bars: str
    uptime: str
    hours: bool = False


SPANS = {
    "90d": Span("90d", gettext_lazy("Last 90 days"), "bars", "90d"),
    "24h": Span("24h", gettext_lazy("Last 24 hours"), "hour_bars", "24h", hours=True),
}


def build_rows(*, endpoints: Iterable[Endpoint], overview: Iterable[Glance], span: Span) -> list[dict[str, Any]]:
    """One row an endpoint, in the order given; what was not measured yet is None."""
    measured = {item["endpoint_id"]: item for item in overview}
    return [
        build_row(endpoint=endpoint, measured=measured.get(endpoint["id"], {}), span=span) for endpoint in endpoints
    ]


def build_row(*, endpoint: Endpoint, measured: Glance, span: Span) -> dict[str, Any]:
    """The endpoint with `bars, spark, uptime, total_ms, checked_at`."""
    last = measured.get("last_result") or {}
    return endpoint | {
        "bars": measured.get(span.bars) or [],
        "down_ms": measured.get(f"{span.bars}_down_ms"),
        "spark": measured.get("sparkline") or [],
        "uptime": (measured.get("uptime") or {}).get(span.uptime),
        "total_ms": last.get("total_ms"),
        "checked_at": last.get("checked_at") or endpoint.get("last_checked_at"),
    }


def filter_and_sort(*, overview: Iterable[Glance], filters: Mapping[str, str], sort: str, span: Span) -> list[Glance]:
    """The glances that `filters` (`search`, `state`, `tag`) leave, by what was measured; what was not comes last.

    `sort` is `uptime` (lowest first) or `-response` (slowest first). endpoint_service cannot do this: it measures nothing.
    """

    def key(item: Glance) -> tuple[bool, float, str]:
        if sort == "uptime":
            value = item["uptime"].get(span.uptime)
        else:
            total = (item["last_result"] or {}).get("total_ms")
            value = None if total is None else -total
        return value is None, value or 0.0, item["name"]

    return [item | {"id": item["endpoint_id"]} for item in sorted(filter(partial(_fits, filters), overview), key=key)]


def _fits(filters: Mapping[str, str], item: Glance) -> bool:
    wanted = filters.get("search", "").casefold()
    return (
        any(wanted in item.get(name, "").casefold() for name in ("name", "url", "key"))
        and filters.get("state") in {None, item["state"]}
        and (filters.get("tag") is None or filters["tag"] in item["tags"])
    )


def glances(*, overview: Sequence[Glance], fresh: Iterable[Endpoint] = ()) -> list[dict[str, Any]]:
    """Every endpoint as the first sentence needs it: `id, name, state, state_changed_at` (of an outage).

    `fresh` are endpoints whose state is newer than the overview's, or which it does not know yet.
    """
    states = {endpoint["id"]: endpoint for endpoint in fresh}
    known = [_glance(item, states.pop(item["endpoint_id"], item)["state"]) for item in overview]
    return known + [
        {"id": new["id"], "name": new["name"], "state": new["state"], "state_changed_at": None}
        for new in states.values()
    ]


def _glance(item: Glance, state: str) -> dict[str, Any]:
    began = (item.get("open_incident") or {}).get("started_at")
    return {"id": item["endpoint_id"], "name": item["name"], "state": state, "state_changed_at": began}


def count_states(*, everything: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many endpoints are in each state, none included: `{"state", "n", "word"}`, what is wrong first."""
    counted = Counter(row["state"] for row in everything)
    return [{"state": name, "n": counted[name], "word": labels.state(name)} for name in SHOWN_STATES]


def tags_of(*, overview: Iterable[Glance]) -> list[str]:
    """Every tag in use, in order."""
    return sorted({tag for item in overview for tag in item.get("tags") or ()})
