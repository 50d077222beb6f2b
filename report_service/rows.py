"""Results as they come in: validated as a whole list in C (msgspec), and one by one only where a row is bad."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from common.errors import BadRequest, TooLarge
from common.ids import MAX_ID, uuid7_hex
from report_service.statuses import CODES

MAX_ROWS = 5000
AHEAD = timedelta(minutes=5)
"""How far a checker's clock may run ahead of ours."""

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Milliseconds = Annotated[float, Meta(ge=0, le=10_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{0,64}\Z")]
# NUL is the one character that PostgreSQL's text cannot hold.
Sentence = Annotated[str, Meta(max_length=4000, pattern=r"^[^\x00]*\Z")]


class Phases(Struct):
    """The parts of a check's time, in ms; null where there was none, such as TLS over plain HTTP."""

    name_lookup_ms: Milliseconds | None = None
    connect_ms: Milliseconds | None = None
    tls_ms: Milliseconds | None = None
    first_byte_ms: Milliseconds | None = None
    transfer_ms: Milliseconds | None = None
    redirect_ms: Milliseconds | None = None


class Transition(Struct):
    """The monitor's change that came with a result; `down` opens an incident and `up` resolves it."""

    event: Code
    incident_id: UUID | None = None
    cause: Sentence | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None


_NO_PHASES = Phases()


class Row(Struct):
    """One result, as docs/architecture.md describes it."""

    endpoint_id: Id
    user_id: Id
    region: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
    checked_at: Moment
    status: Literal["up", "degraded", "down", "maintenance"]
    state: Code = ""
    incident_id: UUID | None = None
    covers_ms: Annotated[float, Meta(ge=0, le=2**31 - 1)] = 0
    http_status: Annotated[int, Meta(ge=0, le=999)] | None = None
    error_code: Code | None = None
    message: Sentence | None = None
    total_ms: Milliseconds | None = None
    phases: Phases | None = None
    resolved_ip: Annotated[str, Meta(pattern=r"^[0-9A-Za-z:.%]{0,64}\Z")] | None = None
    certificate_expires_at: Moment | None = None
    manual: bool | None = False
    transition: Transition | None = None


class Refusal(Struct):
    """Why a row is not kept; the sender must not send it again."""

    index: int
    code: str
    message: str


_rows = msgspec.json.Decoder(list[Row])
_one = msgspec.json.Decoder(Row)


def decode(body: bytes) -> tuple[list[tuple[int, Row]], list[Refusal]]:
    """The good rows with their index, and the bad ones; one object is a list of one.

    Raises `BadRequest` for what is no JSON object or list, and `TooLarge` for more than 5,000 rows.
    """
    if body.lstrip()[:1] != b"[":
        try:
            body = b"[" + msgspec.json.encode(msgspec.json.decode(body)) + b"]"
        except msgspec.DecodeError as error:
            raise BadRequest(str(error)) from error
    try:
        rows = _rows.decode(body)
    except msgspec.DecodeError:
        return _decode_singly(body)
    if len(rows) > MAX_ROWS:
        raise TooLarge
    return list(enumerate(rows)), []


def _decode_singly(body: bytes) -> tuple[list[tuple[int, Row]], list[Refusal]]:
    """Python's own parser splits the list: it also reads texts that are no Unicode, so that their row alone is bad."""
    try:
        items = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(str(error)) from error
    if len(items) > MAX_ROWS:
        raise TooLarge
    good: list[tuple[int, Row]] = []
    bad: list[Refusal] = []
    for index, item in enumerate(items):
        try:
            good.append((index, _one.decode(json.dumps(item))))
        except msgspec.DecodeError as error:
            bad.append(Refusal(index, "INVALID", str(error)))
    return good, bad


def outside(row: Row, oldest: datetime, newest: datetime) -> tuple[str, str] | None:
    """Code and message where the row's time is one that we do not keep."""
    if row.checked_at < oldest:
        return "TOO_OLD", f"checked_at is before {oldest.isoformat()}, beyond the retention."
    if row.checked_at > newest:
        return "IN_THE_FUTURE", f"checked_at is after {newest.isoformat()}."
    change = row.transition
    if not (
        _storable(row.certificate_expires_at)
        and (change is None or (_storable(change.started_at) and _storable(change.ended_at)))
    ):
        return "INVALID", "A moment lies outside of the years 1971 to 9998."
    return None


def _storable(moment: datetime | None) -> bool:
    """Far enough from both ends of Python's calendar to be read back in any zone."""
    return moment is None or 1970 < moment.year < 9999


INCOMING = """
    position integer, id uuid, endpoint_id bigint, user_id bigint, region text, checked_at timestamptz, status smallint,
    state text, incident_id uuid, covers_ms integer, http_status smallint, error_code text, message text, total_ms real,
    name_lookup_ms real, connect_ms real, tls_ms real, first_byte_ms real, transfer_ms real, redirect_ms real,
    resolved_ip text, certificate_expires_at timestamptz, manual boolean, event text, event_incident_id uuid, cause text,
    started_at timestamptz, ended_at timestamptz
"""
"""The columns of the staging table, in the order of `copy_line`."""

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NO_TRANSITION = "\t\\N" * 5 + "\n"


def copy_line(index: int, row: Row) -> str:
    """The row as a line of COPY's text format."""
    phases = row.phases or _NO_PHASES
    change = row.transition
    head = (
        f"{index}\t{uuid7_hex(row.checked_at)}\t{row.endpoint_id}\t{row.user_id}\t{row.region}\t{row.checked_at}\t"
        f"{CODES[row.status]}\t{row.state}\t{_null(row.incident_id)}\t{round(row.covers_ms)}\t{_null(row.http_status)}\t"
        f"{_text(row.error_code)}\t{_text(row.message)}\t{_null(row.total_ms)}\t{_null(phases.name_lookup_ms)}\t"
        f"{_null(phases.connect_ms)}\t{_null(phases.tls_ms)}\t{_null(phases.first_byte_ms)}\t"
        f"{_null(phases.transfer_ms)}\t{_null(phases.redirect_ms)}\t{_text(row.resolved_ip)}\t"
        f"{_null(row.certificate_expires_at)}\t{'t' if row.manual else 'f'}"
    )
    if change is None:
        return head + _NO_TRANSITION
    return (
        f"{head}\t{change.event}\t{_null(change.incident_id)}\t{_text(change.cause)}\t{_null(change.started_at)}\t"
        f"{_null(change.ended_at)}\n"
    )


def _null(value: Any) -> str:
    return "\\N" if value is None else str(value)


def _text(value: str | None) -> str:
    return "\\N" if value is None else value.translate(_ESCAPES)
