"""Reading endpoints that a call carries, before anything is locked for them.

Patterns and paths take their time to be understood, and a call may carry thousands. What can be said of a value alone
is said first; what depends on the stored endpoint is a comparison, made under the owner's lock.
"""

import time

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework.serializers import BaseSerializer, ValidationError, as_serializer_error

from endpoint_service.endpoints.serializers import EndpointSerializer
from endpoint_service.endpoints.values import EndpointValues
from endpoint_service.errors import TooMuchWork
from endpoint_service.models import Endpoint

MOST_SECONDS = 15.0
"""CPU time that one call's items may take together; a thousand ordinary ones take half a second."""


def values_of(serializer: BaseSerializer[object]) -> EndpointValues:
    """What the body of a call says of an endpoint; raises DRF's ValidationError."""
    serializer.is_valid(raise_exception=True)
    values: EndpointValues = serializer.validated_data
    return values


class Parser:
    """One serializer for many items: to make one takes longer than to parse an item with it."""

    def __init__(self, *, strict: bool = False) -> None:
        self._serializer = EndpointSerializer(context={"strict": strict})
        self._began = time.thread_time()

    def fields(self, item: object, *, partial: bool = False) -> EndpointValues:
        """The item's values, each judged alone; raises DRF's ValidationError, and `TooMuchWork`."""
        if time.thread_time() - self._began > MOST_SECONDS:
            raise TooMuchWork
        self._serializer.instance, self._serializer.partial = None, partial
        self._serializer.validate_empty_values(item)
        return self._serializer.to_internal_value(item)

    def validate(self, values: EndpointValues, endpoint: Endpoint | None = None) -> EndpointValues:
        """`values` judged together, and with what stays of `endpoint`; raises DRF's ValidationError."""
        self._serializer.instance = endpoint
        try:
            return self._serializer.validate(values.copy())
        except (ValidationError, DjangoValidationError) as error:
            raise ValidationError(detail=as_serializer_error(error)) from error

    def parse(self, item: object) -> EndpointValues:
        """A whole item's values, judged; raises DRF's ValidationError, and `TooMuchWork`."""
        return self.validate(self.fields(item))
