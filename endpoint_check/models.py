"""What endpoint_check owns: the monitors, what waits to be delivered, and its copy of the maintenance windows.

Every row is of one region and belongs to the processes of that region alone; others may share the tables.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.between import feeds
from endpoint_check.state.monitor_state import BAD

UNREADABLE = "{}"
"""The spec of a monitor whose endpoint was changed in a way that could not be understood; its checks say so."""


class Monitor(models.Model):
    """A watched endpoint: its spec as the feed told it, when it is due, and its state.

    `next_check_at` is the only thing that makes a monitor due; null is never. A claim moves it to the end of a lease,
    keeps the slot in `slot_at` and signs with `claim`, so whoever dies leaves a monitor that becomes due by itself.
    """

    pk = models.CompositePrimaryKey("endpoint_id", "region")
    endpoint_id = models.BigIntegerField()
    region = models.CharField(max_length=64)
    user_id = models.BigIntegerField()
    name = models.TextField()
    url = models.TextField()
    spec = models.TextField()
    version = models.BigIntegerField()
    enabled = models.BooleanField()
    tags = ArrayField(models.TextField(), default=list)
    interval = models.FloatField()
    timeout = models.FloatField()

    next_check_at = models.DateTimeField(null=True)
    slot_at = models.DateTimeField(null=True)
    claim = models.BigIntegerField(null=True)

    condition = models.CharField(max_length=16, default="pending")
    run_kind = models.CharField(max_length=16, default="")
    run_count = models.IntegerField(default=0)
    run_started_at = models.DateTimeField(null=True)
    incident_id = models.UUIDField(null=True)
    incident_started_at = models.DateTimeField(null=True)
    cause = models.TextField(default="")
    cause_data = models.TextField(default="", db_default="")
    error_code = models.CharField(max_length=64, default="")
    last_good_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    certificate_expires_at = models.DateTimeField(null=True)
    certificate_warned = models.IntegerField(null=True)
    certificates_warned = models.TextField(default="", db_default="")
    in_maintenance = models.BooleanField(default=False)
    moves = ArrayField(models.DateTimeField(), null=True)
    flapping_since = models.DateTimeField(null=True)
    incident_told = models.BooleanField(default=True, db_default=True)
    unknown = models.BooleanField(default=False, db_default=False)
    last_checked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["region", "next_check_at"], name="monitor_due"),
        ]

    @property
    def confirming(self) -> bool:
        """Whether a contrary result waits for its confirmation."""
        return self.run_count > 0

    @property
    def state(self) -> str:
        """The state as other services know it."""
        if not self.enabled:
            return "paused"
        if self.in_maintenance:
            return "maintenance"
        return "unknown" if self.unknown and self.condition not in BAD else self.condition


class Outbox(models.Model):
    """Messages that their receiver has not acknowledged yet: `count` JSON objects, with commas between them.

    Those of one commit share rows, which spares PostgreSQL most of the work.
    """

    id = models.BigAutoField(primary_key=True)
    region = models.CharField(max_length=64)
    payload = models.TextField()
    count = models.IntegerField(default=1, db_default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class ResultOutbox(Outbox):
    """For report_service `POST /reports`."""


class StateOutbox(Outbox):
    """For endpoint_service `POST /endpoints/states`."""


class AlertOutbox(Outbox):
    """For notification_service `POST /notifications/send`."""


class MaintenanceWindow(models.Model):
    """A window as the feed told it; without endpoints and tags it is for everything, or nothing if not `covers_all`."""

    pk = models.CompositePrimaryKey("window_id", "region")
    window_id = models.BigIntegerField()
    region = models.CharField(max_length=64)
    user_id = models.BigIntegerField(db_index=True)
    covers_all = models.BooleanField(null=True)
    endpoint_ids = ArrayField(models.BigIntegerField(), default=list)
    tags = ArrayField(models.TextField(), default=list)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    duration = models.FloatField()
    cron = models.TextField(default="")
    time_zone = models.CharField(max_length=64, default="UTC")


class RegionHold(models.Model):
    """A time in which a region's own network was away, and why it was thought so: the counts and failing sentinels."""

    id = models.UUIDField(primary_key=True)
    region = models.CharField(max_length=64)
    held_from = models.DateTimeField()
    held_until = models.DateTimeField(null=True)
    checked = models.IntegerField()
    failed = models.IntegerField()
    hosts = models.IntegerField()
    sentinels = ArrayField(models.TextField())

    class Meta:
        db_table = "region_hold"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region"], condition=Q(held_until=None), name="region_held_once")
        ]


class FeedCursor(feeds.FeedCursor):
    """Where each region stands in the feeds of endpoint_service: `feed` ends in `@<region>`."""
