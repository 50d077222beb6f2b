"""`python -m pong_cli.as_code.make_schema [--check]`: what the contracts know of `pong.schema.json`, made of them."""

import json
import sys
from importlib.resources import files
from pathlib import Path

from common.contracts.alerts import CHOICES
from common.contracts.channels import CHANNELS, settings_schema
from common.contracts.endpoint import naming_schema
from common.contracts.endpoint import schema as spec_schema
from common.contracts.windows import file_schema as window_schema
from pong_cli.as_code import schema

PATH = Path(str(files("pong_cli.as_code").joinpath("pong.schema.json")))


def endpoint() -> dict[str, object]:
    """The schema of an endpoint in the file."""
    spec, naming = spec_schema(), naming_schema()
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["key", "url"],
        "properties": {
            **{name: naming[name] for name in ("key", "name")},
            **{name: spec[name] for name in ("url", *spec)},
            "tags": naming["tags"],
        },
    }


def channel(before: dict[str, object]) -> dict[str, object]:
    """The schema of a channel in the file; what its rules are stands there already."""
    kinds = [
        {"if": {"properties": {"kind": {"const": kind}}}, "then": {"properties": {"settings": settings_schema(kind)}}}
        for kind in CHANNELS
    ]
    told = {"type": "string", "enum": list(CHOICES)}
    properties = schema.properties("channel") | {
        "kind": {"type": "string", "enum": list(CHANNELS)},
        "settings": {"type": "object", "description": "What the kind asks for; docs/channels.md has it."},
        "events": {"type": "array", "items": told, "default": list(CHOICES)},
    }
    return before | {"properties": properties, "allOf": kinds}


def made() -> str:
    """The whole schema as text."""
    whole = schema.load()
    definitions = whole["$defs"]
    assert isinstance(definitions, dict)
    definitions |= {"endpoint": endpoint(), "channel": channel(definitions["channel"])}
    definitions |= {"window": window_schema()}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PATH.write_text(made(), encoding="utf-8")
    elif made() != schema.text():
        sys.exit(f"Not up to date: {PATH.name}. Run: make format")
