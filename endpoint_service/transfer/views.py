"""Many endpoints at once: bulk calls, export and import."""

from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.parsers import BoundedJSONParser
from common.api.renderers import BrowsableRenderer
from common.api.views import PublicView
from common.limits.slots import Slots
from endpoint_service.errors import ChangesBusy
from endpoint_service.models import Endpoint
from endpoint_service.transfer import bulk
from endpoint_service.transfer.import_export import endpoints_export, endpoints_import
from endpoint_service.transfer.json_schema import import_document
from endpoint_service.transfer.serializers import (
    SWITCHES,
    TAGGINGS,
    BulkAnswerSerializer,
    BulkSerializer,
    ExportSerializer,
    ImportAnswerSerializer,
    ImportQuery,
    ImportSerializer,
)
from endpoint_service.transfer.yaml_media import YamlParser, YamlRenderer

READINGS_AT_ONCE = 8
"""Threads that calls of many endpoints may hold: they are read for seconds, and wait for their owner's other changes."""
_readings = Slots(lambda: READINGS_AT_ONCE, ChangesBusy)


class BulkView(PublicView):
    serializer_class = BulkSerializer
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_bulk", responses=BulkAnswerSerializer)
    def post(self, request: Request) -> Response:
        """Up to 1,000 endpoints in one call; each has its own outcome, and what is wrong with one stops no other."""
        call = self.validated(request)
        if call["action"] in SWITCHES:
            results = bulk.endpoints_bulk_switch(user_id=self.user_id, endpoint_ids=call["ids"], action=call["action"])
        elif call["action"] in TAGGINGS:
            results = bulk.endpoints_bulk_tag(
                user_id=self.user_id, endpoint_ids=call["ids"], tags=call["tags"], action=call["action"]
            )
        else:
            act = bulk.endpoints_bulk_create if call["action"] == "create" else bulk.endpoints_bulk_update
            with _readings.one(f"user:{self.user_id}"):
                results = act(user_id=self.user_id, items=call["endpoints"])
        succeeded = sum(result["status"] == "ok" for result in results)
        answer = {"status": "ok", "succeeded": succeeded, "failed": len(results) - succeeded, "results": results}
        return Response(answer)


class ExportView(PublicView):
    serializer_class = ExportSerializer
    queryset = Endpoint.objects.none()
    renderer_classes = [JSONRenderer, YamlRenderer, BrowsableRenderer]

    @extend_schema(operation_id="endpoints_export", responses=ExportSerializer)
    def get(self, _request: Request) -> Response:
        """Every endpoint and maintenance window of the user, as JSON or YAML (`?format=yaml`). Secrets are masked."""
        return Response(endpoints_export(user_id=self.user_id))


class ImportView(PublicView):
    serializer_class = ImportSerializer
    queryset = Endpoint.objects.none()
    parser_classes = [BoundedJSONParser, YamlParser]

    @extend_schema(
        operation_id="endpoints_import",
        request={
            "application/json": import_document(),
            "application/yaml": import_document(),
        },
        parameters=[ImportQuery],
        responses=ImportAnswerSerializer,
    )
    def post(self, request: Request) -> Response:
        """Make and change endpoints and maintenance windows from a file: as a whole or, where an entry is wrong, not at all."""
        query = ImportQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        with _readings.one(f"user:{self.user_id}"):
            document = self.validated(request)
            counts = endpoints_import(
                user_id=self.user_id,
                entries=document["endpoints"],
                windows=document["maintenance_windows"],
                **query.validated_data,
            )
        return Response({"status": "ok", **counts})


class ImportSchemaView(PublicView):
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_schema", responses={200: {"type": "object", "additionalProperties": True}})
    def get(self, _request: Request) -> Response:
        """The JSON Schema of what an import takes, for editors and checks of files before they are sent."""
        return Response(import_document(dialect=True))
