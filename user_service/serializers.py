"""What goes over the wire."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from common.clocks.time_zones import time_zones
from common.security.mail_field import MailField
from user_service.login.normalization import PasswordLengthValidator
from user_service.mails.link_tokens import MOST as MOST_TOKEN
from user_service.models import Key, Language, SecurityEvent, User

MOST_KEY_LIFE = timedelta(days=3 * 365)
"""Kong takes at most 100,000,000 seconds."""
MOST_PASSWORD = 256
"""Characters of a password at most; a bound is needed, since hashing takes time with length."""
MOST_CODE = 64
"""Characters of a code of the second factor, with what stands between its own."""


def _time_zone_check(value: str) -> None:
    if value not in time_zones():
        raise serializers.ValidationError(_("A time zone of the IANA database, please, such as Asia/Seoul."))


class TimeZoneField(serializers.CharField):
    """A name of the IANA database."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(max_length=64, validators=[_time_zone_check], required=required)


class PasswordField(serializers.CharField):
    """Taken as it was typed, blanks included; never shown. Its length is that of the spelling which is kept."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(
            validators=[PasswordLengthValidator(MOST_PASSWORD)],
            trim_whitespace=False,
            write_only=True,
            style={"input_type": "password"},
            required=required,
        )


class UserSerializer(serializers.ModelSerializer[User]):
    """An account as its user sees it."""

    class Meta:
        model = User
        fields = ["id", "email", "name", "language", "time_zone", "created_at"]
        read_only_fields = fields


class UserWithKeySerializer(UserSerializer):
    """The answer to sign-up and login."""

    key = serializers.CharField(read_only=True, help_text="Send it in the apikey header; it lives 30 days.")

    class Meta(UserSerializer.Meta):
        fields = [*UserSerializer.Meta.fields, "key"]
        read_only_fields = fields


class SignUpSerializer(serializers.Serializer[object]):
    """The body of a sign-up."""

    email = MailField(max_length=254)
    password = PasswordField()
    name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    language = serializers.ChoiceField(Language.choices, required=False)
    time_zone = TimeZoneField(required=False)


class ProfileSerializer(serializers.Serializer[object]):
    """What a user may change; `password` is needed beside another `email` only."""

    also_known = UserSerializer.Meta.fields
    email = MailField(max_length=254, required=False)
    password = PasswordField(required=False)
    name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    language = serializers.ChoiceField(Language.choices, required=False)
    time_zone = TimeZoneField(required=False)


class PasswordChangeSerializer(serializers.Serializer[object]):
    """`revoke_keys` ends every named key too, but for one that the request itself comes with."""

    current_password = PasswordField()
    new_password = PasswordField()
    revoke_keys = serializers.BooleanField(default=False)


class LoginSerializer(serializers.Serializer[object]):
    """`code` is of the authenticator app or a recovery code, for accounts with a second factor."""

    email = serializers.CharField(max_length=254)
    password = PasswordField()
    code = serializers.CharField(max_length=MOST_CODE, required=False, allow_blank=True)


class PasswordSerializer(serializers.Serializer[object]):
    password = PasswordField()


class ConfirmSerializer(serializers.Serializer[object]):
    """`password` is for a new account, which gets it; a change of email needs none."""

    token = serializers.CharField(max_length=MOST_TOKEN)
    password = PasswordField(required=False)


class PasswordResetRequestSerializer(serializers.Serializer[object]):
    email = MailField(max_length=254)


class PasswordResetSerializer(serializers.Serializer[object]):
    token = serializers.CharField(max_length=MOST_TOKEN)
    new_password = PasswordField()


class CodeSerializer(serializers.Serializer[object]):
    code = serializers.CharField(max_length=MOST_CODE)


class TotpSerializer(serializers.Serializer[object]):
    """Whether the second factor is on, and how many recovery codes are left."""

    enabled = serializers.BooleanField()
    recovery_codes_left = serializers.IntegerField()


class TotpSecretSerializer(serializers.Serializer[object]):
    """What an authenticator app needs."""

    status = serializers.ChoiceField(["ok"])
    secret = serializers.CharField(help_text="Base32.")
    uri = serializers.CharField(help_text="otpauth://, for a QR code.")


class RecoveryCodesSerializer(serializers.Serializer[object]):
    """Shown once; each works once in place of a code."""

    status = serializers.ChoiceField(["ok"])
    recovery_codes = serializers.ListField(child=serializers.CharField())


class SecurityEventSerializer(serializers.ModelSerializer[SecurityEvent]):
    """One line of the audit log."""

    class Meta:
        model = SecurityEvent
        fields = ["id", "kind", "address", "detail", "created_at"]
        read_only_fields = fields


class KeyUseSerializer(serializers.Serializer[object]):
    credential = serializers.UUIDField()
    used_at = serializers.DateTimeField()


class KeysUsedSerializer(serializers.Serializer[object]):
    """A batch of what a service saw."""

    keys = serializers.ListField(child=KeyUseSerializer(), max_length=5000)


class OkSerializer(serializers.Serializer[object]):
    """A call that went well."""

    status = serializers.ChoiceField(["ok"])


class KeySerializer(serializers.ModelSerializer[Key]):
    """A named key; its text is shown only when it is made."""

    class Meta:
        model = Key
        fields = ["id", "name", "created_at", "expires_at", "last_used_at"]
        read_only_fields = ["id", "created_at", "last_used_at"]
        extra_kwargs = {"name": {"required": True, "allow_blank": False}, "expires_at": {"required": False}}

    def validate_expires_at(self, value: datetime | None) -> datetime | None:
        """In the future, or null for a key that lives until it is deleted."""
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError(_("This time has passed."))
        if value is not None and value > timezone.now() + MOST_KEY_LIFE:
            raise serializers.ValidationError(_("At most three years ahead; without a time the key lives on."))
        return value


class NewKeySerializer(KeySerializer):
    """A key that was just made, with its text for the only time."""

    key = serializers.CharField(read_only=True)

    class Meta(KeySerializer.Meta):
        fields = [*KeySerializer.Meta.fields, "key"]


class UserFeedSerializer(serializers.ModelSerializer[User]):
    """An account as the other services know it; a deleted one has neither email nor name.

    `quotas` are the operator's own numbers for it, by the names of `quotas.toml`.
    """

    deleted = serializers.BooleanField(read_only=True)
    quotas = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "name", "language", "time_zone", "deleted", "quotas", "created_at"]
        read_only_fields = fields


class UserFeedPageSerializer(serializers.Serializer[object]):
    """A page of the change feed."""

    items = UserFeedSerializer(many=True)
    cursor = serializers.CharField(help_text="What to ask with next.")
