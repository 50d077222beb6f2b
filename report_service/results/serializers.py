"""The shapes of results on the wire. Rows of `POST /reports` are validated by `decoding`; here is only their description."""

import json
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.contracts.causes import shown
from common.contracts.results import STATUSES
from report_service.models import Report


class CauseSerializer(serializers.Serializer[Any]):
    """Why, as data: `common/contracts/causes.py` has each code's sentence. A parameter may be a cause itself."""

    code = serializers.CharField(help_text="`text` where there is but a sentence.")
    params = serializers.DictField(child=serializers.JSONField())


class PhasesSerializer(serializers.Serializer[Any]):
    """The parts of a check's time, in ms."""

    name_lookup_ms = serializers.FloatField(allow_null=True, required=False)
    connect_ms = serializers.FloatField(allow_null=True, required=False)
    tls_ms = serializers.FloatField(allow_null=True, required=False)
    first_byte_ms = serializers.FloatField(allow_null=True, required=False)
    transfer_ms = serializers.FloatField(allow_null=True, required=False)
    redirect_ms = serializers.FloatField(allow_null=True, required=False)


class ReportSerializer(serializers.ModelSerializer[Report]):
    """A stored result."""

    status = serializers.SerializerMethodField()
    phases = PhasesSerializer(source="*")
    cause_data = serializers.SerializerMethodField()

    class Meta:
        model = Report
        fields: ClassVar[list[str]] = [
            "id", "endpoint_id", "user_id", "region", "checked_at", "status", "state", "incident_id", "covers_ms",
            "http_status", "error_code", "message", "total_ms", "phases", "resolved_ip", "certificate_expires_at", "manual",
            "cause_data",
        ]  # fmt: skip

    @extend_schema_field(CauseSerializer(allow_null=True))
    def get_cause_data(self, row: Report) -> dict[str, Any] | None:
        return shown(row.cause_data, row.message)

    def get_status(self, row: Report) -> str:
        """`up`, `degraded`, `down`, `maintenance`, or `unknown` where the fault is ours."""
        return STATUSES[row.status]


class ReportDetailSerializer(ReportSerializer):
    """A stored result with what the site answered, which is kept of failures."""

    response_headers = serializers.SerializerMethodField()

    class Meta(ReportSerializer.Meta):
        fields: ClassVar[list[str]] = [
            *ReportSerializer.Meta.fields, "certificate_issuer", "response_headers", "response_body",
        ]  # fmt: skip

    def get_response_headers(self, row: Report) -> dict[str, str] | None:
        """By name."""
        return json.loads(row.response_headers) if row.response_headers else None


class TransitionSerializer(serializers.Serializer[Any]):
    event = serializers.CharField(help_text="`down` opens an incident, `up` resolves it; others change none.")
    incident_id = serializers.UUIDField(allow_null=True, required=False)
    cause = serializers.CharField(allow_null=True, required=False)
    cause_data = CauseSerializer(allow_null=True, required=False)
    started_at = serializers.DateTimeField(allow_null=True, required=False)
    ended_at = serializers.DateTimeField(allow_null=True, required=False)


class IncomingReportSerializer(serializers.Serializer[Any]):
    """One result as endpoint_check sends it; a list of up to 5,000 is taken as well."""

    endpoint_id = serializers.IntegerField(min_value=1)
    user_id = serializers.IntegerField(min_value=1)
    region = serializers.CharField(max_length=64)
    checked_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=STATUSES)
    state = serializers.CharField(required=False)
    incident_id = serializers.UUIDField(allow_null=True, required=False)
    covers_ms = serializers.FloatField(required=False)
    http_status = serializers.IntegerField(allow_null=True, required=False)
    error_code = serializers.CharField(allow_null=True, required=False)
    message = serializers.CharField(allow_null=True, required=False)
    total_ms = serializers.FloatField(allow_null=True, required=False)
    phases = PhasesSerializer(allow_null=True, required=False)
    resolved_ip = serializers.CharField(allow_null=True, required=False)
    certificate_expires_at = serializers.DateTimeField(allow_null=True, required=False)
    certificate_issuer = serializers.CharField(allow_null=True, required=False)
    response_headers = serializers.DictField(child=serializers.CharField(), allow_null=True, required=False)
    response_body = serializers.CharField(allow_null=True, required=False, help_text="Cut after 2,048 characters.")
    manual = serializers.BooleanField(required=False)
    cause_data = CauseSerializer(allow_null=True, required=False)
    transition = TransitionSerializer(allow_null=True, required=False)


class RefusedReportSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()


class IngestSerializer(serializers.Serializer[Any]):
    """What became of a batch."""

    status = serializers.CharField()
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    refused = RefusedReportSerializer(many=True)
