"""The shapes of status pages on the wire."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from common.contracts.results import STATUSES
from common.formats.ids import MAX_ID
from report_service.models import Announcement, IncidentUpdate, StatusPage
from report_service.results.result_columns import INCIDENT_STATUSES
from report_service.status_pages.shapes import PageGroup

MAX_GROUPS = 50
MAX_ENTRIES = 200


class _WholePart(serializers.Serializer[object]):
    """A part of a page that is given whole: where the page is changed in part, DRF would let the part's fields be missing."""

    def to_internal_value(self, data: object) -> object:
        missing = [
            name for name, field in self.fields.items() if field.required and type(data) is dict and name not in data
        ]
        if missing:
            raise serializers.ValidationError(
                {name: [self.fields[name].error_messages["required"]] for name in missing}
            )
        return super().to_internal_value(data)


class PageEntrySerializer(_WholePart):
    """An endpoint on a page, under the name that readers see (by default its own)."""

    endpoint_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)


class PageGroupSerializer(_WholePart):
    name = serializers.CharField(max_length=200, allow_blank=True)
    endpoints = serializers.ListField(child=PageEntrySerializer(), max_length=MAX_ENTRIES)


class StatusPageSerializer(serializers.ModelSerializer[StatusPage]):
    """A page as its owner sees it."""

    slug = serializers.RegexField(
        r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z",
        max_length=63,
        error_messages={"invalid": _("Small letters, digits and hyphens between them, please.")},
    )
    groups = serializers.ListField(child=PageGroupSerializer(), required=False, max_length=MAX_GROUPS)

    class Meta:
        model = StatusPage
        fields: ClassVar[list[str]] = [
            "id", "slug", "title", "description", "published", "show_response_times", "groups", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields: ClassVar[list[str]] = ["created_at", "updated_at"]

    def validate_groups(self, groups: list[PageGroup]) -> list[PageGroup]:
        """Bound the whole page."""
        if sum(len(group["endpoints"]) for group in groups) > MAX_ENTRIES:
            raise serializers.ValidationError(_("At most %(most)d endpoints on a page.") % {"most": MAX_ENTRIES})
        return groups


class AnnouncementSerializer(serializers.ModelSerializer[Announcement]):
    """An announcement as its owner sees it."""

    class Meta:
        model = Announcement
        fields: ClassVar[list[str]] = [
            "id",
            "kind",
            "title",
            "text",
            "starts_at",
            "ends_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar[list[str]] = ["created_at", "updated_at"]


class IncidentUpdateSerializer(serializers.ModelSerializer[IncidentUpdate]):
    """What the owner tells of an incident, as they see it."""

    class Meta:
        model = IncidentUpdate
        fields: ClassVar[list[str]] = ["id", "stage", "text", "created_at", "updated_at"]
        read_only_fields: ClassVar[list[str]] = ["created_at", "updated_at"]


class PublicUpdateSerializer(serializers.ModelSerializer[IncidentUpdate]):
    """The same as everybody sees it."""

    class Meta:
        model = IncidentUpdate
        fields: ClassVar[list[str]] = ["stage", "text", "created_at"]


class PublicAnnouncementSerializer(serializers.ModelSerializer[Announcement]):
    """An announcement as everybody sees it."""

    class Meta:
        model = Announcement
        fields: ClassVar[list[str]] = ["kind", "title", "text", "starts_at", "ends_at"]


class PublicEntrySerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=STATUSES)
    fault = serializers.BooleanField(help_text="Whether it is `unknown` by a fault of the monitoring itself.")
    uptime = serializers.DictField(child=serializers.FloatField(allow_null=True), help_text="By 24h, 7d, 30d, 90d.")
    bars = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Uptime of 90 days of `time_zone`."
    )
    bars_down_ms = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="The downtime that was measured on each of the days."
    )
    sparkline = serializers.ListField(child=serializers.FloatField(allow_null=True), required=False)


class PublicGroupSerializer(serializers.Serializer[object]):
    name = serializers.CharField()
    endpoints = PublicEntrySerializer(many=True)


class PublicIncidentSerializer(serializers.Serializer[object]):
    key = serializers.UUIDField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=INCIDENT_STATUSES)
    started_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    updates = PublicUpdateSerializer(many=True, help_text="Newest first.")


class PublicMaintenanceSerializer(serializers.Serializer[object]):
    """Maintenance that is under way or planned."""

    key = serializers.UUIDField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    under_way = serializers.BooleanField()
    endpoints = serializers.ListField(child=serializers.CharField(), help_text="By the names on the page.")


class PublicPageSerializer(serializers.Serializer[object]):
    """A status page as everybody sees it."""

    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    language = serializers.CharField(help_text="In which it is told: `lang`, or the owner's.")
    time_zone = serializers.CharField(help_text="`tz`, or the owner's.")
    state = serializers.ChoiceField(choices=STATUSES)
    sentence = serializers.CharField(help_text="The state in words.")
    bars_start = serializers.DateField(help_text="The day of the first bar, in `time_zone`.")
    groups = PublicGroupSerializer(many=True)
    incidents = PublicIncidentSerializer(many=True)
    maintenance = PublicMaintenanceSerializer(many=True, help_text="Soonest first.")
    announcements = PublicAnnouncementSerializer(many=True)
