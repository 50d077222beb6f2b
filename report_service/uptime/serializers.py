"""The shapes of summaries, charts and the overview on the wire."""

from rest_framework import serializers

from common.api.result_serializers import CauseSerializer, Fields, PhasesSerializer, result_fields
from report_service.results.result_columns import LAST_RESULT
from report_service.rollups import rollup_columns
from report_service.uptime.formulas import Apdex
from report_service.uptime.overview import Glance, OpenIncident


class TimesSerializer(serializers.Serializer[object]):
    """Mean and extremes, in ms."""

    mean_ms = serializers.FloatField(allow_null=True)
    min_ms = serializers.FloatField(allow_null=True)
    max_ms = serializers.FloatField(allow_null=True)


class ResponseTimesSerializer(TimesSerializer):
    """Also percentiles; of the whole check at most 2 % off."""

    p50_ms = serializers.FloatField(allow_null=True)
    p90_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)


class CheckCountsSerializer(serializers.Serializer[object]):
    total = serializers.IntegerField()
    up = serializers.IntegerField()
    degraded = serializers.IntegerField()
    down = serializers.IntegerField(help_text="Without `offline`.")
    maintenance = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Failed by a fault of ours; they count for nothing.")
    offline = serializers.IntegerField(help_text="Failed because the region's own network did; they count for nothing.")


class IncidentCountsSerializer(serializers.Serializer[object]):
    total = serializers.IntegerField()
    open = serializers.IntegerField()
    mttr_ms = serializers.FloatField(allow_null=True)
    mtbf_ms = serializers.FloatField(allow_null=True)


class ApdexSerializer(serializers.Serializer[Apdex]):
    score = serializers.FloatField(allow_null=True)
    satisfied_ms = serializers.FloatField()


class PhaseTimesSerializer(serializers.Serializer[object]):
    """Each phase's mean and extremes; percentiles are those of all the days (UTC) that the span touches, 5 % off at most."""

    def get_fields(self) -> Fields:
        """One a phase."""
        return {f"{phase}_ms": ResponseTimesSerializer() for phase in rollup_columns.PHASES[1:]}


class SummarySerializer(serializers.Serializer[object]):
    """An endpoint over a span of time."""

    endpoint_id = serializers.IntegerField()
    to = serializers.DateTimeField()
    uptime = serializers.FloatField(allow_null=True, help_text="Percent; null where nothing was watched.")
    covered_ms = serializers.IntegerField()
    down_ms = serializers.IntegerField()
    maintenance_ms = serializers.IntegerField()
    checks = CheckCountsSerializer()
    incidents = IncidentCountsSerializer()
    response_time = ResponseTimesSerializer()
    phases = PhaseTimesSerializer()
    apdex = ApdexSerializer()

    def get_fields(self) -> Fields:
        """`from` is a word of Python's own."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class PointSerializer(serializers.Serializer[object]):
    at = serializers.DateTimeField()
    checks = serializers.IntegerField()
    down = serializers.IntegerField()
    uptime = serializers.FloatField(allow_null=True)
    down_ms = serializers.IntegerField()
    covered_ms = serializers.IntegerField(help_text="The time that was watched, maintenance left out.")
    mean_ms = serializers.FloatField(allow_null=True)
    min_ms = serializers.FloatField(allow_null=True)
    max_ms = serializers.FloatField(allow_null=True)
    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    phases = PhasesSerializer(required=False, help_text="Means, where `phases=true` asked for them.")


class SeriesSerializer(serializers.Serializer[object]):
    """The points of a chart, `step` seconds each; spans without results have none."""

    endpoint_id = serializers.IntegerField()
    to = serializers.DateTimeField()
    step = serializers.IntegerField()
    points = PointSerializer(many=True)

    def get_fields(self) -> Fields:
        """`from` is a word of Python's own."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class LastResultSerializer(serializers.Serializer[object]):
    def get_fields(self) -> Fields:
        """Of the contract."""
        return result_fields(names=LAST_RESULT)


class OpenIncidentSerializer(serializers.Serializer[OpenIncident]):
    id = serializers.UUIDField()
    cause = serializers.CharField()
    cause_data = CauseSerializer(allow_null=True)
    started_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)


class GlanceSerializer(serializers.Serializer[Glance]):
    """An endpoint at a glance."""

    endpoint_id = serializers.IntegerField()
    key = serializers.CharField(help_text="The user's own stable name for it.")
    name = serializers.CharField()
    url = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    enabled = serializers.BooleanField()
    state = serializers.CharField()
    last_result = LastResultSerializer(allow_null=True)
    open_incident = OpenIncidentSerializer(allow_null=True)
    uptime = serializers.DictField(
        child=serializers.FloatField(allow_null=True), help_text="By period: 24h, 7d, 30d, 90d."
    )
    bars = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Uptime of 90 days (UTC).")
    bars_down_ms = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="The downtime that was measured on each of the days."
    )
    hour_bars = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Uptime of 24 hours (UTC), the current one last."
    )
    hour_bars_down_ms = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="The same of the hours."
    )
    sparkline = serializers.ListField(child=serializers.FloatField(allow_null=True), help_text="Mean ms of 24 hours.")
