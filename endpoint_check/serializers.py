"""What goes in and out of the internal routes."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from common.api.result_serializers import Fields, result_fields
from common.contracts.fields import described
from common.contracts.results import Result
from common.formats.ids import MAX_ID
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


class CheckResultSerializer(serializers.Serializer[Result]):
    """A report of docs/architecture.md; what is unknown is left out or null."""

    def get_fields(self) -> Fields:
        """Those of the contract that a check on request has."""
        names = [name for name in described(Result) if name not in {"incident_id", "transition"}]
        return result_fields(names=names, is_request=True)


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
