"""Bulk calls, exports and imports on the wire."""

from django.utils.translation import gettext as _
from rest_framework import serializers

from common.api.known_fields import AnyField
from common.contracts.endpoint import SPEC_FIELDS
from endpoint_service.endpoints.serializer_fields import DONE, OUTCOMES, IdsField, TagsField
from endpoint_service.endpoints.serializers import EndpointSerializer
from endpoint_service.transfer.bulk import MAX_ITEMS
from endpoint_service.transfer.json_schema import FORMAT_VERSION, MAX_ENTRIES, MAX_WINDOW_ENTRIES
from endpoint_service.transfer.window_import_export import FIELDS as WINDOW_FIELDS
from endpoint_service.windows.serializers import MaintenanceWindowSerializer

SWITCHES = ("pause", "resume", "delete")
TAGGINGS = ("tag", "untag")


class BulkSerializer(serializers.Serializer[object]):
    """`create` and `update` take `endpoints` (an update's have their `id`), the others `ids`; the last two also `tags`."""

    action = serializers.ChoiceField(["create", "update", *SWITCHES, *TAGGINGS])
    endpoints = serializers.ListField(child=serializers.JSONField(), max_length=MAX_ITEMS, required=False)
    ids = IdsField(max_length=MAX_ITEMS, required=False)
    tags = TagsField(required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        action = attrs["action"]
        needed = ["ids"] if action in {*SWITCHES, *TAGGINGS} else ["endpoints"]
        missing = [name for name in (*needed, *(["tags"] if action in TAGGINGS else [])) if not attrs.get(name)]
        if missing:
            raise serializers.ValidationError({name: [_("This action needs at least one.")] for name in missing})
        return attrs


class BulkResultSerializer(serializers.Serializer[object]):
    """One item's outcome."""

    index = serializers.IntegerField()
    status = serializers.ChoiceField(OUTCOMES)
    id = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)
    # The wire's name; DRF takes declared fields off the class, so its own property of that name stays.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


class BulkAnswerSerializer(serializers.Serializer[object]):
    """The outcomes in the order of the items."""

    status = serializers.ChoiceField(DONE)
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = BulkResultSerializer(many=True)


class EntrySerializer(EndpointSerializer):
    """An endpoint in a file: without what the service itself decides."""

    class Meta:
        fields = ("key", "name", *SPEC_FIELDS, "tags")

    def get_fields(self) -> dict[str, AnyField]:
        return {name: field for name, field in super().get_fields().items() if name in self.Meta.fields}


class WindowEntrySerializer(MaintenanceWindowSerializer):
    """A maintenance window in a file: its endpoints by their keys."""

    endpoints = serializers.ListField(child=serializers.CharField(), default=list)

    def get_fields(self) -> dict[str, AnyField]:
        return {name: field for name, field in super().get_fields().items() if name in {"endpoints", *WINDOW_FIELDS}}


class ExportSerializer(serializers.Serializer[object]):
    """A file of endpoints and maintenance windows."""

    version = serializers.IntegerField()
    endpoints = EntrySerializer(many=True)
    maintenance_windows = WindowEntrySerializer(many=True)


class ImportSerializer(serializers.Serializer[object]):
    """A file of endpoints, as an export writes it."""

    version = serializers.ChoiceField([FORMAT_VERSION], default=FORMAT_VERSION)
    endpoints = serializers.ListField(child=serializers.JSONField(), max_length=MAX_ENTRIES)
    maintenance_windows = serializers.ListField(
        child=serializers.JSONField(), max_length=MAX_WINDOW_ENTRIES, default=list
    )


class ImportQuery(serializers.Serializer[object]):
    """How to import."""

    dry_run = serializers.BooleanField(default=False, help_text="Say what would happen, and do nothing.")


class ImportCountsSerializer(serializers.Serializer[object]):
    """What became of the entries."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()


class ImportEntrySerializer(serializers.Serializer[object]):
    """What would become of one entry; `fields` are those that change."""

    index = serializers.IntegerField()
    key = serializers.CharField()
    action = serializers.ChoiceField(["create", "update", "none"])
    # The wire's name; DRF takes declared fields off the class, so its own property of that name stays.
    fields = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]


class ImportAnswerSerializer(ImportCountsSerializer):
    """What the import did with the endpoints and, beside, with the maintenance windows."""

    entries = ImportEntrySerializer(many=True, required=False, help_text="A dry run's: each endpoint of the file.")

    status = serializers.ChoiceField(DONE)
    maintenance_windows = ImportCountsSerializer()
