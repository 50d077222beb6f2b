"""What channels, alerts and deliveries look like on the wire."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.contract_fields import refused
from common.contracts.channels import CHANNELS, masked, settings_schema
from common.contracts.invalid import Invalid
from common.contracts.mail_addresses import canonical
from common.formats.ids import MAX_ID
from common.security.mail_field import MailField
from notification_service.models import Attempt, Delivery, Notification
from notification_service.rules.events import CHOSEN_EVENTS, TOLD_EVENTS, every_event

_ID: dict[str, Any] = {"min_value": 1, "max_value": MAX_ID}


@extend_schema_field({"anyOf": [settings_schema(kind) for kind in CHANNELS]})
class SettingsField(serializers.JSONField):
    """Each kind has its own; `NotificationSerializer.validate` knows which."""


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "22:00"})
class ClockField(serializers.TimeField):
    """An hour of the user's day, which has no time zone of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M", "%H:%M:%S"], **options)


class RefusedAddressSerializer(serializers.Serializer[Any]):
    """An address that refuses our mail for good."""

    address = serializers.CharField()
    message = serializers.CharField()


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """A channel. Secrets are answered masked, and a mask that is sent back keeps the stored one.

    `delay` is in seconds, `remind_every` in minutes (0 is never).
    """

    kind = serializers.ChoiceField(choices=list(CHANNELS))
    also_known = ("all_events", "covers_all")
    settings = SettingsField()
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=CHOSEN_EVENTS), required=False, max_length=len(CHOSEN_EVENTS)
    )
    all_events = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text=(
            "Whether it is told of everything, also of events that are added later; `events` are then all of them. Not"
            " given: true where `events` names every one."
        ),
    )
    covers_all = serializers.BooleanField(
        required=False,
        allow_null=True,
        help_text=(
            "Whether it is for all endpoints of yours; if not, only for those of `endpoint_ids` and `tags`, even where"
            " none of them is left. Not given: true for a new one that names none."
        ),
    )
    endpoint_ids = serializers.ListField(child=serializers.IntegerField(**_ID), required=False, max_length=1000)
    tags = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=100)
    quiet_from = ClockField(required=False, allow_null=True)
    quiet_to = ClockField(required=False, allow_null=True)
    delay = serializers.IntegerField(min_value=0, max_value=86_400, required=False)
    remind_every = serializers.IntegerField(min_value=0, max_value=10_080, required=False)
    unconfirmed_addresses = serializers.SerializerMethodField()
    refused_addresses = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = [
            "id", "name", "kind", "enabled", "settings", "all_events", "events", "covers_all", "endpoint_ids", "tags",
            "quiet_from", "quiet_to", "delay", "remind_every", "unconfirmed_addresses", "refused_addresses",
            "disabled_reason", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["disabled_reason", "created_at", "updated_at"]

    def get_unconfirmed_addresses(self, notification: Notification) -> list[str]:
        """Addresses to which nothing goes before their holder has confirmed them."""
        if notification.kind != "email":
            return []
        confirmed = self.context["confirmed"].get(notification.user_id, set())
        return [address for address in notification.settings["addresses"] if canonical(address) not in confirmed]

    @extend_schema_field(RefusedAddressSerializer(many=True))
    def get_refused_addresses(self, notification: Notification) -> list[dict[str, str]]:
        """Addresses to which nothing goes any more, with what their server said; saving the channel tries them again."""
        if notification.kind != "email":
            return []
        refused = notification.refused or {}
        found = {address: refused.get(canonical(address)) for address in notification.settings["addresses"]}
        return [{"address": address, "message": words} for address, words in found.items() if words is not None]

    def to_internal_value(self, data: Any) -> Any:
        """Fields that there are not are refused; those that are only shown may be sent back."""
        if isinstance(data, dict) and (unknown := sorted(str(name)[:50] for name in data.keys() - self.fields.keys())):
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown[:20]})
        return super().to_internal_value(data)

    def validate_kind(self, value: str) -> str:
        """A channel stays of its kind: its settings and its history belong to it."""
        if self.instance is not None and isinstance(self.instance, Notification) and self.instance.kind != value:
            raise serializers.ValidationError(_("The kind of a channel cannot be changed."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The settings, by the kind's own serializer; quiet hours need both ends."""
        stored = self.instance if isinstance(self.instance, Notification) else None
        if "settings" in attrs:
            kind = stored.kind if stored else attrs["kind"]
            attrs["settings"] = _settings(kind, attrs["settings"], stored.settings if stored else {})
        before = stored if self.partial else None
        ends = [attrs.get(name, getattr(before, name, None)) for name in ("quiet_from", "quiet_to")]
        if (ends[0] is None) != (ends[1] is None):
            raise serializers.ValidationError({"quiet_to": [_("Quiet hours need a beginning and an end.")]})
        for name in ("events", "endpoint_ids", "tags"):
            if name in attrs:
                attrs[name] = list(dict.fromkeys(attrs[name]))
        return attrs

    def to_representation(self, instance: Notification) -> dict[str, Any]:
        """Secrets masked."""
        shown = super().to_representation(instance)
        shown["settings"] = masked(instance.kind, instance.settings)
        shown["covers_all"], shown["all_events"] = instance.is_for_all, instance.wants_all
        if instance.wants_all:
            shown["events"] = every_event()
        return shown


def _settings(kind: str, given: object, stored: dict[str, Any]) -> dict[str, Any]:
    try:
        return CHANNELS[kind].clean(given, stored)
    except Invalid as error:
        raise serializers.ValidationError({"settings": refused(error).detail}) from error


class InternalNotificationSerializer(NotificationSerializer):
    """A channel with its owner; secrets are masked here too."""

    class Meta(NotificationSerializer.Meta):
        fields = ["user_id", *NotificationSerializer.Meta.fields]


class ConfirmSerializer(serializers.Serializer[dict[str, Any]]):
    """`code` confirms the address to which it was mailed; `address` alone asks for another code."""

    code = serializers.CharField(max_length=20, required=False)
    address = MailField(max_length=254, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two."""
        if not attrs:
            raise serializers.ValidationError({"code": [_("The code from the mail, please.")]})
        return attrs


class CallAnswerSerializer(serializers.Serializer[Any]):
    """`ok`, or `fail` with the receiver's own reason."""

    status = serializers.ChoiceField(choices=["ok", "fail"])
    message = serializers.CharField(required=False)


class DeliveryAttemptSerializer(serializers.ModelSerializer[Attempt]):
    """One try; `outcome` is empty while it runs (or where its sender died)."""

    class Meta:
        model = Attempt
        fields = ["number", "started_at", "finished_at", "outcome", "answer"]


class DeliveryAlertSerializer(serializers.Serializer[Any]):
    """What a delivery tells of."""

    incident_id = serializers.UUIDField()
    event = serializers.ChoiceField(choices=TOLD_EVENTS)
    endpoint_id = serializers.IntegerField(allow_null=True)
    endpoint_name = serializers.CharField()
    occurred_at = serializers.DateTimeField()


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One message to this channel with every attempt."""

    alerts = DeliveryAlertSerializer(many=True)
    attempts = DeliveryAttemptSerializer(many=True)

    class Meta:
        model = Delivery
        fields = [
            "id", "reason", "state", "alerts", "attempts", "created_at", "due_at", "next_attempt_at", "finished_at",
        ]  # fmt: skip


class IncidentDeliverySerializer(serializers.Serializer[Delivery]):
    """A message that told one channel of an incident; `event` is the latest that it speaks of."""

    id = serializers.IntegerField()
    notification_id = serializers.IntegerField(source="channel_id")
    name = serializers.CharField(source="channel.name")
    kind = serializers.CharField(source="channel.kind")
    reason = serializers.ChoiceField(choices=["alert", "reminder"])
    event = serializers.ChoiceField(choices=TOLD_EVENTS)
    state = serializers.ChoiceField(choices=Delivery.State.choices)
    delivered_at = serializers.DateTimeField(allow_null=True)


class IncidentDeliveriesSerializer(serializers.Serializer[Any]):
    items = IncidentDeliverySerializer(many=True)


class AlertsSerializer(serializers.Serializer[dict[str, Any]]):
    """Up to 5,000 alerts, or a single one without the list around it. docs/architecture.md says what one is."""

    alerts = serializers.ListField(child=serializers.JSONField(), max_length=5000)


class RefusedAlertSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    message = serializers.CharField()


class AlertsAnswerSerializer(serializers.Serializer[Any]):
    """`refused` rows must not be sent again."""

    status = serializers.ChoiceField(choices=["ok"])
    accepted = serializers.IntegerField()
    refused = RefusedAlertSerializer(many=True)
