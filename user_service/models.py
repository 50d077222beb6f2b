"""Users, what we know of their keys, and the local gateway's own store."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.between.feeds import ChangeTracked
from common.security.crypto import EncryptedJSONField


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
    email_confirmed = models.BooleanField(
        default=True, db_default=True, help_text="False where nobody ever followed a link that was mailed there."
    )
    email_change = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Names the one change of email that waits for its link; no other link works.",
    )
    password = models.CharField(max_length=128)
    name = models.CharField(_("name"), max_length=100, blank=True, default="")
    language = models.CharField(max_length=2, choices=Language.choices, default=Language.KOREAN)
    time_zone = models.CharField(max_length=64, default="Asia/Seoul")
    is_active = models.BooleanField(default=True)
    quotas = models.JSONField(
        _("quotas"),
        blank=True,
        default=dict,
        db_default={},
        help_text="The operator's numbers for this account, by the names of quotas.toml.",
    )
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
    lost_at = models.DateTimeField(null=True, help_text="Since when the gateway does not know it, as `reconcile` saw.")

    class Meta:
        indexes = [
            models.Index(fields=["user", "kind", "-id"], name="key_list"),
            models.Index(fields=["expires_at"], name="key_expiry"),
        ]


class RevokedKey(models.Model):
    """What was revoked stays revoked, also where the gateway's own database comes back from a backup."""

    credential = models.UUIDField(primary_key=True)
    revoked_at = models.DateTimeField(default=timezone.now, db_index=True)


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
        EMAIL_CHANGE_ASKED = "email_change_asked"
        KEY_CREATED = "key_created"
        KEY_REVOKED = "key_revoked"
        TOTP_ENABLED = "totp_enabled"
        TOTP_DISABLED = "totp_disabled"
        RECOVERY_CODE_USED = "recovery_code_used"
        CODE_FAILED = "code_failed"
        DISABLED = "disabled"
        ENABLED = "enabled"

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    address = models.CharField(max_length=64, blank=True, help_text="The client's address.")
    detail = models.CharField(max_length=100, blank=True, help_text="Which key, where it is about one.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-id"], name="event_list")]


class PendingSignUp(models.Model):
    """A sign-up whose link was mailed; of those for one address the newest alone works. The account is in the link."""

    email = models.EmailField()
    network = models.CharField(max_length=64, help_text="Where it was asked for.")
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["email", "-id"], name="sign_up_email")]


class Mail(models.Model):
    """A mail that waits to be sent. What it links to is made when it is sent, so asking costs the same for anybody."""

    class Kind(models.TextChoices):
        PASSWORD_RESET = "password_reset"  # noqa: S105  a name, no secret
        SIGN_UP = "sign_up"
        EMAIL_CHANGE = "email_change"
        NOTICE = "notice"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    email = models.EmailField()
    language = models.CharField(max_length=2, choices=Language.choices)
    data = EncryptedJSONField(null=True, help_text="What the link will carry, or what a notice tells.")
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_index=True, default=timezone.now)


class CodeAttempts(models.Model):
    """How many wrong codes of a second factor came since when; see `login.totp_attempts`."""

    wrong_codes = models.PositiveIntegerField(default=0, db_default=0)
    wrong_codes_since = models.DateTimeField(null=True)
    wrong_code_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class KnownNetwork(CodeAttempts):
    """Where a user has logged in from, or followed a link of our mails: an IPv4 address, or the /64 of an IPv6 one."""

    user = models.ForeignKey(User, models.CASCADE, related_name="networks")
    network = models.CharField(max_length=64)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "network"], name="known_network")]
        indexes = [models.Index(fields=["seen_at"], name="known_network_seen")]


class Totp(CodeAttempts):
    """A user's second factor (RFC 6238); without `confirmed_at` it is only being set up.

    The wrong codes are those that came from networks that are not known.
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True)
    secret = EncryptedJSONField(help_text="Base32.")
    confirmed_at = models.DateTimeField(null=True)
    last_counter = models.BigIntegerField(default=0, help_text="The time step of the last code; none counts twice.")


class RecoveryCode(models.Model):
    """A code for the day on which the second factor is lost, as a slow hash; it works once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=32)
    salt = models.BinaryField(
        max_length=16, default=b"", db_default=b"", help_text="One for all codes of a user; empty: `digest` is SHA-256."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recovery_code")]
