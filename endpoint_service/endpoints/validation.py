"""Whether an endpoint could be saved so: nothing is locked and nothing is written."""

from contextlib import suppress
from copy import copy

from rest_framework.exceptions import ValidationError

from common.api import handlers
from common.api.errors import ApiError
from endpoint_service.endpoints.parsing import Parser
from endpoint_service.endpoints.quota_usage import refuse_taken_key
from endpoint_service.endpoints.services import endpoint_build, endpoint_values
from endpoint_service.endpoints.values import EndpointValues, new_values
from endpoint_service.models import LIVE, Endpoint

Errors = dict[str, list[str]]
_JUDGED_WITH = {
    "url": ("kind",),
    "kind": ("url",),
    "timeout": ("interval",),
    "headers": ("kind",),
    "body": ("kind",),
    "options": ("kind",),
    "assertions": ("kind", "method"),
    "method": ("assertions",),
}
"""The fields whose rules look at others, and at which."""


def endpoint_errors(*, user_id: int, spec: object, endpoint: Endpoint | None, field: str = "") -> Errors:
    """What is wrong with `spec` by field, as a creation would say it or, of an `endpoint`, a change of it.

    `field` asks for one alone: then the others need not be there, and what is wrong with them is not told.
    """
    try:
        values = _of_field(spec, endpoint, field) if field else _of_all(spec, endpoint, user_id)
        _refuse_taken(user_id, values, endpoint)
    except (ApiError, ValidationError) as error:
        found = handlers.to_api_error(error)
        errors = found.errors or {"non_field_errors": [found.message]}
        told = {name: [str(text) for text in texts] for name, texts in errors.items()}
        return {name: texts for name, texts in told.items() if not field or name.split(".")[0] == field}
    return {}


def _of_all(spec: object, endpoint: Endpoint | None, user_id: int) -> EndpointValues:
    parser = Parser(strict=True)
    values = parser.validate(parser.fields(spec, partial=endpoint is not None), endpoint)
    if endpoint is None:
        endpoint_build(user_id=user_id, values=values)
        return values
    return endpoint_values(endpoint, values)


def _of_field(spec: object, endpoint: Endpoint | None, field: str) -> EndpointValues:
    parser = Parser(strict=True)
    if not isinstance(spec, dict):
        return parser.fields(spec)
    values = parser.fields({field: spec[field]} if field in spec else {}, partial=True)
    beside = Endpoint(**new_values()) if endpoint is None else copy(endpoint)
    for name in _JUDGED_WITH.get(field, ()):
        with suppress(ApiError, ValidationError, KeyError):
            for column, value in parser.fields({name: spec[name]}, partial=True).items():
                setattr(beside, column, value)
    judged = parser.validate(values, beside)
    return judged if endpoint is None else endpoint_values(endpoint, judged)


def _refuse_taken(user_id: int, values: EndpointValues, endpoint: Endpoint | None) -> None:
    key = values.get("key")
    if key and (endpoint is None or key != endpoint.key):
        taken = Endpoint.objects.filter(LIVE, user_id=user_id, key=key)
        refuse_taken_key(key, set(taken.values_list("key", flat=True)))
