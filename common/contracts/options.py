"""The options of an endpoint: what else the checker knows. A new one is an entry here, and what the probe does with it."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from common.contracts.check_kinds import KINDS, kinds_with
from common.contracts.fields import Described, Field, clean_struct, described, tagged
from common.contracts.fields import schema as schema_of
from common.contracts.invalid import Invalid
from common.contracts.kinds.base import ANSWER, DNS, HTTP, MESSAGE, REQUEST, SOCKET, TLS
from common.contracts.texts import N_
from common.contracts.values import clean_text

RecordType: TypeAlias = Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"]
MAX_SECRET = 4096
MAX_WARNINGS, MAX_WARNING_DAYS = 10, 3650
Days: TypeAlias = Annotated[float, Meta(ge=0, le=MAX_WARNING_DAYS)]


def _credential(least: int, refused: str = "") -> Callable[[object], str]:
    """Control characters have no place in one (RFC 7617, 2)."""

    def rule(value: object) -> str:
        text = clean_text(value, least=least, most=MAX_SECRET)
        if any(ord(character) < 32 or character == "\x7f" or character in refused for character in text):
            raise Invalid(N_("A user name without a colon, and no control characters."))
        return text

    return rule


def _days(value: object) -> list[float]:
    """Days before a certificate's end, the most first; parts of days too."""
    days = {given for given in value if _is_days(given)} if isinstance(value, list) else set()
    if not isinstance(value, list) or len(value) > MAX_WARNINGS or len(days) < len(value):
        raise Invalid(
            N_("A list of at most %(most)d different numbers from 0 to %(days)d."),
            most=MAX_WARNINGS,
            days=MAX_WARNING_DAYS,
        )
    return sorted(days, reverse=True)


