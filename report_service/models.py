"""What report_service keeps: results (partitioned by day), rollups, incidents, and copies of what others own.

The results and rollups are made in SQL by the first migration and written by `results.ingest` alone; rollups have no
model, since `rollups.rollup_columns` names their columns and `rollups.totals` reads them.
"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from common.between.feeds import FeedCursor


class Cursor(FeedCursor):
    """Where we stand in the feeds of user_service and endpoint_service."""


class UserCopy(models.Model):
    """A user, as user_service's feed told it."""

    id = models.BigIntegerField(primary_key=True)
    name = models.TextField(default="")
    time_zone = models.TextField(default="UTC")
    language = models.TextField(default="", db_default="")
    deleted = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="usercopy_to_erase", condition=models.Q(deleted=True, erased_at=None)),
        ]


class EndpointCopy(models.Model):
    """An endpoint, as endpoint_service's feed told it."""

    id = models.BigIntegerField(primary_key=True)
    user_id = models.BigIntegerField()
    key = models.TextField(default="", db_default="")
    name = models.TextField(default="")
    url = models.TextField(default="")
    tags = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    interval = models.FloatField(default=60)
    degraded_ms = models.FloatField(null=True)
    deleted = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user_id", "id"], name="endpointcopy_user"),
            models.Index(fields=["id"], name="endpointcopy_to_erase", condition=models.Q(deleted=True, erased_at=None)),
        ]


class WindowCopy(models.Model):
    """A maintenance window, as endpoint_service's feed told it; its name is its owner's alone and not kept."""

    id = models.BigIntegerField(primary_key=True)
    user_id = models.BigIntegerField()
    covers_all = models.BooleanField(null=True)
    endpoint_ids = models.JSONField(default=list)
    tags = models.JSONField(default=list)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    duration = models.FloatField()
    cron = models.TextField(default="")
    time_zone = models.TextField(default="UTC")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user_id"], name="windowcopy_user")]


class Report(models.Model):
    """One result of one check. Its UUIDv7 is made of `checked_at`, so that it leads to its day's partition."""

    id = models.UUIDField(primary_key=True)
    endpoint_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    region = models.TextField()
    checked_at = models.DateTimeField()
    status = models.SmallIntegerField()
    state = models.TextField()
    incident_id = models.UUIDField(null=True)
    covers_ms = models.IntegerField()
    http_status = models.SmallIntegerField(null=True)
    error_code = models.TextField(null=True)  # noqa: DJ001  null is none, as on the wire
    message = models.TextField(null=True)  # noqa: DJ001  null is none, as on the wire
    total_ms = models.FloatField(null=True)
    name_lookup_ms = models.FloatField(null=True)
    connect_ms = models.FloatField(null=True)
    tls_ms = models.FloatField(null=True)
    first_byte_ms = models.FloatField(null=True)
    transfer_ms = models.FloatField(null=True)
    redirect_ms = models.FloatField(null=True)
    resolved_ip = models.TextField(null=True)  # noqa: DJ001  null is none, as on the wire
    certificate_expires_at = models.DateTimeField(null=True)
    certificate_issuer = models.TextField(null=True)  # noqa: DJ001  null is none, as on the wire
    response_headers = models.TextField(null=True)  # noqa: DJ001  JSON as text: nothing searches in it
    response_body = models.TextField(null=True)  # noqa: DJ001  null is none, as on the wire
    manual = models.BooleanField(default=False)
    cause_data = models.TextField(null=True)  # noqa: DJ001  JSON as text: nothing searches in it

    class Meta:
        managed = False
        db_table = "report"


class Incident(models.Model):
    """A time of being down. endpoint_check mints the id; ours are what the user says to it."""

    id = models.UUIDField(primary_key=True)
    endpoint_id = models.BigIntegerField()
    user_id = models.BigIntegerField()
    region = models.TextField()
    cause = models.TextField(default="")
    cause_data = models.TextField(null=True)  # noqa: DJ001  JSON as text: nothing searches in it
    error_code = models.TextField(default="")
    started_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user_id", "-started_at", "-id"], name="incident_user"),
            models.Index(fields=["endpoint_id", "-started_at", "-id"], name="incident_endpoint"),
            models.Index(fields=["endpoint_id"], name="incident_open", condition=models.Q(resolved_at=None)),
        ]

    @property
    def status(self) -> str:
        """`open` until it is resolved."""
        return "open" if self.resolved_at is None else "resolved"


class IncidentNote(models.Model):
    """What the user wrote down about an incident."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    text = models.CharField(max_length=2000)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]


class StatusPage(models.Model):
    """A page that anybody may read; `groups` is `[{"name", "endpoints": [{"endpoint_id", "name"}]}]`."""

    user_id = models.BigIntegerField()
    slug = models.CharField(max_length=63, unique=True)
    title = models.CharField(max_length=200)
    description = models.CharField(max_length=2000, blank=True, default="")
    published = models.BooleanField(default=True)
    show_response_times = models.BooleanField(default=False)
    groups = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["user_id", "id"], name="statuspage_user")]


class Announcement(models.Model):
    """What the owner tells the readers of a page; shown from `starts_at` until `ends_at`, or until it is deleted."""

    KINDS: ClassVar[list[tuple[str, str]]] = [(kind, kind) for kind in ("information", "incident", "maintenance")]

    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="announcements")
    kind = models.CharField(max_length=20, choices=KINDS, default="information")
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=5000, blank=True, default="")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["page", "-starts_at", "-id"], name="announcement_page"),
        ]


class IncidentUpdate(models.Model):
    """What the owner tells the readers of a page about an incident there."""

    STAGES: ClassVar[list[tuple[str, str]]] = [
        (stage, stage) for stage in ("investigating", "identified", "monitoring", "resolved")
    ]

    page = models.ForeignKey(StatusPage, on_delete=models.CASCADE, related_name="incident_updates")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    stage = models.CharField(max_length=20, choices=STAGES)
    text = models.CharField(max_length=5000)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["page", "incident"], name="incidentupdate_page")]


class BadgeToken(models.Model):
    """The secret part of an endpoint's badge addresses."""

    token = models.CharField(primary_key=True, max_length=64)
    endpoint_id = models.BigIntegerField(unique=True)


class EvidenceUse(models.Model):
    """How many bytes of what failing sites answered were kept of an owner's results, by the hour."""

    pk = models.CompositePrimaryKey("user_id", "start")
    user_id = models.BigIntegerField()
    start = models.DateTimeField(db_index=True)
    bytes = models.BigIntegerField()

    class Meta:
        db_table = "evidence_use"


class IncidentEvidence(models.Model):
    """How often an incident's results kept what the site answered, and when and what it was the last time."""

    incident_id = models.UUIDField(primary_key=True)
    kept = models.IntegerField()
    digest = models.BigIntegerField()
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "incident_evidence"
