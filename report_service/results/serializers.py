"""The shapes of results on the wire, made of the contract. `decoding` reads what comes in; here it is described."""

from rest_framework import serializers

from common.api.result_serializers import ContractNumberField, Fields, PhasesSerializer, result_fields
from report_service.results.decoding import Row
from report_service.results.result_columns import DETAILED, LISTED


class ReportSerializer(serializers.Serializer[Row]):
    """A stored result."""

    id = serializers.UUIDField()

    def get_fields(self) -> Fields:
        return super().get_fields() | result_fields(Row, LISTED) | {"phases": PhasesSerializer()}


class ReportDetailSerializer(serializers.Serializer[Row]):
    """A stored result with what the site answered, which is kept of failures."""

    id = serializers.UUIDField()

    def get_fields(self) -> Fields:
        return super().get_fields() | result_fields(Row, DETAILED) | {"phases": PhasesSerializer()}


class IncomingReportSerializer(serializers.Serializer[Row]):
    """One result as endpoint_check sends it; a list of up to 5,000 is taken as well."""

    contract = ContractNumberField()

    def get_fields(self) -> Fields:
        return super().get_fields() | result_fields(Row, is_request=True)


class RefusedReportSerializer(serializers.Serializer[object]):
    index = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()


class IngestSerializer(serializers.Serializer[object]):
    """What became of a batch."""

    status = serializers.CharField()
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    refused = RefusedReportSerializer(many=True)
