"""What happened in an incident, in words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.presenters import labels

EVENTS = {
    "detected": ("degraded", gettext_lazy("First failed check")),
    "confirmed": ("down", gettext_lazy("Confirmed as down")),
    "alerted": ("pending", gettext_lazy("Alert sent")),
    "acknowledged": ("maintenance", gettext_lazy("Acknowledged")),
    "note": ("unknown", gettext_lazy("Note")),
    "recovered": ("up", gettext_lazy("Recovered")),
}
"""Shape and word."""


def timeline_told(*, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with `shape`, `word` and `after`: how long after the first, empty for that one."""
    told: list[dict[str, Any]] = []
    first = None
    for event in events:
        at = datetime.fromisoformat(event["at"])
        first = first or at
        shape, word = EVENTS.get(event["event"], ("unknown", event["event"]))
        passed = (at - first).total_seconds()
        after = _("after %(time)s") % {"time": labels.duration(passed)} if passed >= 1 else ""
        text = labels.cause(event, "text") if event["event"] == "detected" else event["text"]
        told.append(event | {"shape": shape, "word": word, "after": after, "text": text})
    return told
