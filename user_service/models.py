"""Users, what we know of their keys, and the local gateway's own store."""

from django.contrib.auth.hashers import check_password
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.crypto import EncryptedJSONField
from common.feeds import ChangeTracked


class Language(models.TextChoices):
    KOREAN = "ko", _("Korean")
    ENGLISH = "en", _("English")


def email_normalized(email: str) -> str:
    """The one spelling under which an address is stored and looked for."""
    return email.strip().lower()


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
    deletion_asked_at = models.DateTimeField(null=True, editable=False, help_text="From here on the account only goes.")

    objects = UserQuerySet.as_manager()

    class Meta(ChangeTracked.Meta):
        constraints = [
            models.UniqueConstraint(fields=["email"], condition=models.Q(deleted_at=None), name="user_email"),
        ]
        indexes = [
            *ChangeTracked.Meta.indexes,
            models.Index(
                fields=["id"],
                name="user_to_delete",
                condition=models.Q(deletion_asked_at__isnull=False, deleted_at=None),
            ),
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


class SecurityEvent(models.Model):
    """What happened to an account's security, for its user to read. Wrong logins at no account have no user."""

    class Kind(models.TextChoices):
        SIGNED_UP = "signed_up"
        LOGGED_IN = "logged_in"
        LOGIN_FAILED = "login_failed"
        LOGGED_OUT = "logged_out"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105  a name, no secret
        PASSWORD_RESET = "password_reset"  # noqa: S105  a name, no secret
        EMAIL_CHANGED = "email_changed"
        KEY_CREATED = "key_created"
        KEY_REVOKED = "key_revoked"
        TOTP_ENABLED = "totp_enabled"
        TOTP_DISABLED = "totp_disabled"
        RECOVERY_CODE_USED = "recovery_code_used"
        DISABLED = "disabled"
        ENABLED = "enabled"

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    address = models.CharField(max_length=64, blank=True, help_text="The client's address.")
    detail = models.CharField(max_length=100, blank=True, help_text="Which key, where it is about one.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="event_list")]


class Mail(models.Model):
    """A mail that waits to be sent. What it links to is made when it is sent, so asking costs the same for anybody."""

    class Kind(models.TextChoices):
        PASSWORD_RESET = "password_reset"  # noqa: S105  a name, no secret
        SIGN_UP = "sign_up"
        EMAIL_CHANGE = "email_change"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    email = models.EmailField()
    language = models.CharField(max_length=2, choices=Language.choices)
    data = EncryptedJSONField(null=True, help_text="What the link will carry.")
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_index=True, default=timezone.now)


class Totp(models.Model):
    """A user's second factor (RFC 6238); without `confirmed_at` it is only being set up."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True)
    secret = EncryptedJSONField(help_text="Base32.")
    confirmed_at = models.DateTimeField(null=True)
    last_counter = models.BigIntegerField(default=0, help_text="The time step of the last code; none counts twice.")


class RecoveryCode(models.Model):
    """A code for the day on which the second factor is lost, as its SHA-256; it works once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code")]
