"""Channels and deliveries as notification_service answers them."""

from datetime import datetime

from common.contracts.answers.base import Answer


class RefusedAddress(Answer, frozen=True, kw_only=True):
    """An address that takes no mail, and why."""

    address: str
    message: str


class Notification(Answer, frozen=True, kw_only=True):
    """A channel; `settings` are those of its kind, `delay` is in seconds, `remind_every` in minutes."""

    id: int
    name: str
    kind: str
    enabled: bool = True
    settings: dict[str, object] = {}
    all_events: bool | None = None
    events: list[str] = []
    covers_all: bool | None = None
    endpoint_ids: list[int] = []
    tags: list[str] = []
    quiet_from: str | None = None
    quiet_to: str | None = None
    delay: int = 0
    remind_every: int = 0
    unconfirmed_addresses: list[str] = []
    refused_addresses: list[RefusedAddress] = []
    disabled_reason: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class DeliveryAlert(Answer, frozen=True, kw_only=True):
    """An alert that a delivery tells."""

    incident_id: str
    event: str
    occurred_at: datetime
    endpoint_id: int | None = None
    endpoint_name: str = ""


class DeliveryAttempt(Answer, frozen=True, kw_only=True):
    """`outcome` is "" as long as it is under way."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str = ""
    answer: str = ""


class Delivery(Answer, frozen=True, kw_only=True):
    """A message to a channel and the attempts at it."""

    id: int
    reason: str
    state: str
    alerts: list[DeliveryAlert] = []
    attempts: list[DeliveryAttempt] = []
    created_at: datetime | None = None
    due_at: datetime | None = None
    next_attempt_at: datetime | None = None
    finished_at: datetime | None = None
