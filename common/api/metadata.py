"""What OPTIONS answers: a route's name, description, media types and the fields of its bodies."""

from typing import TYPE_CHECKING

from rest_framework.metadata import SimpleMetadata
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class Metadata(SimpleMetadata):
    """DRF's, without looking for the object: it would ask `get_object`, which finds none, as our views look by rules of
    their own. Who calls was checked before, as for every method.
    """

    def determine_actions(self, request: Request, view: "APIView") -> dict[str, dict[str, dict[str, object]]]:  # noqa: ARG002
        """The fields of what can be sent, by method; none where a route takes no body."""
        from rest_framework.generics import GenericAPIView  # noqa: PLC0415  importing it imports this module

        if not isinstance(view, GenericAPIView) or view.serializer_class is None:
            return {}
        methods = sorted({"POST", "PUT"} & set(view.allowed_methods))
        return {method: self.get_serializer_info(view.get_serializer()) for method in methods}
