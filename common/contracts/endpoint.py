"""What an endpoint is: its own words, and its spec, which says what is probed and how."""

from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import NODEFAULT, Meta

from common.contracts.assertions import MAX_ASSERTIONS, Assertion, clean_assertions
from common.contracts.assertions import schema as assertions_schema
from common.contracts.check_kinds import DEFAULT_KIND, KINDS
from common.contracts.fields import Described, Field, described
from common.contracts.fields import schema as schema_of
from common.contracts.headers import clean_headers
from common.contracts.headers import schema as headers_schema
from common.contracts.invalid import Invalid
from common.contracts.kinds.base import HTTP, REQUEST
from common.contracts.options import Options, clean_options
from common.contracts.options import schema as options_schema
from common.contracts.statuses import clean_expected_status
from common.contracts.targets import MAX_URL
from common.contracts.texts import N_

Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
State: TypeAlias = Literal["pending", "up", "degraded", "down", "paused", "maintenance", "unknown"]
"""The monitor's, as the checker last told it; a paused endpoint is paused at once."""
STATES: tuple[str, ...] = get_args(State)

MAX_NAME, MAX_TAG, MAX_TAGS = 200, 50, 20
MAX_BODY = 64 * 1024
"""Bytes of UTF-8."""
KEY_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]*"
MAX_KEY = 100
MAX_TAGS_TEXT = MAX_TAGS * (MAX_TAG + 2)
"""Characters of all tags of an endpoint where they are written with commas and blanks between them."""

Tags: TypeAlias = Annotated[list[Annotated[str, Meta(min_length=1, max_length=MAX_TAG)]], Meta(max_length=MAX_TAGS)]


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """What people call an endpoint; a change of it makes no new version of the spec."""

    key: Annotated[
        str,
        Meta(min_length=1, max_length=MAX_KEY, pattern=f"^{KEY_PATTERN}$"),
        Field(
            label=N_("Key"),
            doc="Your own stable name for it; in files, another key is another endpoint. Made of the host by default.",
            flag="--key",
            flag_help=N_("Your own stable name for it, in files and commands."),
        ),
    ] = ""
    name: Annotated[
        str,
        Meta(max_length=MAX_NAME),
        Field(
            label=N_("Name"),
            help=N_("The host's name unless you say another."),
            doc="What people call it; by default its host.",
            flag="--name",
            flag_help=N_("What people call it."),
        ),
    ] = ""
    tags: Annotated[
        Tags,
        Field(
            label=N_("Tags"),
            help=N_("Separated by commas."),
            doc="Short words, each once.",
            flag="--tag -t",
            flag_help=N_("A tag. Repeatable."),
        ),
    ] = []


