"""What goes in and out of the internal routes."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from common.ids import MAX_ID
from endpoint_check.models import Monitor


class CheckRequestSerializer(serializers.Serializer[Any]):
    """A saved endpoint, or a spec; `user_id` null is an anonymous visitor."""

    endpoint_id = serializers.IntegerField(min_value=1, max_value=MAX_ID, required=False, allow_null=True)
    spec = serializers.JSONField(required=False, allow_null=True)
    user_id = serializers.IntegerField(min_value=1, max_value=MAX_ID, required=False, allow_null=True)

    def validate_spec(self, value: Any) -> Any:
        """An object; its fields are the engine's matter."""
        if value is not None and not isinstance(value, dict):
            raise serializers.ValidationError(_("An object."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two has to be there."""
        if attrs.get("endpoint_id") is None and attrs.get("spec") is None:
            raise serializers.ValidationError({"endpoint_id": [_("endpoint_id or spec is needed.")]})
        return attrs


class PhasesSerializer(serializers.Serializer[Any]):
    """How long each part took, in ms."""

    name_lookup_ms = serializers.FloatField()
    connect_ms = serializers.FloatField()
    tls_ms = serializers.FloatField()
    first_byte_ms = serializers.FloatField()
    transfer_ms = serializers.FloatField()
    redirect_ms = serializers.FloatField()


class CheckResultSerializer(serializers.Serializer[Any]):
    """A report of docs/architecture.md; what is unknown is left out or null."""

    endpoint_id = serializers.IntegerField(allow_null=True)
    user_id = serializers.IntegerField(allow_null=True)
    region = serializers.CharField()
    checked_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=["up", "degraded", "down", "unknown"])
    state = serializers.CharField()
    covers_ms = serializers.IntegerField()
    http_status = serializers.IntegerField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    message = serializers.CharField()
    total_ms = serializers.FloatField(allow_null=True)
    phases = PhasesSerializer(allow_null=True)
    resolved_ip = serializers.CharField(allow_null=True)
    certificate_expires_at = serializers.DateTimeField(allow_null=True)
    manual = serializers.BooleanField()
    certificate_issuer = serializers.CharField(required=False)
    http_version = serializers.CharField(
        required=False, help_text="The one that was spoken, where the endpoint asks for one."
    )
    response_headers = serializers.DictField(child=serializers.CharField(), required=False)
    response_body = serializers.CharField(required=False)
    cause_data = serializers.JSONField(required=False, help_text="Why, as `{code, params}`; `message` is its sentence.")


class CheckAnswerSerializer(serializers.Serializer[Any]):
    """`ok` with the result, or `fail` with why the probe could not run."""

    status = serializers.ChoiceField(choices=["ok", "fail"])
    result = CheckResultSerializer(required=False)
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


class MonitorSerializer(serializers.ModelSerializer[Monitor]):
    """A monitor as the checker sees it, without its spec, which holds secrets."""

    region_held_from = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Monitor
        fields = [
            "endpoint_id",
            "user_id",
            "region",
            "version",
            "enabled",
            "interval",
            "state",
            "condition",
            "confirming",
            "changed_at",
            "last_checked_at",
            "last_good_at",
            "next_check_at",
            "incident_id",
            "incident_started_at",
            "cause",
            "error_code",
            "certificate_expires_at",
            "flapping_since",
            "region_held_from",
        ]
