"""The first sentence of a page: is anything wrong, what is down and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.contracts.answers.endpoint_service import Endpoint
from frontend.presenters import labels

ICONS = {"up": "up", "down": "down", "degraded": "degraded"}
NAMED = 2
"""How many endpoints the first sentence names."""


def icon_of(state: str) -> str:
    """The favicon of a state."""
    return f"frontend/icon-{ICONS.get(state, 'quiet')}.svg"


def since(when: datetime | None) -> str:
    """For how long until now: `4 min 12 s`; empty where it is not known."""
    return labels.duration(max(1.0, (datetime.now(UTC) - when).total_seconds())) if when else ""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """An endpoint as the first sentence needs it; `state_changed_at` of an outage."""

    id: int
    name: str
    state: str
    state_changed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`title` is the page's; `icon` a static file."""

    state: str
    sentence: str
    title: str = ""
    icon: str = ""


def overall_verdict(*, rows: Sequence[Watched]) -> Verdict:
    """The first second of the dashboard, of all the endpoints."""
    total = len(rows)
    down = [row for row in rows if row.state == "down"]
    slow = [row for row in rows if row.state == "degraded"]
    unknown = [row for row in rows if row.state == "unknown"]
    waiting = [row for row in rows if row.state == "pending"]
    paused = [row for row in rows if row.state in {"paused", "maintenance"}]
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
    return Verdict(state=state, sentence=sentence, title=title, icon=icon_of(state))


def _sentence(rows: Sequence[Watched], total: int, what: str) -> str:
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


def _named(row: Watched) -> str:
    lasted = since(row.state_changed_at)
    return _("%(name)s for %(time)s") % {"name": row.name, "time": lasted} if lasted else row.name


def endpoint_sentence(*, endpoint: Endpoint) -> str:
    """`Up for 4 days 3 h`."""
    lasted = since(endpoint.state_changed_at)
    state = labels.state(endpoint.state)
    if not lasted or endpoint.state == "pending":
        return state
    return _("%(state)s for %(time)s") % {"state": state, "time": lasted}
