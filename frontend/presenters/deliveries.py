"""What is said about the messages that went to a channel."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from frontend.presenters import labels

STATES = {
    "pending": ("pending", _("On its way")),
    "delivered": ("up", _("Delivered")),
    "failed": ("down", _("Not delivered")),
    "cancelled": ("paused", _("No longer needed")),
}
"""Shape and word."""
REASONS = {
    "alert": _("Alert"),
    "reminder": _("Reminder"),
    "test": _("Test"),
    "notice": _("Notice"),
    "confirmation": _("Confirmation of an address"),
}
OUTCOMES = {
    "delivered": _("delivered"),
    "temporary": _("failed, will be tried again"),
    "permanent": _("refused for good"),
    "": _("no answer yet"),
}


def describe_deliveries(*, deliveries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with its words: `shape`, `word`, `reason_word`, `lines` of alerts, and `attempts` with how long they took."""
    told = []
    for delivery in deliveries:
        shape, word = STATES.get(delivery["state"], ("unknown", delivery["state"]))
        told.append(
            delivery
            | {
                "shape": shape,
                "word": word,
                "reason_word": REASONS.get(delivery["reason"], delivery["reason"]),
                "lines": [
                    {
                        "event": labels.event(alert["event"]),
                        "name": alert["endpoint_name"],
                        "incident_id": alert["incident_id"],
                    }
                    for alert in delivery["alerts"]
                ],
                "attempts": [attempt | _attempt(attempt) for attempt in delivery["attempts"]],
            }
        )
    return told


def _attempt(attempt: dict[str, Any]) -> dict[str, Any]:
    took = ""
    if attempt["finished_at"]:
        span = datetime.fromisoformat(attempt["finished_at"]) - datetime.fromisoformat(attempt["started_at"])
        took = labels.duration(max(0.001, span.total_seconds()))
    return {"outcome_word": OUTCOMES.get(attempt["outcome"], attempt["outcome"]), "took": took}
