"""Channels, what was told to whom, and the copies of users and endpoints that the change feeds keep."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.crypto import EncryptedJSONField
from common.feeds import FeedCursor


class Event(models.TextChoices):
    """What an alert can say; the checker's words."""

    DOWN = "down"
    UP = "up"
    DEGRADED = "degraded"
    RECOVERED = "recovered"
    CERTIFICATE = "certificate"
    FLAPPING = "flapping"
    REGION_HELD = "region_held"


OPENED_BY = {Event.UP: Event.DOWN, Event.RECOVERED: Event.DEGRADED}
"""A recovery and what it recovers from."""


def every_event() -> list[str]:
    """The default of a channel: tell everything."""
    return list(Event.values)


class Cursor(FeedCursor):
    """Where we stand in the feeds of users and endpoints."""


class User(models.Model):
    """A user as user_service tells it. Its row is also the lock under which a user's alerts are sorted into messages."""

    id = models.BigIntegerField(primary_key=True)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=10, default="ko")
    time_zone = models.CharField(max_length=64, default="UTC")
    welcomed = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)


class Endpoint(models.Model):
    """What rules and messages need to know of an endpoint."""

    id = models.BigIntegerField(primary_key=True)
    user_id = models.BigIntegerField()
    name = models.CharField(max_length=500)
    tags = ArrayField(models.CharField(max_length=200), default=list)
    deleted = models.BooleanField(default=False)


class Notification(models.Model):
    """A channel: where a user is told, and of what. Empty `endpoint_ids` and `tags` mean all endpoints.

    `delay` is in seconds, `remind_every` in minutes (0 is never); quiet hours are in the user's time zone.
    """

    user_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    enabled = models.BooleanField(default=True)
    settings = EncryptedJSONField()
    events = ArrayField(models.CharField(max_length=20), default=every_event)
    endpoint_ids = ArrayField(models.BigIntegerField(), default=list)
    tags = ArrayField(models.CharField(max_length=100), default=list)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    delay = models.PositiveIntegerField(default=0)
    remind_every = models.PositiveIntegerField(default=0)
    disabled_reason = models.TextField(blank=True, default="")
    last_due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user_id", "id"], name="notification_user")]


class Address(models.Model):
    """An e-mail address that a user named and that is not their own: mail goes there once its holder has agreed."""

    user_id = models.BigIntegerField()
    address = models.CharField(max_length=254)
    code = EncryptedJSONField(null=True)
    code_expires_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user_id", "address"], name="address_of_user")]


class Alert(models.Model):
    """What the checker told, once for each incident and event. A held region is of no endpoint."""

    incident_id = models.UUIDField()
    event = models.CharField(max_length=20)
    endpoint_id = models.BigIntegerField(null=True)
    user_id = models.BigIntegerField()
    endpoint_name = models.CharField(max_length=500)
    url = models.TextField()
    region = models.CharField(max_length=64)
    cause = models.TextField(blank=True, default="")
    error_code = models.CharField(max_length=64, blank=True, default="")
    started_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    duration_ms = models.BigIntegerField(null=True)
    last_good_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["incident_id", "event"], name="alert_identity")]
        indexes: ClassVar = [models.Index(fields=["received_at"], name="alert_received")]


class Acknowledgement(models.Model):
    """An incident of which somebody takes care."""

    incident_id = models.UUIDField(primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Delivery(models.Model):
    """One message to one channel. Its id is the idempotency key, so a repetition is the same message.

    `next_attempt_at` is also the lease: a claim moves it ahead, and a sender that died leaves it to run out.
    `attempt_count` fences: only the latest claim may write how it went.
    """

    class Reason(models.TextChoices):
        ALERT = "alert"
        REMINDER = "reminder"
        TEST = "test"
        NOTICE = "notice"
        CONFIRMATION = "confirmation"

    class State(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"
        CANCELLED = "cancelled"

    user_id = models.BigIntegerField()
    channel = models.ForeignKey(Notification, null=True, on_delete=models.CASCADE, related_name="deliveries")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING)
    alerts: "models.ManyToManyField[Alert, DeliveryAlert]" = models.ManyToManyField(Alert, through="DeliveryAlert")
    after = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="followers")
    data = EncryptedJSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempt_count = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at", "id"], name="delivery_due", condition=Q(state="pending")),
            models.Index(fields=["channel", "-id"], name="delivery_of_channel"),
            models.Index(fields=["user_id"], name="delivery_of_user"),
            models.Index(fields=["created_at"], name="delivery_created"),
        ]


class DeliveryAlert(models.Model):
    """An alert that a delivery tells of."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["delivery", "alert"], name="alert_once_a_delivery")]


class Attempt(models.Model):
    """One try of a delivery and what the receiver said; without `finished_at` its sender died, or is at it."""

    class Outcome(models.TextChoices):
        DELIVERED = "delivered"
        TEMPORARY = "temporary"
        PERMANENT = "permanent"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True, default="")
    answer = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_number")]
