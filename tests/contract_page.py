"""`python -m tests.contract_page [--check]`: docs/endpoints.md and docs/channels.md, made of the contracts."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import NODEFAULT

from common.contracts.alerts import EVENTS
from common.contracts.assertions import ASSERTIONS
from common.contracts.channels import CHANNELS
from common.contracts.channels.base import Channel
from common.contracts.check_kinds import KINDS, kinds_with
from common.contracts.endpoint import SPEC
from common.contracts.endpoint import schema as spec_schema
from common.contracts.fields import Described, schema
from common.contracts.options import OPTIONS
from common.contracts.options import schemas as option_schemas

DOCS = Path(__file__).resolve().parents[1] / "docs"


def endpoints() -> str:
    """What can be said of an endpoint."""
    options = option_schemas()
    return "\n".join(
        [
            "# What can be said of an endpoint",
            "",
            "<!-- Made from common/contracts: python -m tests.contract_page -->",
            "",
            "Every field as the API, `pong.yaml` and `pong add` take it; the web app's form is made of the same declaration.",
            "",
            "## Kinds",
            "",
            *_table(
                ("kind", "target", "such as"),
                [(f"`{name}`", kind.help, f"`{kind.example}`") for name, kind in KINDS.items()],
            ),
            "## Fields",
            "",
            *_fields({name: field for name, field in SPEC.items() if name != "options"}, spec_schema()),
            "## Options",
            "",
            "Only what was given is stored and answered.",
            "",
            *_fields(OPTIONS, options),
            "## Conditions",
            "",
            *_table(
                ("condition", "kinds", "operators, the default first", "value"),
                [
                    (f"`{name}`", _kinds(kind.of), _words(kind.operators), _bounds(kind.bounds, kind.unit))
                    for name, kind in ASSERTIONS.items()
                ],
            ),
        ]
    )


def channels() -> str:
    """What can be said of a channel."""
    lines = [
        "# Whom pongpong tells, and of what",
        "",
        "<!-- Made from common/contracts: python -m tests.contract_page -->",
        "",
        "The kinds of channels with their `settings`, as the API, `pong.yaml` and `pong channels add` take them, and the",
        "events that a channel can be told of. [notifications.md](notifications.md) has rules and deliveries.",
        "",
    ]
    for name, kind in CHANNELS.items():
        lines += [f"## {kind.label}: `{name}`", "", kind.help, "", *_settings(kind)]
    rows = [
        (f"`{name}`", event.label, event.sign, f"`{event.recovers}`" if event.recovers else "", event.note)
        for name, event in EVENTS.items()
    ]
    return "\n".join([*lines, "## Events", "", *_table(("event", "what it is", "", "recovers from", "note"), rows)])


def _settings(kind: Channel) -> Iterator[str]:
    rows = [
        (
            f"`{name}`",
            _allowed(schema(field)),
            "yes" if field.default is NODEFAULT else "",
            "yes" if field.about.secret else "",
            f"`{field.about.flag}`",
            _told(field),
        )
        for name, field in kind.fields.items()
    ]
    return _table(("setting", "allowed", "needed", "secret", "`pong`", "what it is"), rows)


PAGES = {"endpoints.md": endpoints, "channels.md": channels}


def _fields(fields: dict[str, Described], schemas: dict[str, Any]) -> Iterator[str]:
    rows = [
        (
            f"`{name}`",
            _kinds(field.about.of),
            _allowed(schemas[name]),
            _default(field),
            f"`{field.about.flag}`" if field.about.flag else "",
            _told(field),
        )
        for name, field in fields.items()
    ]
    return _table(("field", "kinds", "allowed", "default", "`pong`", "what it is"), rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""


def _kinds(trait: str) -> str:
    return ", ".join(kinds_with(trait)) if trait else "all"


def _words(names: tuple[str, ...]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _bounds(bounds: tuple[int, int] | None, unit: str) -> str:
    return f"{bounds[0]} to {bounds[1]} {unit}" if bounds else ""


def _allowed(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return _words(tuple(schema["enum"]))
    match schema.get("type"):
        case "boolean":
            return "true, false"
        case "integer":
            return f"{schema['minimum']} to {schema['maximum']}"
        case "string":
            return f"up to {schema['maxLength']} characters"
        case "array":
            return f"up to {schema['maxItems']}"
    return "an object"


def _told(field: Described) -> str:
    about = field.about
    return (about.doc or about.help or about.label) + (f" ({about.source})" if about.source else "")


def _default(field: Described) -> str:
    if field.default is NODEFAULT:
        return "must be said"
    return "" if field.default in (None, "", [], {}) else f"`{json.dumps(field.default)}`"


if __name__ == "__main__":
    for name, made in PAGES.items():
        if "--check" not in sys.argv:
            (DOCS / name).write_text(made())
        elif (DOCS / name).read_text() != made():
            sys.exit(f"Not up to date: docs/{name}. Run: make format")
