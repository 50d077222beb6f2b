"""Channels, what was told to whom, and the copies of users, endpoints and windows that the change feeds keep."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.between.feeds import FeedCursor
from common.clocks.windows import covers_everything
from common.contracts.alerts import CHOICES
from common.security.crypto import EncryptedJSONField
from notification_service.rules.events import FIRST_EVENTS, every_event


class Cursor(FeedCursor):
    """Where we stand in the feeds of users, endpoints and windows."""


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
    """What rules and messages need to know of an endpoint; `interval` in seconds."""

    id = models.BigIntegerField(primary_key=True)
    user_id = models.BigIntegerField()
    name = models.CharField(max_length=500)
    tags = ArrayField(models.CharField(max_length=200), default=list)
    deleted = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True, db_default=True)
    interval = models.FloatField(default=60, db_default=60)


class Window(models.Model):
    """A maintenance window as endpoint_service tells it; `duration` in seconds. `common.clocks.windows` knows when it is open."""

    id = models.BigIntegerField(primary_key=True)
    user_id = models.BigIntegerField(db_index=True)
    covers_all = models.BooleanField(null=True)
    endpoint_ids = ArrayField(models.BigIntegerField(), default=list)
    tags = ArrayField(models.CharField(max_length=200), default=list)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    duration = models.FloatField()
    cron = models.CharField(max_length=200, default="")
    time_zone = models.CharField(max_length=64, default="UTC")


class Notification(models.Model):
    """A channel: where a user is told, and of what. It covers all endpoints, or some of them, or none that is left.

    `delay` is in seconds, `remind_every` in minutes (0 is never); quiet hours are in the user's time zone. `host` is where
    its messages go over the network, "" where that is nothing of the user's choice. `refused` maps addresses that refuse
    our mail for good to what their server says. Where `all_events` or `covers_all` is null, as processes before them write
    it, the lists say it.
    """

    user_id = models.BigIntegerField()
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    enabled = models.BooleanField(default=True)
    settings = EncryptedJSONField()
    all_events = models.BooleanField(null=True)
    events = ArrayField(models.CharField(max_length=20), default=every_event)
    covers_all = models.BooleanField(null=True)
    endpoint_ids = ArrayField(models.BigIntegerField(), default=list)
    tags = ArrayField(models.CharField(max_length=100), default=list)
    quiet_from = models.TimeField(null=True)
    quiet_to = models.TimeField(null=True)
    delay = models.PositiveIntegerField(default=0)
    remind_every = models.PositiveIntegerField(default=0)
    disabled_reason = models.TextField(blank=True, default="")
    host = models.CharField(max_length=300, default="", db_default="")
    refused = EncryptedJSONField(null=True)
    last_due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user_id", "id"], name="notification_user")]

    @property
    def is_for_all(self) -> bool:
        """Whether it is told of every endpoint."""
        return covers_everything(endpoint_ids=self.endpoint_ids, tags=self.tags, covers_all=self.covers_all)

    @property
    def wants_all(self) -> bool:
        """Whether it is told of every event, later kinds too."""
        named = set(self.events)
        # A process that does not know the field narrows the list alone.
        return named >= FIRST_EVENTS if self.all_events else self.all_events is None and named >= set(CHOICES)


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
    """What the checker told, once for each incident and event. A held region is of no endpoint.

    `tags` are the endpoint's at that moment (null: the checker did not say); `reason` is why an incident was closed.
    `superseded_by` is the incident that took the place of this one before it ended: slow, then down.
    """

    incident_id = models.UUIDField()
    event = models.CharField(max_length=20)
    endpoint_id = models.BigIntegerField(null=True)
    user_id = models.BigIntegerField()
    endpoint_name = models.CharField(max_length=500)
    url = models.TextField()
    region = models.CharField(max_length=64)
    cause = models.TextField(blank=True, default="")
    cause_data = models.TextField(blank=True, default="", db_default="")
    error_code = models.CharField(max_length=64, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=100), null=True)
    reason = models.CharField(max_length=20, blank=True, default="", db_default="")
    superseded_by = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    duration_ms = models.BigIntegerField(null=True)
    last_good_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["incident_id", "event"], name="alert_identity")]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="alert_received"),
            models.Index(
                fields=["endpoint_id"],
                name="alert_opening",
                condition=Q(event__in=["down", "degraded"], superseded_by=None),
            ),
            models.Index(fields=["superseded_by"], name="alert_superseded", condition=~Q(superseded_by=None)),
        ]


class Acknowledgement(models.Model):
    """An incident of which somebody takes care."""

    incident_id = models.UUIDField(primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Delivery(models.Model):
    """One message to one channel. Its id is the idempotency key, so a repetition is the same message.

    `next_attempt_at` is also the lease: a claim moves it ahead, and a sender that died leaves it to run out; meanwhile
    `claimed_until` says that it is on its way. `attempt_count` fences: only the latest claim may write how it went.
    What is told `after` another message waits until that one is not on its way any more.
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
    claimed_until = models.DateTimeField(null=True)
    attempt_count = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at", "id"], name="delivery_due", condition=Q(state="pending")),
            models.Index(fields=["claimed_until"], name="delivery_claimed", condition=~Q(claimed_until=None)),
            models.Index(fields=["channel"], name="delivery_waiting", condition=Q(state="pending")),
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


class OpenAlert(models.Model):
    """The beginning of an incident that went out on a channel, and whose end has not been told there yet.

    `awaits` is the incident whose end it is told with: its own, or the one that superseded it. At `look_at` it is to be
    seen whether a reminder or the end is due; null where only news can change that.
    """

    channel = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="open_alerts")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="open_on")
    awaits = models.UUIDField()
    told_at = models.DateTimeField()
    reminded_at = models.DateTimeField()
    look_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "alert"], name="open_once_a_channel")]
        indexes: ClassVar = [
            models.Index(fields=["awaits"], name="openalert_awaits"),
            models.Index(fields=["look_at"], name="openalert_look", condition=~Q(look_at=None)),
        ]


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


class Circuit(models.Model):
    """A host that did not answer an owner's messages in time, so often in a row; until `open_until` nothing goes there.

    It is the owner's own: who makes one address of a host hang must not silence another who is told at the same host.
    """

    user_id = models.BigIntegerField()
    host = models.CharField(max_length=300)
    timeouts = models.PositiveIntegerField()
    open_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user_id", "host"], name="circuit_of_owner")]
        indexes: ClassVar = [models.Index(fields=["host"], name="circuit_host")]


class Used(models.Model):
    """How much of a quota an owner used within one minute."""

    user_id = models.BigIntegerField()
    quota = models.CharField(max_length=40)
    minute = models.DateTimeField()
    count = models.IntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user_id", "quota", "minute"], name="used_of_owner")]


class QuotaNotice(models.Model):
    """When an owner was last told that a quota is used up."""

    user_id = models.BigIntegerField()
    quota = models.CharField(max_length=40)
    told_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user_id", "quota"], name="quota_notice_of_owner")]
