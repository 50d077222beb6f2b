"""The JSON Schema of the import format."""

from typing import Any

from common.contracts.endpoint import naming_schema
from common.contracts.endpoint import schema as spec_schema
from common.contracts.windows import file_schema

FORMAT_VERSION = 1
"""The version of the import format."""
MAX_ENTRIES = 5000
MAX_WINDOW_ENTRIES = 500


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
                "items": file_schema(),
                "description": "The one of the same name is changed; equal names count in their order.",
            },
        },
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document} if dialect else document
