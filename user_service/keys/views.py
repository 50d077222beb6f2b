"""The public API of named keys."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.security.client_address import client_address
from common.security.ownership import owned_or_refused, visible_to
from user_service import serializers
from user_service.keys import services
from user_service.models import Key
from user_service.views import OwnView


class KeyListView(OwnView):
    serializer_class = serializers.KeySerializer
    queryset = Key.objects.filter(kind=Key.Kind.NAMED).order_by("-id")

    @extend_schema(operation_id="keys_list", responses=serializers.KeySerializer(many=True))
    def get(self, request: Request) -> Response:
        """The user's named keys, the newest first."""
        page = self.paginate_queryset(visible_to(self.get_queryset(), request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="keys_create", responses={201: serializers.NewKeySerializer})
    def post(self, request: Request) -> Response:
        """A new named key; this answer is the only one that holds its text."""
        body = self.validated(request)
        key, text = services.named_key_create(
            user=self.own_user,
            name=body["name"],
            expires_at=body.get("expires_at"),
            address=client_address(request),
        )
        return Response({**self.get_serializer(key).data, "key": text}, status=status.HTTP_201_CREATED)


class KeyView(OwnView):
    serializer_class = serializers.KeySerializer
    queryset = Key.objects.filter(kind=Key.Kind.NAMED)

    @extend_schema(operation_id="keys_delete", responses={204: None})
    def delete(self, request: Request, key_id: int) -> Response:
        """Revoke a named key."""
        key = owned_or_refused(self.get_queryset(), request, id=key_id)
        services.named_key_revoke(key=key, address=client_address(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
