"""What report_service measured, as pages show it: the uptime tiles, the days, the report's rows."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from frontend.presenters import labels

PERIODS = {
    "24h": gettext_lazy("24 hours"),
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "90d": gettext_lazy("90 days"),
}


def uptime_tiles(*, summaries: dict[str, dict[str, Any]]) -> list[dict[str, str]]:
    """Uptime by period, and the median response time of the last day: `{"label", "value", "note"}`."""
    made = []
    for period, label in PERIODS.items():
        summary = summaries[period]
        made.append(
            {
                "label": _("Uptime, %(period)s") % {"period": label},
                "value": labels.percent(summary.get("uptime")),
                "note": _downtime(summary),
            }
        )
    day = summaries["24h"]
    median, slow = (day["response_time"][name] for name in ("p50_ms", "p95_ms"))
    made.append(
        {
            "label": _("Response time, 24 hours"),
            "value": labels.milliseconds(median),
            "note": _("95%%: %(time)s") % {"time": labels.milliseconds(slow)} if slow is not None else "",
        }
    )
    return made


def response_percentiles(*, summary: dict[str, Any]) -> list[dict[str, str]]:
    """The response times of a span: `{"label", "value"}`."""
    names = {
        "p50_ms": _("Median"),
        "p90_ms": "90 %",
        "p95_ms": "95 %",
        "p99_ms": "99 %",
        "max_ms": _("Longest"),
    }
    times = summary["response_time"]
    return [{"label": label, "value": labels.milliseconds(times.get(name))} for name, label in names.items()]


def _downtime(summary: dict[str, Any]) -> str:
    if summary.get("uptime") is None:
        return ""
    count = summary["incidents"]["total"]
    if not summary["down_ms"]:
        return _("no downtime")
    text = ngettext("%(time)s down, %(n)d incident", "%(time)s down, %(n)d incidents", count)
    return text % {"time": labels.duration(summary["down_ms"] / 1000), "n": count}


def uptime_by_day(*, series: dict[str, Any], days: int = 90) -> list[float | None]:
    """Uptime (%) of each of the last days (UTC, the last one today), from the points of a series over 90 days."""
    covered, down = _by_day(series)
    return [None if not covered[back] else 100 * (1 - down[back] / covered[back]) for back in range(days - 1, -1, -1)]


def downtime_by_day(*, series: dict[str, Any], days: int = 90) -> list[int | None]:
    """The downtime (ms) that was measured on each of them."""
    covered, down = _by_day(series)
    return [int(down[back]) if covered[back] else None for back in range(days - 1, -1, -1)]


def _by_day(series: dict[str, Any]) -> tuple[dict[int, float], dict[int, float]]:
    """The time (ms) that was watched, and down, by how many days ago."""
    covered: dict[int, float] = defaultdict(float)
    down: dict[int, float] = defaultdict(float)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for point in series["points"]:
        at = parse_datetime(point["at"])
        if at is None or point.get("uptime") is None:
            continue
        back = (today - at + timedelta(days=1) - timedelta(microseconds=1)) // timedelta(days=1)
        covered[back] += point.get("covered_ms", series["step"] * 1000)  # absent beside a report_service of before
        down[back] += point["down_ms"]
    return covered, down


def report_rows(*, overview: list[dict[str, Any]], period: str) -> list[dict[str, Any]]:
    """The overview's endpoints with `uptime` of the period, worst first, unmeasured ones last."""
    rows = [
        item
        | {
            "id": item["endpoint_id"],
            "uptime": item["uptime"].get(period),
            "total_ms": (item["last_result"] or {}).get("total_ms"),
            "days": item["bars"],
            "days_down_ms": item.get("bars_down_ms"),
        }
        for item in overview
    ]
    return sorted(rows, key=lambda row: (row["uptime"] is None, row["uptime"] or 0, row["name"]))