def _is_days(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_WARNING_DAYS


class BasicAuth(msgspec.Struct, frozen=True, tag_field="kind", tag="basic"):
    """A user name and a password (RFC 7617)."""

    username: Annotated[str, Meta(max_length=MAX_SECRET), Field(label=N_("User name"), rule=_credential(0, ":"))] = ""
    password: Annotated[
        str, Meta(max_length=MAX_SECRET), Field(label=N_("Password"), secret=True, rule=_credential(0))
    ] = ""


class BearerAuth(msgspec.Struct, frozen=True, tag_field="kind", tag="bearer"):
    """A token (RFC 6750)."""

    token: Annotated[
        str, Meta(min_length=1, max_length=MAX_SECRET), Field(label=N_("Token"), secret=True, rule=_credential(1))
    ] = ""


Auth: TypeAlias = BasicAuth | BearerAuth


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Each option with what it is where nobody says; what is stored is only what somebody said."""

    follow_redirects: Annotated[
        bool,
        Field(
            label=N_("Follow redirects"),
            is_open=True,
            of=HTTP,
            flag="--redirects/--no-redirects",
            flag_help=N_("Whether to follow them."),
        ),
    ] = True
    max_redirects: Annotated[
        int,
        Meta(ge=0, le=20),
        Field(
            label=N_("Redirects at most"),
            help=N_("Empty: 10."),
            is_open=True,
            of=HTTP,
            flag="--max-redirects",
            flag_help=N_("How many to follow."),
        ),
    ] = 10
    max_body_kib: Annotated[
        int,
        Meta(ge=1, le=10 * 1024),
        Field(
            label=N_("Read at most (KiB)"),
            help=N_("Of the answer's body. Empty: 1024."),
            doc="How much of an answer is read. Conditions see no more of it; a longer message is a failure.",
            of=ANSWER,
            unit="KiB",
            flag="--max-body",
            flag_help=N_("How many KiB of the answer to read."),
        ),
    ] = 1024
    cache_busting: Annotated[
        bool,
        Field(
            label=N_("Ask past caches"),
            doc="Each check's address has a query parameter of its own, so that no cache answers it.",
            of=HTTP,
            flag="--cache-busting/--no-cache-busting",
            flag_help=N_("Add a query parameter that no cache has seen."),
        ),
    ] = False
    verify_tls: Annotated[
        bool,
        Field(
            label=N_("Verify the certificate"),
            is_open=True,
            of=TLS,
            flag="--verify-tls/--no-verify-tls",
            flag_help=N_("Check the certificate."),
        ),
    ] = True
    degraded_ms: Annotated[
        Annotated[int, Meta(ge=1, le=60_000)] | None,
        Field(
            label=N_("Slow above (ms)"),
            help=N_("Empty: never."),
            doc="Slower than this is degraded; off by default.",
            is_open=True,
            unit="ms",
            flag="--slow-after",
            flag_help=N_("Slower than this many ms is slow."),
        ),
    ] = None
    http_version: Annotated[
        Literal["auto", "1.1", "2", "3"],
        Field(
            label=N_("HTTP version"),
            is_open=True,
            of=HTTP,
            choices={"auto": N_("Any"), "1.1": "HTTP/1.1", "2": "HTTP/2", "3": "HTTP/3"},
            flag="--http",
            flag_help=N_("The HTTP version."),
        ),
    ] = "auto"
    ip_version: Annotated[
        Literal["auto", "4", "6"],
        Field(
            label=N_("IP version"),
            is_open=True,
            of=SOCKET,
            choices={"auto": N_("Any"), "4": "IPv4", "6": "IPv6"},
            flag="--ip",
            flag_help=N_("The IP version."),
        ),
    ] = "auto"
    message: Annotated[
        str,
        Meta(max_length=4096),
        Field(
            label=N_("Message"),
            help=N_("Sent after the handshake; up means that one comes back. Empty: none is sent."),
            doc="A text that is sent after the handshake; up means that a message comes back. Conditions see the first one.",
            of=MESSAGE,
            lines=2,
            source="RFC 6455, 5.6",
            flag="--message",
            flag_help=N_("websocket: a text to send; @FILE reads it from a file."),
        ),
    ] = ""
    auth: Annotated[Auth | None, Field(label=N_("Log-in"), of=REQUEST)] = None
    record_type: Annotated[
        RecordType,
        Field(
            label=N_("Record type"),
            of=DNS,
            flag="--record-type",
            flag_help=N_("dns: the kind of record."),
        ),
    ] = "A"
    expected: Annotated[
        Annotated[list[Annotated[str, Meta(min_length=1, max_length=1000)]], Meta(min_length=1, max_length=20)] | None,
        Field(
            label=N_("Expected answers"),
            help=N_("One a line. Empty: any answer will do."),
            doc="Values that must all be among the answers.",
            of=DNS,
            lines=2,
            flag="--expected",
            flag_help=N_("dns: an answer to expect. Repeatable."),
        ),
    ] = None
    certificate_warnings: Annotated[
        Annotated[list[Days], Meta(max_length=MAX_WARNINGS)] | None,
        Field(
            label=N_("Warn of a certificate's end (days)"),
            help=N_("Such as 60, 30, 7. Empty: at 30, 14, 7 and 1; later for short-lived ones."),
            doc=(
                "Days before a certificate's end at which to warn. By default 30, 14, 7 and 1, but not before the last"
                " third, sixth, twelfth and 48th of its lifetime; none at all where the list is empty."
            ),
            of=TLS,
            unit="days",
            rule=_days,
            flag="--warn-days",
            flag_help=N_("Days before a certificate's end to warn at: 30,14,7,1."),
        ),
    ] = None


OPTIONS: dict[str, Described] = described(Options)


def clean_options(value: object) -> dict[str, object]:
    """The options given, clean and without what is null; raises `Invalid`."""
    if not isinstance(value, dict):
        raise Invalid(N_("An object of options."))
    return {name: given for name, given in clean_struct(OPTIONS, value).items() if given is not None}


def refuse_options_of_other_kinds(kind: str, options: dict[str, object]) -> None:
    """Raises `Invalid` for an option that this kind does not know."""
    for name in options:
        if not KINDS[kind].has(OPTIONS[name].about.of):
            raise Invalid(N_("Endpoints of the kind %(kind)s do not know this option."), name, kind=kind)


def schemas() -> dict[str, dict[str, object]]:
    """The JSON Schema of each."""
    return {name: schema_of(option, kinds=kinds_told(option)) for name, option in OPTIONS.items()}


def schema() -> dict[str, object]:
    """The JSON Schema of an object of options."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": schemas(),
        "description": "What else the checker knows; each kind of endpoint its own.",
    }


def kinds_told(field: Described) -> str:
    """`http, tls`: the kinds that have it; "" where all do."""
    return ", ".join(kinds_with(field.about.of)) if field.about.of else ""


def secret_field(kind: str) -> str:
    """The name of what is secret of credentials of this kind."""
    return next(name for name, field in tagged(OPTIONS["auth"])[kind].items() if field.about.secret)
