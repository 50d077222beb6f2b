"""What every service with a database has: rows that were set aside, and the owners as user_service tells of them."""

from typing import ClassVar

from django.db import models


class DeadLetter(models.Model):
    """A row of some batch that could not be handled, with the reason; see `common.between.dead_letters`."""

    id = models.BigAutoField(primary_key=True)
    queue = models.CharField(max_length=100)
    reason = models.TextField()
    payload = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="deadletter_created"),
            models.Index(fields=["queue", "id"], name="deadletter_queue"),
        ]


class Owner(models.Model):
    """A user as far as every service needs to know: whether they are gone, and the operator's quotas for them.

    `quotas` maps names of `quotas.toml` to numbers; a name that is absent has its default.
    """

    id = models.BigIntegerField(primary_key=True)
    deleted = models.BooleanField(default=False)
    quotas = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], name="owner_deleted", condition=models.Q(deleted=True)),
        ]
