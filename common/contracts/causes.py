"""Why a check failed, as data: a code and what is known. Who shows it says it in the reader's language.

A cause is made where the fault is found and travels as it is; `CAUSES` has the sentence of each code, in English. A new
cause is one entry here and its Korean.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

import msgspec

from common.contracts.texts import N_, Gettext


class Form(NamedTuple):
    """A sentence with parameters, and the unit of each that has one, as the sentence names it."""

    text: str
    units: Mapping[str, str] = {}


_MS: Mapping[str, str] = {"time": "ms"}
_S: Mapping[str, str] = {"time": "s"}
_KIB: Mapping[str, str] = {"size": "KiB"}
CAUSES: dict[str, Form] = {
    "text": Form("%(text)s"),
    # The way to a site.
    "region_offline": Form(N_("The region %(region)s does not reach the network. %(rest)s")),
    "refused": Form(N_("Connection refused by %(address)s after %(time)s ms"), _MS),
    "reset": Form(N_("Connection reset by %(address)s after %(time)s ms"), _MS),
    "no_route_to_network": Form(N_("No route to the network of %(address)s after %(time)s ms"), _MS),
    "no_route": Form(N_("No route to %(address)s after %(time)s ms"), _MS),
    "no_answer_to_connection": Form(N_("No answer to the connection from %(address)s after %(time)s ms"), _MS),
    "closed": Form(N_("The server closed the connection without an answer (%(address)s, after %(time)s ms)"), _MS),
    "broke_receiving": Form(
        N_("The connection broke while receiving (%(address)s, after %(time)s ms): %(detail)s"), _MS
    ),
    "broke_sending": Form(N_("The connection broke while sending (%(address)s, after %(time)s ms): %(detail)s"), _MS),
    "not_connected": Form(N_("Connecting to %(address)s failed after %(time)s ms: %(detail)s"), _MS),
    "no_connection": Form(N_("No connection to %(address)s after %(time)s ms"), _MS),
    "no_complete_answer": Form(N_("No complete answer from %(address)s after %(time)s ms"), _MS),
    "no_answer": Form(N_("No answer within %(time)s s"), _S),
    "blocked": Form(N_("The address %(address)s may not be checked")),
    "address_odd": Form(N_("The address cannot be checked: %(detail)s")),
    # Names.
    "name_not_resolved": Form(N_("The name could not be resolved: %(detail)s")),
    "name_unresolved_in_time": Form(N_("The name was not resolved after %(time)s ms"), _MS),
    "name_unknown": Form(N_("The name %(name)s does not exist")),
    "no_records": Form(N_("%(name)s has no %(kind)s records")),
    "no_resolver_in_time": Form(N_("No resolver answered for %(name)s within %(time)s s"), _S),
    "no_resolver_could": Form(N_("No resolver could answer for %(name)s: %(detail)s")),
    "lookup_broken": Form(N_("The answer for %(name)s is broken: %(detail)s")),
    "no_resolvers": Form(N_("This machine names no resolvers")),
    "no_name": Form(N_("%(name)s is no name that can be asked for")),
    "records_differ": Form(N_("The %(kind)s records of %(name)s are %(records)s; expected %(value)s among them")),
    # Pings.
    "no_reply": Form(N_("No reply from %(address)s to %(count)s pings in %(time)s s"), _S),
    "unreachable": Form(N_("%(address)s cannot be reached: %(detail)s")),
    "no_ping_sent": Form(N_("No ping could be sent to %(address)s: %(detail)s")),
    "pings_not_permitted": Form(
        N_(
            "This machine does not allow pings: net.ipv4.ping_group_range leaves out the checker's group, and it may not"
            " open raw sockets"
        )
    ),
    # TLS.
    "handshake_failed": Form(N_("The TLS handshake failed: %(detail)s")),
    "certificate_not_accepted": Form(N_("The certificate is not accepted: %(detail)s")),
    "expires": Form(N_("%(what)s expires in %(span)s, on %(date)s")),
    "expired": Form(N_("%(what)s expired %(span)s ago, on %(date)s")),
    "certificate": Form(N_("The certificate")),
    "certificate_of": Form(N_("The certificate of %(host)s")),
    "intermediate_of": Form(N_("The intermediate certificate %(name)s of %(host)s")),
    "intermediate": Form(N_("The intermediate certificate %(name)s")),
    "days": Form(N_("%(days)s days"), {"days": "days"}),
    "day": Form(N_("1 day")),
    "hours": Form(N_("%(hours)s hours"), {"hours": "hours"}),
    "hour": Form(N_("1 hour")),
    "minutes": Form(N_("%(minutes)s minutes"), {"minutes": "minutes"}),
    "minute": Form(N_("1 minute")),
    # HTTP.
    "no_http": Form(N_("The answer is no HTTP; it begins with %(seen)s")),
    "headers_unfinished": Form(N_("The answer is broken: it ends in the middle of its headers")),
    "header_too_long": Form(N_("The answer is broken: it has a header that is too long")),
    "answer_broken": Form(N_("The answer is broken: %(detail)s")),
    "version_differs": Form(N_("The site spoke HTTP/%(spoken)s; HTTP/%(asked)s was asked for")),
    "redirects": Form(N_("More than %(count)s redirects")),
    "not_followed": Form(N_("Redirected to an address that is not followed: %(detail)s")),
    "status_differs": Form(N_("The site answered %(status)s; expected %(expected)s")),
    "slow": Form(N_("The response took %(time)s ms, over %(limit)s ms"), {**_MS, "limit": "ms"}),
    # WebSockets.
    "handshake_redirected": Form(
        N_("The site answered %(status)s and redirects to %(location)s; a WebSocket's handshake follows no redirect")
    ),
    "no_message": Form(N_("No message from %(address)s after %(time)s ms"), _MS),
    "websocket_closed": Form(N_("The server closed the WebSocket before it sent a message: %(detail)s")),
    "message_too_large": Form(N_("The message is larger than %(size)s KiB"), _KIB),
    "message_no_text": Form(N_("The message is said to be text and is no UTF-8")),
    "too_many_frames": Form(N_("No whole message within %(count)s frames")),
    # Conditions.
    "over_limit": Form(N_("The response took %(time)s ms; the limit is %(limit)s ms."), {**_MS, "limit": "ms"}),
    "certificate_short": Form(
        N_("The certificate is valid for %(days)s more days; expected at least %(least)s."),
        {"days": "days", "least": "days"},
    ),
    "no_certificate": Form(N_("There is no certificate to look at.")),
    "condition_too_slow": Form(N_("The condition %(condition)s took more than %(time)s s of computing"), _S),
    "condition_too_large": Form(
        N_("The condition %(condition)s took more than %(size)s MiB of memory"), {"size": "MiB"}
    ),
    "share_used_up": Form(N_("The conditions of this account's endpoints take more computing than its share")),
    "encoding_unknown": Form(
        N_("The body's encoding %(name)s is not known here, so no condition on the body can hold.")
    ),
    "cut_unknown": Form(
        N_("Only the first %(size)s KiB of the body were read, so it is not known whether it contains %(value)s."),
        _KIB,
    ),
    "cut_path": Form(N_("Only the first %(size)s KiB of the body were read, so %(path)s cannot be read."), _KIB),
    "cut_not_containing": Form(N_("The first %(size)s KiB of the body do not contain %(value)s."), _KIB),
    "cut_not_matching": Form(N_("The first %(size)s KiB of the body do not match %(value)s."), _KIB),
    "too_deep": Form(N_("The body is nested too deeply, so %(path)s cannot be read.")),
    "not_containing": Form(N_("The body does not contain %(value)s.")),
    "containing": Form(N_("The body contains %(value)s.")),
    "not_matching": Form(N_("The body does not match %(value)s.")),
    "no_json": Form(N_("The body is no JSON, so %(path)s cannot be read.")),
    "no_number": Form(N_("The value of %(kind)s must be a number.")),
    "missing": Form(N_("%(what)s is missing.")),
    "missing_wanted": Form(N_("%(what)s is missing; expected %(wanted)s.")),
    "there": Form(N_("%(what)s is there: %(found)s.")),
    "differs": Form(N_("%(what)s is %(found)s; expected %(wanted)s.")),
    "header": Form(N_("The header %(name)s")),
    "not_equals": Form(N_("anything but %(value)s")),
    "matches": Form(N_("a match of %(value)s")),
    "not_matches": Form(N_("not matches %(value)s")),
    "not_contains": Form(N_("not contains %(value)s")),
    "contains": Form(N_("contains %(value)s")),
    "less_than": Form(N_("less than %(value)s")),
    "at_most": Form(N_("at most %(value)s")),
    "greater_than": Form(N_("greater than %(value)s")),
    "at_least": Form(N_("at least %(value)s")),
    "no_codes": Form(N_("%(text)s is no set of HTTP codes such as 200-299,304.")),
    "no_pattern": Form(N_("%(pattern)s is no valid regular expression.")),
    "no_json_path": Form(N_("%(pattern)s is no valid JSONPath.")),
    "no_operator": Form(N_("%(name)s is no operator.")),
    # Settings.
    "libcurl_without": Form(N_("The libcurl that checks this endpoint does not speak HTTP/%(version)s")),
    "kind_unknown": Form(N_("Endpoints of the kind %(kind)s cannot be checked here")),
    "header_forbidden": Form(N_("The header %(name)s cannot be set.")),
    "credentials_odd": Form(N_("The credentials have control characters in them.")),
    "secrets_unreadable": Form(N_("The secrets of this endpoint cannot be read.")),
    "settings_unreadable": Form(N_("The settings of this endpoint could not be read; save them once more.")),
    # Faults of ours; `fault` is an exception's name.
    "not_storable": Form(N_("What the site answered could not be stored")),
    "result_not_stored": Form(N_("The result could not be stored: %(fault)s")),
    "not_started": Form(N_("The check could not be started: %(fault)s")),
    "not_finished": Form(N_("The check could not be finished: %(fault)s")),
    "spec_not_read": Form(N_("The spec could not be read: %(fault)s")),
    "answer_not_read": Form(N_("The answer could not be read: %(fault)s")),
    "not_judged": Form(N_("The answer could not be judged")),
    "answer_not_judged": Form(N_("The answer could not be judged: %(fault)s")),
    # Of alerts alone.
    "flapping": Form(
        N_("The state changed %(count)s times within an hour; until it is calm, its changes are not told")
    ),
    "region_held": Form(
        N_("The checks of the region %(region)s do not reach the network; until they do, failures count for nothing")
    ),
}
"""By code. `text` is a sentence of before there were codes, or of a peer that sends none."""
MOST_TEXT, MOST_NAME, MOST_PARAMS, DEEPEST = 500, 64, 12, 4
"""What a receiver keeps: characters of a parameter and of a name, parameters, and causes within causes."""


class Cause(msgspec.Struct, frozen=True):
    """A code of `CAUSES` with its parameters, of which some are causes themselves: a part of a sentence, said by itself."""

    code: str
    params: dict[str, "str | int | float | Cause"] = {}

    def said(self, gettext: Gettext) -> str:
        """The sentence in the language of `gettext`; of a code that is newer than the reader its code and parameters."""
        parts = {
            name: value.said(gettext).strip() if isinstance(value, Cause) else value
            for name, value in self.params.items()
        }
        form = CAUSES.get(self.code)
        try:
            if form is not None:
                return (gettext(form.text) if self.code != "text" else form.text) % parts
        except (KeyError, TypeError, ValueError):
            pass
        return ": ".join([self.code, *map(str, parts.values())])

    def __str__(self) -> str:
        return self.said(lambda text: text)


def because(code: str, **params: str | float | Cause) -> Cause:
    """The cause with these parameters. A number that is whole is written without a point."""
    return Cause(code, {
        name: int(value) if isinstance(value, float) and value.is_integer() else value for name, value in params.items()
    })  # fmt: skip


def text_cause(text: str) -> Cause:
    """The cause that is but a sentence."""
    return Cause("text", {"text": text})


def cause_of(data: object, text: str | None) -> Cause | None:
    """The cause of a row or a message: its data where it has any that can be read, else its sentence; None without one."""
    cause = None
    if data:
        with suppress(msgspec.ValidationError, RecursionError):
            cause = bounded(msgspec.convert(data, Cause))
    return cause or (text_cause(text) if text else None)


def bounded(cause: Cause, deepest: int = DEEPEST) -> Cause | None:
    """What a receiver keeps of a cause: with texts that are cut; None of one that is deeper or longer than any of ours."""
    params = dict[str, str | int | float | Cause]()
    if deepest < 1 or len(cause.params) > MOST_PARAMS:
        return None
    for name, value in cause.params.items():
        part = bounded(value, deepest - 1) if isinstance(value, Cause) else value
        if part is None or len(name) > MOST_NAME:
            return None
        params[name] = part[:MOST_TEXT].replace("\0", "\ufffd") if isinstance(part, str) else part
    return Cause(cause.code[:MOST_NAME], params)


def mapped(cause: Cause, change: Callable[[str], str]) -> Cause:
    """The cause with `change` made to each text in it, however deep: cut, made storable, without secrets."""
    return Cause(cause.code, {
        name: mapped(value, change) if isinstance(value, Cause) else change(value) if isinstance(value, str) else value
        for name, value in cause.params.items()
    })  # fmt: skip


def encoded(cause: Cause | None) -> str:
    """The cause as it is kept beside its sentence; "" for none."""
    return msgspec.json.encode(cause).decode() if cause else ""


def kept(data: str | None, text: str | None) -> Cause | None:
    """The cause that was kept beside its sentence `text`: the data, or the sentence alone where a process of the version
    before has written that one and not the other; None without either.
    """
    try:
        cause = _decode(data) if data else None
    except msgspec.DecodeError:
        cause = None
    if cause is not None and str(cause).startswith(text or ""):
        return cause
    return text_cause(text) if text else None


_decode = msgspec.json.Decoder(Cause).decode


def shown(data: str | None, text: str | None) -> dict[str, object] | None:
    """What was kept, as an API answers it."""
    cause = kept(data, text)
    found: dict[str, object] | None = msgspec.to_builtins(cause) if cause else None
    return found
