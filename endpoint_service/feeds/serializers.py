"""What the other services read of endpoints and windows, and what they say of states."""

from typing import Any

from rest_framework import serializers

from common.contracts.endpoint import SPEC_FIELDS, STATES
from common.formats.ids import MAX_ID
from endpoint_service.endpoints.serializer_fields import DONE
from endpoint_service.endpoints.serializers import EndpointFields
from endpoint_service.feeds.states import MAX_STATES
from endpoint_service.models import MaintenanceWindow
from endpoint_service.windows.serializers import WindowFields

FEED_FIELDS = (
    "id",
    "user_id",
    "key",
    "name",
    *SPEC_FIELDS,
    "tags",
    "version",
)


class EndpointFeedSerializer(EndpointFields):
    """An endpoint as the other services see it: no state, `secrets` sealed, deleted ones too."""

    secrets = serializers.CharField(
        source="sealed", allow_null=True, help_text='Encrypted {"headers": {name: value}, "auth": {...} or null}.'
    )
    deleted = serializers.BooleanField()

    def to_representation(self, instance: Any) -> dict[str, object]:
        """By hand: a page has up to 5,000 items, and DRF's way takes five times as long."""
        item: dict[str, object] = {field: getattr(instance, field) for field in FEED_FIELDS}
        item["created_at"] = instance.created_at
        item["updated_at"] = instance.updated_at
        item["secrets"] = instance.sealed
        item["deleted"] = instance.deleted_at is not None
        return item


class MaintenanceWindowFeedSerializer(WindowFields):
    """A window as the other services see it, deleted ones too."""

    deleted = serializers.SerializerMethodField()

    def get_deleted(self, window: MaintenanceWindow) -> bool:
        return window.deleted_at is not None


class StateSerializer(serializers.Serializer[object]):
    """What the checker says of one endpoint; `states.ReportedState` reads it."""

    endpoint_id = serializers.IntegerField(min_value=1, max_value=MAX_ID)
    state = serializers.ChoiceField(STATES)
    changed_at = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(required=False, allow_null=True)
    version = serializers.IntegerField(min_value=0, max_value=MAX_ID)


class StatesSerializer(serializers.Serializer[object]):
    """Up to 5,000 states."""

    states = serializers.ListField(child=StateSerializer(), max_length=MAX_STATES)
    contract = serializers.IntegerField(
        required=False, help_text="`common/contracts/messages.py`; 1 where it is absent."
    )


class OkSerializer(serializers.Serializer[object]):
    """It was done."""

    status = serializers.ChoiceField(DONE)
