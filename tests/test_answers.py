"""Clients read answers as the committed OpenAPI documents have them."""

import json
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib import import_module
from pathlib import Path

import msgspec
import pytest

from common.contracts.answers.base import Answer, Error, Status, Usage

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("endpoint_service", "notification_service", "report_service", "user_service")
MODULES = {service: service for service in SERVICES} | {"status_pages": "report_service"}
COUNTING = ("endpoint_service", "notification_service", "report_service")
"""Those that say what one uses."""
Schema = Mapping[str, typing.Any]


def documents() -> dict[str, Schema]:
    return {
        name: json.loads((ROOT / f"docs/openapi/{name}.public.json").read_text())["components"]["schemas"]
        for name in SERVICES
    }


DOCUMENTS = documents()


def structs() -> Iterator[tuple[str, type[Answer]]]:
    for module, service in MODULES.items():
        yield service, Error
        if service in COUNTING:
            yield service, Usage
        for value in vars(import_module(f"common.contracts.answers.{module}")).values():
            if isinstance(value, type) and value.__module__.endswith(f".{module}"):
                yield service, value


STRUCTS = [pytest.param(*found, id=f"{found[0]}.{found[1].__name__}") for found in structs()]
REPEATED = set(Status.__struct_fields__)
"""What every `Status` has; a schema names those of it that it answers."""


def schema_of(service: str, struct: type[Answer]) -> Schema:
    """`Assertion` has no name in the document: it stands within the endpoint."""
    found: Schema = DOCUMENTS[service].get(struct.__name__) or _item(service, "Endpoint", "assertions")
    return found


def _item(service: str, schema: str, field: str) -> Schema:
    found: Schema = DOCUMENTS[service][schema]["properties"][field]["items"]
    return found


@pytest.mark.parametrize(("service", "struct"), STRUCTS)
def test_every_field_is_in_the_schema_with_a_type_that_fits(service: str, struct: type[Answer]) -> None:
    properties = schema_of(service, struct)["properties"]
    hints = typing.get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        if field.encode_name in REPEATED - properties.keys() and issubclass(struct, Status):
            continue
        assert field.encode_name in properties
        assert fits(service, hints[field.name], properties[field.encode_name]), field.name


def fits(service: str, hint: object, schema: Schema) -> bool:
    """Whether every value that the schema allows can be read as the type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        (rest,) = (one for one in arguments if one is not types.NoneType)
        return fits(service, rest, {**schema, "nullable": False})
    if hint is object or schema.get("nullable"):
        return hint is object
    if isinstance(hint, type) and issubclass(hint, Answer):
        return _fits_struct(service, hint, schema)
    if origin is list:
        return schema["type"] == "array" and fits(service, arguments[0], schema["items"])
    return _fits_mapping(service, arguments[1], schema) if origin is dict else _plain(service, schema) is hint


def _fits_struct(service: str, struct: type[Answer], schema: Schema) -> bool:
    name = _name(schema)
    if name:
        return name == struct.__name__
    # A result that a document leaves open, or one without a name.
    return schema["type"] == "object" and ("properties" not in schema or schema == schema_of(service, struct))


def _fits_mapping(service: str, values: object, schema: Schema) -> bool:
    name = _name(schema)
    found = DOCUMENTS[service][name] if name else schema
    if found.get("type", "object") != "object":  # one of several objects has no type of its own
        return False
    return values is object or fits(service, values, found["additionalProperties"])


def _name(schema: Schema) -> str:
    (one,) = schema.get("allOf", [schema])
    return str(one.get("$ref", "")).rpartition("/")[2]


def _plain(service: str, schema: Schema) -> type:
    if name := _name(schema):
        schema = DOCUMENTS[service][name]
    if any(name in schema for name in ("enum", "oneOf")):
        return str
    formats: dict[str, type] = {"date-time": datetime, "date": date}
    if schema.get("format") in formats:
        return formats[schema["format"]]
    return {"string": str, "integer": int, "number": float, "boolean": bool}[schema["type"]]
