"""The file's JSON Schema, and what it says against a file, line by line."""

from importlib.resources import files
from typing import Any

import msgspec

from pong_cli.as_code.document import Document
from pong_cli.labels import _


def text() -> str:
    """The published schema."""
    return files("pong_cli.as_code").joinpath("pong.schema.json").read_text(encoding="utf-8")


class Schema(msgspec.Struct):
    """A JSON Schema, as far as it is looked at here."""

    properties: dict[str, dict[str, object]] = {}


class _Whole(msgspec.Struct):
    definitions: dict[str, Schema] = msgspec.field(name="$defs")


def load() -> dict[str, object]:
    """The same as data."""
    return msgspec.json.decode(text(), type=dict[str, object])


def properties(definition: str) -> dict[str, dict[str, object]]:
    """The schemas of an entry's fields."""
    return msgspec.json.decode(text(), type=_Whole).definitions[definition].properties


def defaults(definition: str) -> dict[str, object]:
    """What fields are where the file does not say."""
    return {name: rule["default"] for name, rule in properties(definition).items() if "default" in rule}


def check(document: Document) -> None:
    """Add to the document's problems what the schema says against it."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415  takes 150 ms

    for error in Draft202012Validator(load()).iter_errors(document.data):
        document.wrong(tuple(error.absolute_path), _sentence(error))


def _sentence(error: Any) -> str:
    name = str(error.absolute_path[-1]) if error.absolute_path else _("The file")
    match error.validator:
        case "required":
            missing = [field for field in error.validator_value if field not in error.instance]
            return _("%(fields)s is missing.") % {"fields": ", ".join(missing)}
        case "additionalProperties":
            known = error.schema.get("properties", {})
            extra = [str(field) for field in error.instance if field not in known]
            return _("Unknown: %(fields)s. Known: %(known)s.") % {
                "fields": ", ".join(extra), "known": ", ".join(known),
            }  # fmt: skip
        case "type":
            return _("%(name)s must be of the type %(type)s.") % {"name": name, "type": error.validator_value}
        case "enum":
            return _("%(name)s must be one of: %(values)s.") % {
                "name": name, "values": ", ".join(str(value) for value in error.validator_value),
            }  # fmt: skip
        case "minimum" | "maximum" | "minLength" | "maxLength" | "pattern" | "minItems" | "maxItems":
            return f"{name}: {error.validator} {error.validator_value}"
    return f"{name}: {error.message[:200]}"
