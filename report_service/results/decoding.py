"""Results as they come in: validated as a whole list in C (msgspec), and one by one only where a row is bad."""

import csv
import io
import json
import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import astuple

from common.contracts.causes import Cause, bounded, encoded
from common.errors import BadRequest, TooLarge
from common.ids import MAX_ID, uuid7_hex
from report_service.results.partial_decoding import decode_partially, loads

logger = logging.getLogger(__name__)
MAX_ROWS = 5000
AHEAD = timedelta(minutes=5)
"""How far a checker's clock may run ahead of ours."""
MAX_BODY, MAX_HEADERS, MAX_HEADER = 2048, 100, 1024
"""How much of an answer is kept, in characters (and headers)."""

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Milliseconds = Annotated[float, Meta(ge=0, le=10_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{0,64}\Z")]
# NUL is the one character that PostgreSQL's text cannot hold.
Data = Cause | None
"""A cause as data; `common.contracts.causes` says which there are."""
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
    cause_data: Data = None


_NO_CHANGE = Transition(event="")


class Row(Struct):
    """One result, as docs/architecture.md describes it; in the order of the staging table's columns, the rare last."""

    checked_at: Moment
    endpoint_id: Id
    user_id: Id
    region: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
    status: Literal["up", "degraded", "down", "maintenance", "unknown"]
    state: Code = ""
    incident_id: UUID | None = None
    covers_ms: Annotated[float, Meta(ge=0, le=2**31 - 1)] = 0
    http_status: Annotated[int, Meta(ge=0, le=999)] | None = None
    error_code: Code | None = None
    message: Sentence | None = None
    total_ms: Milliseconds | None = None
    resolved_ip: Annotated[str, Meta(pattern=r"^[0-9A-Za-z:.%]{0,64}\Z")] | None = None
    certificate_issuer: Sentence | None = None
    manual: bool | None = False
    certificate_expires_at: Moment | None = None
    phases: Phases | None = None
    response_headers: dict[str, str] | None = None
    response_body: str | None = None
    cause_data: Data = None
    transition: Transition | None = None


INVALID = "INVALID"
"""The code of a row that cannot be kept for what it says."""


class Refusal(Struct):
    """Why a row is not kept; the sender must not send it again."""

    index: int
    code: str
    message: str


_rows, _one = msgspec.json.Decoder(list[Row]), msgspec.json.Decoder(Row)


def decode(body: bytes) -> tuple[list[tuple[int, Row]], list[tuple[Refusal, object]]]:
    """The good rows with their index, and the bad ones with what was sent; one object is a list of one.

    Raises `BadRequest` for what is no JSON object or list, and `TooLarge` for more than 5,000 rows.
    """
    try:
        rows = _rows.decode(body) if body.lstrip()[:1] == b"[" else [_one.decode(body)]
    except (msgspec.DecodeError, RecursionError):
        return _decode_singly(body)
    if len(rows) > MAX_ROWS:
        raise TooLarge
    return list(enumerate(rows)), []


def _decode_singly(body: bytes) -> tuple[list[tuple[int, Row]], list[tuple[Refusal, object]]]:
    """Where anything is odd, a slower reader takes the list apart: what is good of each row is kept."""
    try:
        items = loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(str(error)) from error
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        raise BadRequest
    if len(items) > MAX_ROWS:
        raise TooLarge
    good: list[tuple[int, Row]] = []
    bad: list[tuple[Refusal, object]] = []
    for index, item in enumerate(items):
        try:
            good.append((index, decode_partially(item, Row)))
        except msgspec.ValidationError as error:
            bad.append((Refusal(index, INVALID, str(error)), item))
    logger.warning("Of %d results %d could not be kept, of others perhaps not every field", len(items), len(bad))
    return good, bad


def outside(row: Row, oldest: datetime, newest: datetime) -> tuple[str, str] | None:
    """Code and message where the row's time is one that we do not keep."""
    if row.checked_at < oldest:
        return "TOO_OLD", f"checked_at is before {oldest.isoformat()}, beyond the retention."
    if row.checked_at > newest:
        return "IN_THE_FUTURE", f"checked_at is after {newest.isoformat()}."
    return None


def moments_drop_unstorable(row: Row) -> None:
    """Leave out what lies beyond every calendar, such as a certificate without an end (RFC 5280: the year 9999)."""
    row.certificate_expires_at = _storable(row.certificate_expires_at)
    if (change := row.transition) is not None:
        change.started_at, change.ended_at = _storable(change.started_at), _storable(change.ended_at)


def _storable(moment: datetime | None) -> datetime | None:
    """None where it is too near to the ends of Python's calendar to be read back in any zone."""
    return moment if moment is not None and 1970 < moment.year < 9999 else None


INCOMING = """
    position integer, id uuid, checked_us bigint, expires_us bigint,
    endpoint_id bigint, user_id bigint, region text, status text, state text, incident_id uuid, covers_ms float8,
    http_status smallint, error_code text, message text, total_ms float8, resolved_ip text, certificate_issuer text,
    manual boolean,
    name_lookup_ms float8, connect_ms float8, tls_ms float8, first_byte_ms float8, transfer_ms float8, redirect_ms float8,
    response_headers text, response_body text, cause_data text,
    event text, event_incident_id uuid, cause text, started_at timestamptz, ended_at timestamptz, event_cause_data text
"""
"""The columns of the staging table, in the order of `copy_lines`; moments that every row has are in us since 1970."""
_PLAIN = slice(1, Row.__struct_fields__.index("certificate_expires_at"))
_NO_PHASES = (None,) * len(Phases.__struct_fields__)
_NOTHING_RARE = (None,) * 9
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def copy_lines(rows: Sequence[tuple[int, Row]]) -> io.StringIO:
    """The rows, each with its position, as COPY reads them in CSV: nothing between two commas is NULL."""
    lines = io.StringIO()
    write = csv.writer(lines).writerow
    random = secrets.token_hex(10 * len(rows))
    for number, (position, row) in enumerate(rows):
        checked_us = (row.checked_at - _EPOCH) // _MICROSECOND
        expires = row.certificate_expires_at
        write((
            position,
            uuid7_hex(checked_us // 1000, random[20 * number : 20 * number + 20]),
            checked_us,
            None if expires is None else (expires - _EPOCH) // _MICROSECOND,
            *astuple(row)[_PLAIN],
            *(_NO_PHASES if row.phases is None else astuple(row.phases)),
            *_rare(row),
        ))  # fmt: skip
    lines.seek(0)
    return lines


def _rare(row: Row) -> tuple[Any, ...]:
    """What the site answered, and the change of state."""
    change = row.transition
    if change is None:
        if row.response_headers is None and row.response_body is None and row.cause_data is None:
            return _NOTHING_RARE
        change = _NO_CHANGE
    return (*evidence_of(row), _cause(row.cause_data), *astuple(change)[:-1], _cause(change.cause_data))


def _cause(data: Cause | None) -> str | None:
    """As it is kept."""
    return encoded(data and bounded(data)) or None


def evidence_of(row: Row) -> tuple[str | None, str | None]:
    """What the site answered: its headers as JSON, and the body. What is too long is cut."""
    headers, body = row.response_headers, row.response_body
    return (None if headers is None else _headers(headers), body and _cut(body, MAX_BODY))


def _headers(headers: dict[str, str]) -> str:
    kept = islice(headers.items(), MAX_HEADERS)
    return json.dumps({_cut(name, MAX_HEADER): _cut(value, MAX_HEADER) for name, value in kept}, ensure_ascii=False)


def _cut(text: str, length: int) -> str:
    return text[:length].replace("\0", "\ufffd")
