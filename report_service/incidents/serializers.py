"""The shapes of incidents on the wire."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api.result_serializers import CauseSerializer
from common.contracts.causes import shown
from report_service.incidents.services import incident_notes_last, incident_timeline
from report_service.models import Incident, IncidentNote
from report_service.results.result_columns import INCIDENT_STATUSES


class TimelineEventSerializer(serializers.Serializer[object]):
    event = serializers.ChoiceField(choices=["detected", "confirmed", "alerted", "acknowledged", "note", "recovered"])
    at = serializers.DateTimeField()
    text = serializers.CharField()
    cause_data = CauseSerializer(allow_null=True, help_text="Of `detected`.")


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    """An incident in a list."""

    status = serializers.ChoiceField(choices=INCIDENT_STATUSES, read_only=True)
    cause_data = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields: ClassVar[list[str]] = [
            "id", "endpoint_id", "region", "status", "cause", "cause_data", "error_code", "started_at", "resolved_at",
            "acknowledged_at",
        ]  # fmt: skip

    @extend_schema_field(CauseSerializer(allow_null=True))
    def get_cause_data(self, incident: Incident) -> dict[str, object] | None:
        return shown(incident.cause_data, incident.cause)


class IncidentNoteSerializer(serializers.ModelSerializer[IncidentNote]):
    """A note on an incident."""

    class Meta:
        model = IncidentNote
        fields: ClassVar[list[str]] = ["id", "text", "created_at"]
        read_only_fields: ClassVar[list[str]] = ["created_at"]


class IncidentDetailSerializer(IncidentSerializer):
    """An incident with what happened when."""

    timeline = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    notes_count = serializers.SerializerMethodField()

    class Meta(IncidentSerializer.Meta):
        fields: ClassVar[list[str]] = [*IncidentSerializer.Meta.fields, "timeline", "notes", "notes_count"]

    @extend_schema_field(TimelineEventSerializer(many=True))
    def get_timeline(self, incident: Incident) -> list[dict[str, object]]:
        """The events in order, of the notes the last 50."""
        return list(TimelineEventSerializer(incident_timeline(incident), many=True).data)

    @extend_schema_field(IncidentNoteSerializer(many=True))
    def get_notes(self, incident: Incident) -> list[dict[str, object]]:
        """The last 50 notes in order; `/notes` has all."""
        return list(IncidentNoteSerializer(incident_notes_last(incident), many=True).data)

    def get_notes_count(self, incident: Incident) -> int:
        """How many notes there are."""
        return incident.notes.count()


class AcknowledgedSerializer(serializers.Serializer[object]):
    status = serializers.CharField()
    incident = IncidentSerializer()
