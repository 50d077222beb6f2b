"""What a mail looks like on the wire."""

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

MAX_RECIPIENTS = 50
_one_line = RegexValidator(r"\A[^\x00-\x1f\x7f\u0085\u2028\u2029]*\Z", _("This must be one line."))


class _Addresses(serializers.ListField):
    """A list of addresses; a single one may come as plain text."""

    child = serializers.EmailField(max_length=254)

    def to_internal_value(self, data: str | list[str]) -> list[str]:
        """A text is a list of one."""
        addresses: list[str] = super().to_internal_value([data] if isinstance(data, str) else data)
        return addresses


class EmailSerializer(serializers.Serializer[dict[str, object]]):
    """One mail. The Message-ID is made of `idempotency_key`: the same mail again carries the same."""

    to = _Addresses(min_length=1, max_length=MAX_RECIPIENTS)
    subject = serializers.CharField(max_length=500, validators=[_one_line])
    text = serializers.CharField(max_length=500_000, trim_whitespace=False)
    html = serializers.CharField(max_length=1_000_000, required=False, allow_blank=True, default="")
    contract = serializers.IntegerField(
        required=False, help_text="`common/contracts/messages.py`; 1 where it is absent."
    )
    idempotency_key = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    confirmed = serializers.BooleanField(
        default=True, help_text="False: its recipients have agreed to nothing yet, and get little."
    )


class RefusedAddressSerializer(serializers.Serializer[object]):
    """An address that the mail server refused while it took others."""

    address = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()
    permanent = serializers.BooleanField()


class RecipientSerializer(serializers.Serializer[object]):
    """What became of one address, spelled as it was given."""

    address = serializers.CharField()
    result = serializers.ChoiceField(choices=["accepted", "temporary", "permanent"])
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)


class EmailAnswerSerializer(serializers.Serializer[object]):
    """`ok` where anybody was taken, else `fail` with the mail server's reason; `recipients` has each address' own."""

    status = serializers.ChoiceField(choices=["ok", "fail"])
    message_id = serializers.CharField(required=False)
    refused = RefusedAddressSerializer(many=True, required=False)
    recipients = RecipientSerializer(many=True)
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)
    permanent = serializers.BooleanField(required=False)
    retry_after = serializers.FloatField(required=False, allow_null=True, help_text="Seconds")
