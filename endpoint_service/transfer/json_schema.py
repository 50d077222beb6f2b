"""The JSON Schema of the import format."""

from typing import Any

from common.contracts.endpoint import MAX_NAME, naming_schema, tags_schema
from common.contracts.endpoint import schema as spec_schema
from common.contracts.windows import MAX_DURATION, MIN_DURATION

FORMAT_VERSION = 1
"""The version of the import format."""
MAX_ENTRIES = 5000
MAX_WINDOW_ENTRIES = 500
_MOMENT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time", "default": None}
_WINDOW: dict[str, Any] = {
    "type": "object",
    "required": ["name", "duration"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
        "covers_all": {
            "type": "boolean",
            "description": "Whether it is for all endpoints; not given: for all where it names no endpoints and no tags.",
        },
        "endpoints": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Keys."},
        "tags": tags_schema(),
        "starts_at": _MOMENT,
        "duration": {"type": "integer", "minimum": MIN_DURATION, "maximum": MAX_DURATION},
        "cron": {"type": "string", "maxLength": 100, "default": ""},
        "time_zone": {"type": "string", "maxLength": 64, "default": "UTC"},
        "ends_at": _MOMENT,
    },
}


def import_document(*, dialect: bool = False) -> dict[str, Any]:
    """The JSON Schema of an import; `dialect` names the draft, which OpenAPI's own schemas do not."""
    naming = naming_schema()
    entry = {
        "type": "object",
        "required": ["url"],
        "additionalProperties": False,
        "properties": {
            **{name: naming[name] for name in ("key", "name")},
            **spec_schema(),
            "tags": naming["tags"],
        },
    }
    document = {
        "type": "object",
        "title": "pongpong endpoints",
        "required": ["endpoints"],
        "additionalProperties": False,
        "properties": {
            "version": {"type": "integer", "enum": [FORMAT_VERSION], "default": FORMAT_VERSION},
            "endpoints": {"type": "array", "maxItems": MAX_ENTRIES, "items": entry},
            "maintenance_windows": {
                "type": "array",
                "maxItems": MAX_WINDOW_ENTRIES,
                "items": _WINDOW,
                "description": "The one of the same name is changed; equal names count in their order.",
            },
        },
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document} if dialect else document
