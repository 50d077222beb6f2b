"""Users, what we know of their keys, and the local gateway's own store."""

from django.contrib.auth.hashers import check_password
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.feeds import ChangeTracked


class Language(models.TextChoices):
    KOREAN = "ko", _("Korean")
    ENGLISH = "en", _("English")


class UserQuerySet(models.QuerySet["User"]):
    def living(self) -> "UserQuerySet":
        """Neither deleted nor disabled."""
        return self.filter(deleted_at=None, is_active=True)


class User(ChangeTracked):
    """An account. A deleted one stays as a tombstone without any personal data, so that followers learn of it."""

    email = models.EmailField(_("email"))
    password = models.CharField(max_length=128)
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.KOREAN)
    time_zone = models.CharField(max_length=64, default="Asia/Seoul")
    is_active = models.BooleanField(default=True)

    objects = UserQuerySet.as_manager()

    class Meta(ChangeTracked.Meta):
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=models.Q(deleted_at=None), name="user_email"),
        ]

    @property
    def deleted(self) -> bool:
        """Whether this is a tombstone."""
        return self.deleted_at is not None

    def has_password(self, password: str) -> bool:
        """Whether `password` is the right one, in constant time."""
        return check_password(password, self.password)


class Key(models.Model):
    """A key at the gateway: made by a login, or named by its user. The key itself is nowhere in here."""

    class Kind(models.TextChoices):
        LOGIN = "login"
        NAMED = "named"

    user = models.ForeignKey(User, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=100, blank=True)
    credential = models.UUIDField(unique=True, help_text="The gateway's id of it, told in X-Credential-Identifier.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "kind", "-id"], name="key_list"),
            models.Index(fields=["expires_at"], name="key_expiry"),
        ]


class LocalConsumer(models.Model):
    """The local gateway's consumer; its id is the user's. Kong has its own table of these."""

    id = models.BigIntegerField(primary_key=True)


class LocalKey(models.Model):
    """A key at the local gateway, as the SHA-256 of its text: what has 256 random bits needs no slow hash."""

    credential = models.UUIDField(primary_key=True)
    consumer = models.ForeignKey(LocalConsumer, models.CASCADE, related_name="keys")
    digest = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
