"""JSON Schemas of the parts of a spec that are more than a text or a number, for OpenAPI and the import format."""

from typing import Any

from endpoint_service import spec
from endpoint_service.rules import assertions, headers, options, schedule

FORMAT_VERSION = 1
"""The version of the import format."""
MAX_ENTRIES = 5000
MAX_WINDOW_ENTRIES = 500
HEADERS: dict[str, Any] = {
    "type": "object",
    "maxProperties": headers.MAX_HEADERS,
    "additionalProperties": {"type": "string", "maxLength": headers.MAX_VALUE},
    "description": (
        "Request headers. Values of Authorization, Cookie and of names with token, key, secret or password in them are"
        " secrets: answered as a mask; the mask sent back keeps the stored value."
    ),
    "example": {"Accept": "application/json"},
}
ASSERTIONS: dict[str, Any] = {
    "type": "array",
    "maxItems": assertions.MAX_ASSERTIONS,
    "items": {
        "type": "object",
        "required": ["kind"],
        "additionalProperties": False,
        "properties": {
            "kind": {"type": "string", "enum": list(assertions.KINDS)},
            "target": {
                "type": "string",
                "maxLength": assertions.MAX_PATH,
                "description": "header: its name; json_path: the path.",
            },
            "operator": {
                "type": "string",
                "enum": ["", *assertions.TEXT_OPERATORS, *assertions.NUMBER_OPERATORS],
                "description": "header, json_path: `equals` by default; response_time: at_most; certificate_days: at_least.",
            },
            "value": {"description": "The text, pattern or number to compare with; ms for response_time."},
        },
    },
    "example": [{"kind": "json_path", "target": "$.status", "operator": "equals", "value": "ok"}],
}
_SECRET_TEXT = {"type": "string", "maxLength": options.MAX_SECRET, "description": "Answered as a mask."}
_TEXT = {"type": "string", "maxLength": options.MAX_SECRET}
_AUTH = {
    "anyOf": [
        {
            "type": "object",
            "required": ["kind", *fields],
            "additionalProperties": False,
            "properties": {
                "kind": {"type": "string", "enum": [kind]},
                **{field: _SECRET_TEXT if field == options.AUTH_SECRETS[kind] else _TEXT for field in fields},
            },
        }
        for kind, fields in options.AUTH_FIELDS.items()
    ]
}
_OPTIONS: dict[str, Any] = {
    "follow_redirects": {"type": "boolean", "description": "http; true by default."},
    "max_redirects": {"type": "integer", "minimum": 0, "maximum": options.MAX_REDIRECTS, "description": "http; 10."},
    "max_body_kib": {
        "type": "integer",
        "minimum": 1,
        "maximum": options.MAX_BODY_KIB,
        "description": "http; how much of an answer is read, 1024 by default. Conditions see no more of it.",
    },
    "verify_tls": {"type": "boolean", "description": "http, tls; true by default."},
    "degraded_ms": {
        "type": "integer",
        "minimum": 1,
        "maximum": options.MAX_DEGRADED_MS,
        "description": "Slower than this is degraded; off by default.",
    },
    "http_version": {"type": "string", "enum": list(options.HTTP_VERSIONS)},
    "ip_version": {"type": "string", "enum": list(options.IP_VERSIONS)},
    "auth": _AUTH,
    "record_type": {"type": "string", "enum": list(options.RECORD_TYPES), "description": "dns; A by default."},
    "expected": {
        "type": "array",
        "minItems": 1,
        "maxItems": 20,
        "items": {"type": "string", "maxLength": 1000},
        "description": "dns: values that must all be among the answers.",
    },
    "certificate_warnings": {
        "type": "array",
        "maxItems": options.MAX_WARNINGS,
        "items": {"type": "number", "minimum": 0, "maximum": options.MAX_WARNING_DAYS},
        "description": (
            "http, tls: days before a certificate's end at which to warn. By default 30, 14, 7 and 1, but not before the"
            " last third, sixth, twelfth and 48th of its lifetime; none at all where the list is empty."
        ),
    },
}
OPTIONS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": _OPTIONS,
    "description": "What else the checker knows; each kind of endpoint its own.",
}
_SPEC: dict[str, Any] = {
    "url": {"type": "string", "minLength": 1, "maxLength": 2048},
    "kind": {"type": "string", "enum": spec.Kind.values},
    "method": {"type": "string", "enum": spec.Method.values},
    "headers": HEADERS,
    "body": {"type": "string", "maxLength": spec.MAX_BODY},
    "interval": {"type": "integer", "minimum": spec.MIN_INTERVAL, "maximum": spec.MAX_INTERVAL},
    "timeout": {"type": "integer", "minimum": spec.MIN_TIMEOUT, "maximum": spec.MAX_TIMEOUT},
    "expected_status": {"type": "string", "minLength": 1, "maxLength": 400},
    "assertions": ASSERTIONS,
    "failure_threshold": {"type": "integer", "minimum": 1, "maximum": spec.MAX_THRESHOLD},
    "recovery_threshold": {"type": "integer", "minimum": 1, "maximum": spec.MAX_THRESHOLD},
    "options": OPTIONS,
    "enabled": {"type": "boolean"},
}


_TAGS: dict[str, Any] = {
    "type": "array",
    "maxItems": spec.MAX_TAGS,
    "items": {"type": "string", "minLength": 1, "maxLength": spec.MAX_TAG},
    "default": [],
}
_MOMENT: dict[str, Any] = {"type": ["string", "null"], "format": "date-time", "default": None}
_WINDOW: dict[str, Any] = {
    "type": "object",
    "required": ["name", "duration"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": spec.MAX_NAME},
        "covers_all": {
            "type": "boolean",
            "description": "Whether it is for all endpoints; not given: for all where it names no endpoints and no tags.",
        },
        "endpoints": {"type": "array", "items": {"type": "string"}, "default": [], "description": "Keys."},
        "tags": _TAGS,
        "starts_at": _MOMENT,
        "duration": {"type": "integer", "minimum": schedule.MIN_DURATION, "maximum": schedule.MAX_DURATION},
        "cron": {"type": "string", "maxLength": 100, "default": ""},
        "time_zone": {"type": "string", "maxLength": 64, "default": "UTC"},
        "ends_at": _MOMENT,
    },
}


def import_document(*, dialect: bool = False) -> dict[str, Any]:
    """The JSON Schema of an import; `dialect` names the draft, which OpenAPI's own schemas do not."""
    defaults = spec.default_spec()
    entry = {
        "type": "object",
        "required": ["url"],
        "additionalProperties": False,
        "properties": {
            "key": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$", "maxLength": spec.MAX_KEY},
            "name": {"type": "string", "maxLength": spec.MAX_NAME},
            **{name: rule | {"default": defaults[name]} if name in defaults else rule for name, rule in _SPEC.items()},
            "tags": _TAGS,
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
