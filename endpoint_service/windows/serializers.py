"""Maintenance windows on the wire."""

from datetime import UTC, datetime
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from common.api.contract_fields import plain_field, refused, ruled
from common.api.known_fields import AnyField
from common.contracts.invalid import Invalid
from common.contracts.windows import MAX_ENDPOINT_IDS, WINDOW, clean_cron, clean_time_zone, require_opening
from endpoint_service.endpoints.serializer_fields import IdsField, TagsField
from endpoint_service.models import MaintenanceWindow
from endpoint_service.windows.occurrences import Outlook, window_outlook

OCCURRENCES = 4
TIMES = {"starts_at", "duration", "cron", "time_zone", "ends_at"}
REASONABLE = [
    MinValueValidator(datetime(1970, 1, 1, tzinfo=UTC)),
    MaxValueValidator(datetime(2200, 1, 1, tzinfo=UTC)),
]
"""Years of fewer than four digits are no ISO 8601, and after the last one there is no end of a window."""


class WindowFields(serializers.Serializer[Any]):
    """What users and services both see of a window."""

    id = serializers.IntegerField(read_only=True)
    user_id = serializers.IntegerField(read_only=True)
    name = plain_field(WINDOW["name"])
    covers_all = plain_field(WINDOW["covers_all"])
    endpoint_ids = IdsField(max_length=MAX_ENDPOINT_IDS, default=list, help_text=WINDOW["endpoint_ids"].about.doc)
    tags = TagsField(default=list, help_text=WINDOW["tags"].about.doc)
    starts_at = plain_field(WINDOW["starts_at"], validators=REASONABLE)
    duration = plain_field(WINDOW["duration"])
    cron = plain_field(WINDOW["cron"])
    time_zone = plain_field(WINDOW["time_zone"])
    ends_at = plain_field(WINDOW["ends_at"], validators=REASONABLE)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: MaintenanceWindow) -> dict[str, object]:
        shown: dict[str, object] = super().to_representation(instance)
        return shown | ({"covers_all": instance.is_for_all} if "covers_all" in shown else {})

    def validate_cron(self, text: str) -> str:
        return str(ruled(clean_cron, text)) if text else ""

    def validate_time_zone(self, text: str) -> str:
        return str(ruled(clean_time_zone, text))

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Over what the window will be after the change."""
        after = MaintenanceWindow(**attrs) if self.instance is None else self.instance.becoming(attrs)
        if not after.cron:
            if after.starts_at is None:
                raise serializers.ValidationError({"starts_at": [_("Say when it starts, or give a cron expression.")]})
            return attrs
        if after.starts_at and after.ends_at and after.ends_at <= after.starts_at:
            raise serializers.ValidationError({"ends_at": [_("The end must be after the start.")]})
        try:
            require_opening(after.cron)  # one that was saved when more was allowed must not be saved again
        except Invalid as error:
            raise serializers.ValidationError({"cron": refused(error).detail}) from error
        return attrs


class OccurrenceSerializer(serializers.Serializer[object]):
    """One time that a window is open."""

    starts_at = serializers.DateTimeField(read_only=True)
    ends_at = serializers.DateTimeField(read_only=True)


def outlook_now(window: MaintenanceWindow) -> Outlook:
    """The time that it is open now and the next ones."""
    return window_outlook(window, timezone.now(), most=OCCURRENCES)


class WindowPreviewSerializer(serializers.Serializer[object]):
    """The answer to it."""

    status = serializers.ChoiceField(["ok"])
    occurrences = OccurrenceSerializer(many=True)


class MaintenanceWindowSerializer(WindowFields):
    """Once (`starts_at` and `duration`) or recurring (`cron`, `duration` and `time_zone`)."""

    next_starts_at = serializers.DateTimeField(
        source="outlook.next_starts_at",
        read_only=True,
        allow_null=True,
        help_text="When it opens next; null where it opens no more.",
    )
    occurrences = OccurrenceSerializer(
        source="outlook.occurrences", many=True, read_only=True, help_text="The one that is open now and the next ones."
    )
    problem = serializers.CharField(
        source="outlook.problem",
        read_only=True,
        allow_null=True,
        help_text="Why nobody can say when it opens, where so; such a window never opens.",
    )

    def to_representation(self, instance: MaintenanceWindow) -> dict[str, object]:
        vars(instance)["outlook"] = outlook_now(instance)
        return super().to_representation(instance)


class WindowTimesSerializer(WindowFields):
    """When a window that nobody has saved would open; what else a window has does not matter."""

    also_known = tuple(MaintenanceWindowSerializer().get_fields())

    def get_fields(self) -> dict[str, AnyField]:
        """The window's times alone."""
        return {name: field for name, field in super().get_fields().items() if name in TIMES}
