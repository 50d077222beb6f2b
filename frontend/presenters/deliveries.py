"""What is said about the messages that went to a channel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from common.contracts.answers.notification_service import Delivery, DeliveryAttempt
from frontend.presenters import labels

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

STATES: "dict[str, tuple[str, _StrPromise]]" = {
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


@dataclass(frozen=True, kw_only=True)
class AlertLine:
    """An alert that was told."""

    event: str
    name: str
    incident_id: str


@dataclass(frozen=True, kw_only=True)
class AttemptLine:
    """`took` says how long it took, and is empty while it is under way; `answer` is the receiver's."""

    started_at: datetime
    outcome_word: "str | _StrPromise"
    took: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class DeliveryLine:
    """A message with its words."""

    state: str
    shape: str
    word: "str | _StrPromise"
    reason_word: "str | _StrPromise"
    created_at: datetime | None
    next_attempt_at: datetime | None
    lines: list[AlertLine]
    attempts: list[AttemptLine]


def describe_deliveries(*, deliveries: Iterable[Delivery]) -> list[DeliveryLine]:
    """Each with what it told and how its attempts went."""
    lines = []
    for delivery in deliveries:
        shape, word = STATES.get(delivery.state, ("unknown", delivery.state))
        lines.append(
            DeliveryLine(
                state=delivery.state,
                shape=shape,
                word=word,
                reason_word=REASONS.get(delivery.reason, delivery.reason),
                created_at=delivery.created_at,
                next_attempt_at=delivery.next_attempt_at,
                lines=[
                    AlertLine(event=labels.event(alert.event), name=alert.endpoint_name, incident_id=alert.incident_id)
                    for alert in delivery.alerts
                ],
                attempts=[_attempt(attempt) for attempt in delivery.attempts],
            )
        )
    return lines


def _attempt(attempt: DeliveryAttempt) -> AttemptLine:
    span = attempt.finished_at - attempt.started_at if attempt.finished_at else None
    return AttemptLine(
        started_at=attempt.started_at,
        outcome_word=OUTCOMES.get(attempt.outcome, attempt.outcome),
        took=labels.duration(max(0.001, span.total_seconds())) if span else "",
        answer=attempt.answer,
    )
