"""What the pages say about endpoints and incidents: the first sentence, the rows, the tiles. Knows no HTTP."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.messages import constants as message_levels
from django.utils.dateparse import parse_datetime
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend.presenters import labels

ICONS = {"up": "up", "down": "down", "degraded": "degraded"}
NAMED = 2
"""How many endpoints the first sentence names."""


def icon_of(state: str) -> str:
    """The favicon of a state."""
    return f"frontend/icon-{ICONS.get(state, 'quiet')}.svg"


def since(moment: str | None) -> str:
    """For how long, from an ISO 8601 moment until now: `4 min 12 s`; empty where it is not known."""
    when = parse_datetime(moment) if moment else None
    return labels.duration(max(1.0, (datetime.now(UTC) - when).total_seconds())) if when else ""


def verdict_make(*, rows: Sequence[dict[str, Any]], total: int) -> dict[str, str]:
    """The first second of the dashboard: `{"state", "sentence", "title", "icon"}`.

    `rows` are endpoints with `name`, `state`, `state_changed_at`; `total` counts them all.
    """
    down = [row for row in rows if row["state"] == "down"]
    slow = [row for row in rows if row["state"] == "degraded"]
    unknown = [row for row in rows if row["state"] == "unknown"]
    waiting = [row for row in rows if row["state"] == "pending"]
    paused = [row for row in rows if row["state"] in {"paused", "maintenance"}]
    if down:
        state, sentence = "down", _sentence(down, total, "down")
    elif slow:
        state, sentence = "degraded", _sentence(slow, total, "slow")
    elif unknown:
        state, sentence = "unknown", _sentence(unknown, total, "unknown")
    elif not total:
        state, sentence = "unknown", _("No endpoint yet")
    elif len(waiting) == total:
        state, sentence = "pending", _("Waiting for the first results")
    elif len(paused) + len(waiting) == total:
        state, sentence = "paused", _("Nothing is being watched right now")
    else:
        active = total - len(paused) - len(waiting)
        state = "up"
        sentence = ngettext("The endpoint is up", "All %(n)d endpoints are up", active) % {"n": active}
    title = _("%(n)d down") % {"n": len(down)} if down else sentence
    return {
        "state": state,
        "sentence": sentence,
        "title": title,
        "icon": icon_of(state),
    }


def _sentence(rows: Sequence[dict[str, Any]], total: int, what: str) -> str:
    """`2 of 24 are down: api.example.com for 4 min, ...`."""
    named = ", ".join(_named(row) for row in rows[:NAMED]) + (", …" if len(rows) > NAMED else "")
    values = {"n": len(rows), "total": total, "names": named}
    if what == "down":
        text = ngettext("%(n)d of %(total)d is down: %(names)s", "%(n)d of %(total)d are down: %(names)s", len(rows))
    elif what == "unknown":
        text = ngettext(
            "%(n)d of %(total)d could not be checked: %(names)s",
            "%(n)d of %(total)d could not be checked: %(names)s",
            len(rows),
        )
    else:
        text = ngettext("%(n)d of %(total)d is slow: %(names)s", "%(n)d of %(total)d are slow: %(names)s", len(rows))
    return text % values


def _named(row: dict[str, Any]) -> str:
    lasted = since(row.get("state_changed_at"))
    return _("%(name)s for %(time)s") % {"name": row["name"], "time": lasted} if lasted else str(row["name"])


def endpoint_sentence(*, endpoint: dict[str, Any]) -> str:
    """`Up for 4 days 3 h`."""
    lasted = since(endpoint.get("state_changed_at"))
    state = labels.state(endpoint["state"])
    if not lasted or endpoint["state"] == "pending":
        return state
    return _("%(state)s for %(time)s") % {"state": state, "time": lasted}


def incident_lines(*, incidents: Iterable[dict[str, Any]], names: dict[int, str]) -> list[dict[str, Any]]:
    """Incidents with the endpoint's name, the reason in words and how long they lasted."""
    return [
        incident
        | {
            "name": incident.get("endpoint_name") or names.get(incident["endpoint_id"], f"#{incident['endpoint_id']}"),
            "reason": reason_of(incident),
            "lasted": lasted(incident["started_at"], incident.get("resolved_at")),
        }
        for incident in incidents
    ]


def reason_of(incident: dict[str, Any]) -> str:
    """The cause: the error's word where there is a code, else the probe's own sentence."""
    if incident.get("error_code"):
        return labels.error(incident["error_code"])
    return labels.cause(incident, "cause") or _("No cause was given")


def lasted(started_at: str, ended_at: str | None) -> str:
    """`down for 4 min 12 s`, or `for 4 min so far`."""
    start = parse_datetime(started_at)
    end = parse_datetime(ended_at) if ended_at else None
    if start is None:
        return ""
    seconds = max(0.0, ((end or datetime.now(UTC)) - start).total_seconds())
    text = labels.duration(max(1.0, seconds))
    return _("%(time)s long") % {"time": text} if end else _("for %(time)s so far") % {"time": text}


def page_numbers(page: dict[str, int]) -> dict[str, Any]:
    """The API's `page` with what the pager needs."""
    first = (page["current_page"] - 1) * page["per_page"] + 1
    last = min(page["total_count"], first + page["per_page"] - 1)
    return page | {
        "first": first,
        "last": last,
        "previous": page["current_page"] - 1,
        "next": page["current_page"] + 1,
        "has_next": last < page["total_count"],
    }


def check_told(*, result: dict[str, Any]) -> tuple[int, str]:
    """The message level and the sentence for a check that was asked for by hand."""
    total = labels.milliseconds(result.get("total_ms"))
    if result["status"] == "down":
        why = labels.error(result.get("error_code") or "") or _("No cause was given")
        return message_levels.ERROR, _("Checked now: down. %(why)s") % {"why": why}
    if result["status"] == "unknown":
        code = result.get("error_code") or ""
        told = {"why": labels.error(code), "advice": labels.advice(code)}
        return message_levels.WARNING, _("This could not be checked: %(why)s. %(advice)s") % told
    return message_levels.SUCCESS, _("Checked now: %(state)s after %(time)s.") % {
        "state": labels.state(result["status"]),
        "time": total,
    }


def badges_make(*, endpoint: dict[str, Any], badges: dict[str, Any]) -> list[dict[str, Any]]:
    """Each badge with what one pastes: `{"kind", "label", "url", "snippets"}`, these by their language."""
    labels = {"state": _("State"), "uptime": _("Uptime"), "latency": _("Response time")}
    made: list[dict[str, Any]] = []
    for kind, label in labels.items():
        url = badges[f"{kind}_url"]
        alt = f"{endpoint['name']}: {label}"
        markdown = re.sub(r"([\\\[\]])", r"\\\1", alt)
        made.append({
            "kind": kind,
            "label": label,
            "url": url,
            "snippets": {
                "Markdown": f"![{markdown}]({url})",
                "HTML": f'<img alt="{escape(alt)}" src="{escape(url)}">',
            },
        })  # fmt: skip
    return made
