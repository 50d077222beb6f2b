"""`GET /api/usage`: what an owner uses of the quotas that a service counts."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pagination import page_envelope, page_numbers
from common.api.views import PublicView
from common.quotas import limits, quotas


class UsageSerializer(serializers.Serializer[Any]):
    """A quota and how much of it is used. `period` in seconds; null counts what is there now."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of ours, not the serializer's own label
    unit = serializers.ChoiceField(["count", "bytes"])
    period = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField()
    most = serializers.IntegerField()


class UsageView(PublicView):
    """`GET /api/usage` of a service: a subclass says in `used` what the owner uses of the service's quotas."""

    serializer_class = UsageSerializer

    def used(self, owner_id: int) -> Mapping[str, int]:
        """By the quotas' names; a quota that is not named is left out, since nobody can say how much is used."""
        raise NotImplementedError

    @extend_schema(operation_id="usage", responses=UsageSerializer(many=True))
    def get(self, request: Request) -> Response:
        """How much you use of what you may use here."""
        most, used = limits(self.user_id), self.used(self.user_id)
        rows = [
            {
                "name": name,
                "label": _(quota.label),
                "unit": quota.unit,
                "period": quota.period,
                "used": used[name],
                "most": most[name],
            }
            for name, quota in quotas().items()
            if quota.service == settings.SERVICE and name in used
        ]
        number, per_page = page_numbers(request)
        items = self.get_serializer(rows, many=True).data[(number - 1) * per_page : number * per_page]
        return Response(page_envelope(items, current_page=number, per_page=per_page, total_count=len(rows)))
