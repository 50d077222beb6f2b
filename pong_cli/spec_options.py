"""The options of `add` and `edit`: every field of an endpoint, one option each."""

import json
import re
from typing import Annotated, Any, Literal

import typer

from pong_cli.errors import WrongUsage
from pong_cli.times import seconds_of
from pong_cli.words import _

Name = Annotated[str | None, typer.Option("--name", help=_("What people call it."))]
Key = Annotated[str | None, typer.Option("--key", help=_("Your own stable name for it, in files and commands."))]
Kind = Annotated[Literal["http", "tcp", "tls", "dns", "ping"] | None, typer.Option("--kind", help=_("How to probe."))]
Method = Annotated[str | None, typer.Option("--method", "-X", help=_("The HTTP method."))]
Header = Annotated[
    list[str] | None, typer.Option("--header", "-H", help=_("A request header, 'Name: value'. Repeatable."))
]
Body = Annotated[str | None, typer.Option("--body", help=_("The request's body; @FILE reads it from a file."))]
Interval = Annotated[str | None, typer.Option("--interval", help=_("Time between checks: 30s, 5m."))]
Timeout = Annotated[str | None, typer.Option("--timeout", help=_("When a check gives up: 10s."))]
Expect = Annotated[str | None, typer.Option("--expect", help=_("Statuses that are fine: 200-299,304."))]
Assertion = Annotated[
    list[str] | None,
    typer.Option(
        "--assert",
        help=_(
            "A condition: body_contains=TEXT, json_path:$.ok=true, response_time=800, or a JSON object. Repeatable."
        ),
    ),
]
Tag = Annotated[list[str] | None, typer.Option("--tag", "-t", help=_("A tag. Repeatable."))]
Failures = Annotated[int | None, typer.Option("--failures", help=_("Failed checks until it is down."))]
Recoveries = Annotated[int | None, typer.Option("--recoveries", help=_("Good checks until it is up again."))]
Redirects = Annotated[bool | None, typer.Option("--redirects/--no-redirects", help=_("Whether to follow them."))]
MaxRedirects = Annotated[int | None, typer.Option("--max-redirects", help=_("How many to follow."))]
MaxBody = Annotated[int | None, typer.Option("--max-body", help=_("How many KiB of the answer to read."))]
VerifyTls = Annotated[bool | None, typer.Option("--verify-tls/--no-verify-tls", help=_("Check the certificate."))]
SlowAfter = Annotated[int | None, typer.Option("--slow-after", help=_("Slower than this many ms is slow."))]
HttpVersion = Annotated[Literal["auto", "1.1", "2", "3"] | None, typer.Option("--http", help=_("The HTTP version."))]
IpVersion = Annotated[Literal["auto", "4", "6"] | None, typer.Option("--ip", help=_("The IP version."))]
BasicAuth = Annotated[str | None, typer.Option("--basic-auth", help=_("USER:PASSWORD for HTTP."))]
BearerToken = Annotated[str | None, typer.Option("--bearer-token", help=_("A token for HTTP."))]
RecordType = Annotated[str | None, typer.Option("--record-type", help=_("dns: the kind of record."))]
Expected = Annotated[list[str] | None, typer.Option("--expected", help=_("dns: an answer to expect. Repeatable."))]
CertificateWarnings = Annotated[
    str | None, typer.Option("--warn-days", help=_("Days before a certificate's end to warn at: 30,14,7,1."))
]

_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_PLAIN = {
    "name": "name", "key": "key", "kind": "kind", "method": "method", "expect": "expected_status", "tag": "tags",
    "failures": "failure_threshold", "recoveries": "recovery_threshold",
}  # fmt: skip
_OPTIONS = {
    "redirects": "follow_redirects", "max_redirects": "max_redirects", "max_body": "max_body_kib", "verify_tls": "verify_tls",
    "slow_after": "degraded_ms", "http_version": "http_version", "ip_version": "ip_version",
    "record_type": "record_type", "expected": "expected",
}  # fmt: skip


def body_of(given: dict[str, Any]) -> dict[str, Any]:
    """The fields for the API of what was given on the command line; what was not given is absent.

    Raises `WrongUsage` for what cannot be read.
    """
    given = {name: _without_empty(value) for name, value in given.items()}
    fields = {field: given[name] for name, field in _PLAIN.items() if given.get(name) is not None}
    options = {field: given[name] for name, field in _OPTIONS.items() if given.get(name) is not None}
    for name in ("interval", "timeout"):
        if given.get(name) is not None:
            fields[name] = seconds_of(given[name])
    if given.get("header") is not None:
        fields["headers"] = dict(_header(text) for text in given["header"])
    if given.get("body") is not None:
        fields["body"] = _content(given["body"])
    if given.get("assertion") is not None:
        fields["assertions"] = [_assertion(text) for text in given["assertion"]]
    if given.get("basic_auth"):
        user, _separator, password = given["basic_auth"].partition(":")
        options["auth"] = {"kind": "basic", "username": user, "password": password}
    if given.get("bearer_token"):
        options["auth"] = {"kind": "bearer", "token": given["bearer_token"]}
    if given.get("certificate_warnings") is not None:
        options["certificate_warnings"] = _days(given["certificate_warnings"])
    return fields | ({"options": options} if options else {})


def _without_empty(value: Any) -> Any:
    """A list that was not given is None; one that was given as '' alone is empty, which clears the field."""
    return [text for text in value if text] if isinstance(value, list) and value else None if value == [] else value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise WrongUsage(_("%(text)s is no header.") % {"text": text}, _("Write it as 'Name: value'."))
    return name.strip(), value.strip()


def _days(text: str) -> list[float]:
    parts = text.replace(",", " ").split()
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise WrongUsage(_("%(text)s is no list of days.") % {"text": text}, _("Write it as 30,14,7,1."))
    return [float(part) if "." in part else int(part) for part in parts]


def _content(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        with open(text[1:], encoding="utf-8") as file:  # noqa: PTH123  a Path would say the same
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(_("%(path)s cannot be read.") % {"path": text[1:]}) from error


_WITH_TARGET = frozenset({"header", "json_path"})
"""The kinds of condition that look at one thing of the answer."""


_OF_TEXT = frozenset({"body_contains", "body_not_contains", "body_regex", "header"})
"""The kinds whose value is a text."""


def _assertion(text: str) -> dict[str, Any]:
    """`kind=value`, `kind:target=value` for the kinds that look at one thing, or the API's own object."""
    if text.startswith("{"):
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError as error:
            raise WrongUsage(_("%(text)s is no JSON object.") % {"text": text}) from error
        return found
    subject, equals, value = text.partition("=")
    kind, _colon, target = subject.partition(":")
    if not equals or bool(target) != (kind in _WITH_TARGET):
        raise WrongUsage(
            _("%(text)s is no condition.") % {"text": text},
            _("Write it as body_contains=TEXT, header:Server=nginx, json_path:$.ok=true or as a JSON object."),
        )
    return {"kind": kind, "value": _condition_value(kind, value)} | ({"target": target} if target else {})


def _condition_value(kind: str, text: str) -> int | str:
    """A number for the kinds that compare numbers; what a text is looked for in is a text, whatever it looks like."""
    if kind not in _OF_TEXT and text.isascii() and text.isdigit():
        return int(text)
    return text