def _clean_body(text: str) -> str:
    if len(text.encode()) > MAX_BODY:
        raise Invalid(N_("A body has at most 64 KiB."))
    return text


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What the checker must know; a change of any of it makes a new version. `interval` and `timeout` in seconds.

    The defaults are those of a new endpoint (design: "Defaults").
    """

    kind: Annotated[
        str,
        Field(
            label=N_("Kind"),
            doc="Where it is not said, what the address's scheme tells, such as tcp://.",
            flag="--kind",
            flag_help=N_("How to probe."),
        ),
    ] = DEFAULT_KIND
    url: Annotated[
        str,
        Meta(min_length=1, max_length=MAX_URL),
        Field(label=N_("Address"), doc=" ".join(f"{name}: {kind.help}" for name, kind in KINDS.items())),
    ]
    method: Annotated[
        Method,
        Field(label=N_("Method"), of=HTTP, source="RFC 9110, 9", flag="--method -X", flag_help=N_("The HTTP method.")),
    ] = "GET"
    headers: Annotated[
        dict[str, str],
        Field(
            flag="--header -H",
            flag_help=N_("A request header, 'Name: value'. Repeatable."),
            label=N_("Headers"),
            help=N_("One a line: Name: value. Secret values are kept encrypted and shown masked."),
            of=REQUEST,
            lines=3,
            example="Accept: application/json",
            rule=clean_headers,
            source="RFC 9110, 5.5 and 5.6.2",
        ),
    ] = {}
    body: Annotated[
        str,
        Meta(max_length=MAX_BODY),
        Field(
            label=N_("Body"),
            doc="At most 64 KiB.",
            of=HTTP,
            lines=3,
            rule=_clean_body,
            flag="--body",
            flag_help=N_("The request's body; @FILE reads it from a file."),
        ),
    ] = ""
    interval: Annotated[
        int,
        Meta(ge=5, le=86_400),
        Field(
            label=N_("Check every"),
            doc="Seconds.",
            unit="s",
            flag="--interval",
            flag_help=N_("Time between checks: 30s, 5m."),
        ),
    ] = 60
    timeout: Annotated[
        int,
        Meta(ge=1, le=60),
        Field(
            label=N_("Timeout (s)"),
            doc="Seconds; where it is not given, at most the interval.",
            unit="s",
            flag="--timeout",
            flag_help=N_("When a check gives up: 10s."),
        ),
    ] = 10
    expected_status: Annotated[
        str,
        Meta(min_length=1, max_length=400),
        Field(
            label=N_("Expected status"),
            help=N_("Such as 200-299,304."),
            of=HTTP,
            rule=clean_expected_status,
            source="RFC 9110, 15",
            flag="--expect",
            flag_help=N_("Statuses that are fine: 200-299,304."),
        ),
    ] = "200-299"
    assertions: Annotated[
        list[Assertion],
        Meta(max_length=MAX_ASSERTIONS),
        Field(
            label=N_("Further conditions"),
            rule=clean_assertions,
            flag="--assert",
            flag_help=N_(
                "A condition: body_contains=TEXT, json_path:$.ok=true, response_time=800, or a JSON object. Repeatable."
            ),
        ),
    ] = []
    failure_threshold: Annotated[
        int,
        Meta(ge=1, le=20),
        Field(
            label=N_("Down after failures"),
            help=N_("5 seconds apart."),
            flag="--failures",
            flag_help=N_("Failed checks until it is down."),
        ),
    ] = 3
    recovery_threshold: Annotated[
        int,
        Meta(ge=1, le=20),
        Field(
            label=N_("Up after successes"),
            help=N_("5 seconds apart."),
            flag="--recoveries",
            flag_help=N_("Good checks until it is up again."),
        ),
    ] = 2
    enabled: Annotated[bool, Field()] = True
    options: Annotated[Options, Field(rule=clean_options)] = Options()
    secrets: str | None = None
    """Encrypted `{"headers": {name: value}, "auth": {...} or null}`, as it travels between services."""


SPEC: dict[str, Described] = described(Spec)
SPEC_FIELDS = tuple(SPEC)
NAMING: dict[str, Described] = described(Naming)
PROBED_FIELDS = (*(name for name in SPEC_FIELDS if name != "enabled"), "secrets")
"""Those that change what is probed, and how: a checker's copy of a spec."""


def default_spec() -> dict[str, Any]:
    """A new spec's values; only `url` has none."""
    return {
        name: msgspec.to_builtins(field.default) if name != "options" else {}
        for name, field in SPEC.items()
        if field.default is not NODEFAULT
    }


def refused_fields(kind: str) -> list[str]:
    """The fields that endpoints of this kind do not have; one that always says something is only not looked at."""
    return [name for name, field in SPEC.items() if not field.default and not KINDS[kind].has(field.about.of)]


_SCHEMAS: dict[str, dict[str, object]] = {
    "kind": {"type": "string", "enum": list(KINDS), "description": SPEC["kind"].about.doc},
    "headers": headers_schema(),
    "assertions": assertions_schema(),
    "options": options_schema(),
}
"""Those that are more than a text or a number."""


def tags_schema() -> dict[str, object]:
    """The JSON Schema of a list of tags, of an endpoint or of what is for endpoints that have one."""
    return {**schema_of(NAMING["tags"]), "default": []}


def naming_schema() -> dict[str, dict[str, object]]:
    """The JSON Schema of each field that is not of the spec."""
    found = {name: schema_of(field, is_default_told=False) for name, field in NAMING.items()}
    found["key"].pop("minLength")  # its pattern says more
    return found | {"tags": tags_schema()}


def schema() -> dict[str, dict[str, object]]:
    """The JSON Schema of each field, with its default where it has one."""
    defaults = default_spec()
    return {
        name: (_SCHEMAS.get(name) or schema_of(field, is_default_told=False))
        | ({"default": defaults[name]} if name in defaults else {})
        for name, field in SPEC.items()
    }
