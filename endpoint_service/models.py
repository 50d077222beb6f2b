"""Endpoints, their states and maintenance windows."""

from collections.abc import Mapping
from copy import copy

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from common.between.feeds import ChangeTracked, FeedCursor
from common.clocks.windows import covers_everything
from common.contracts.endpoint import MAX_KEY, MAX_NAME, MAX_TAG
from common.security.crypto import EncryptedJSONField

LIVE = Q(deleted_at__isnull=True)


class Endpoint(ChangeTracked):
    """What a user wants checked. Secrets of `headers` and `options` are masks here; `secrets` holds their values."""

    user_id = models.BigIntegerField()
    key = models.CharField(max_length=MAX_KEY)
    name = models.CharField(max_length=MAX_NAME)
    kind = models.CharField(max_length=10)
    url = models.CharField(max_length=2048)
    method = models.CharField(max_length=10)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")
    interval = models.IntegerField()
    timeout = models.IntegerField()
    expected_status = models.CharField(max_length=400)
    assertions = models.JSONField(default=list)
    failure_threshold = models.SmallIntegerField()
    recovery_threshold = models.SmallIntegerField()
    enabled = models.BooleanField()
    options = models.JSONField(default=dict)
    secrets = EncryptedJSONField(null=True)
    tags = ArrayField(models.CharField(max_length=MAX_TAG), default=list)
    version = models.IntegerField(default=1)

    class Meta(ChangeTracked.Meta):
        indexes = [
            models.Index(fields=["changed_xid", "id"], name="endpoint_changed"),
            models.Index(fields=["user_id", "id"], condition=LIVE, name="endpoint_user"),
            models.Index(fields=["deleted_at"], condition=~LIVE, name="endpoint_deleted"),
            GinIndex(fields=["tags"], name="endpoint_tags"),
        ]
        constraints = [models.UniqueConstraint(fields=["user_id", "key"], condition=LIVE, name="endpoint_key")]


class EndpointState(models.Model):
    """What the checker last said of an endpoint; apart from it, so that a state changes no feed."""

    endpoint = models.OneToOneField(Endpoint, models.CASCADE, primary_key=True, related_name="current")
    state = models.CharField(max_length=12)
    changed_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)


class MaintenanceWindow(ChangeTracked):
    """When a user's endpoints may be down: once from `starts_at` for `duration` s, or as often as `cron` says.

    `endpoint_ids` and `tags` together choose the endpoints; without either it is for all of the user's or, where
    `covers_all` is false, for none: those that it named are gone. `starts_at` and `ends_at` of a recurring window bound the days on which it recurs.
    """

    user_id = models.BigIntegerField()
    name = models.CharField(max_length=MAX_NAME)
    covers_all = models.BooleanField(null=True)
    endpoint_ids = ArrayField(models.BigIntegerField(), default=list)
    tags = ArrayField(models.CharField(max_length=MAX_TAG), default=list)
    starts_at = models.DateTimeField(null=True)
    duration = models.IntegerField()
    cron = models.CharField(max_length=100, default="")
    time_zone = models.CharField(max_length=64)
    ends_at = models.DateTimeField(null=True)

    class Meta(ChangeTracked.Meta):
        indexes = [
            models.Index(fields=["changed_xid", "id"], name="window_changed"),
            models.Index(fields=["user_id", "id"], condition=LIVE, name="window_user"),
            models.Index(fields=["deleted_at"], condition=~LIVE, name="window_deleted"),
        ]

    def becoming(self, values: Mapping[str, object]) -> "MaintenanceWindow":
        """An unsaved copy of it with these values."""
        changed = copy(self)
        for field, value in values.items():
            setattr(changed, field, value)
        return changed

    @property
    def is_for_all(self) -> bool:
        """Whether it is for every endpoint of its user; without `covers_all`, as processes before it write it, too."""
        return covers_everything(endpoint_ids=self.endpoint_ids, tags=self.tags, covers_all=self.covers_all)


class FollowedFeed(FeedCursor):
    """Where this service stands in user_service's feed."""
