"""Results as they come in: validated as a whole list in C (msgspec), and one by one only where a row is bad."""

import csv
import io
import json
import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from operator import attrgetter
from typing import Annotated

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from common.api.errors import BadRequest, TooLarge
from common.between.skipped_messages import NOT_TAKEN, UNKNOWN_CONTRACT, skip
from common.contracts.causes import Cause, bounded, encoded
from common.contracts.fields import Field
from common.contracts.messages import RESULT, is_known
from common.contracts.results import PHASES, Id, Result, Transition
from common.formats.ids import uuid7_hex
from report_service.results.partial_decoding import decode_partially, loads
from report_service.results.result_columns import MOMENTS, PLAIN, RARE

logger = logging.getLogger(__name__)
MAX_ROWS = 5000
AHEAD = timedelta(minutes=5)
"""How far a checker's clock may run ahead of ours."""
MAX_BODY, MAX_HEADERS, MAX_HEADER = 2048, 100, 1024
"""How much of an answer is kept, in characters (and headers)."""


class Row(Result, kw_only=True):
    """One result as it is taken: its endpoint and its owner are known."""

    endpoint_id: Annotated[Id, Field(shown="list")]
    user_id: Annotated[Id, Field(shown="list")]


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
        if not is_known(item, RESULT):
            bad.append((Refusal(index, UNKNOWN_CONTRACT, NOT_TAKEN), item))
            continue
        try:
            good.append((index, decode_partially(item, Row)))
        except msgspec.ValidationError as error:
            bad.append((Refusal(index, INVALID, str(error)), item))
    newer = [item for refusal, item in bad if refusal.code == UNKNOWN_CONTRACT]
    skip(newer, contract=RESULT, name="results")
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


_plain, _rare_values = attrgetter(*PLAIN), attrgetter(*RARE)
_moments = attrgetter(*MOMENTS)
_NO_PHASES = (None,) * len(PHASES)
_NO_RARE = (None,) * len(RARE)
_NO_CHANGE = (None,) * len(Transition.__struct_fields__)
_NOTHING_RARE = _NO_RARE + _NO_CHANGE
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def copy_lines(rows: Sequence[tuple[int, Row]]) -> io.StringIO:
    """The rows, each with its position, as COPY reads them in CSV: nothing between two commas is NULL.

    In the order of `result_columns.INCOMING`.
    """
    lines = io.StringIO()
    write = csv.writer(lines).writerow
    random = secrets.token_hex(10 * len(rows))
    for number, (position, row) in enumerate(rows):
        checked_us = _us(row.checked_at)
        write((
            position,
            uuid7_hex(checked_us // 1000, random[20 * number : 20 * number + 20]),
            *_plain(row),
            checked_us,
            *[None if moment is None else _us(moment) for moment in _moments(row)[1:]],
            *(_NO_PHASES if row.phases is None else astuple(row.phases)),
            *_rare(row),
        ))  # fmt: skip
    lines.seek(0)
    return lines


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _rare(row: Row) -> tuple[object, ...]:
    """What the site answered, why as data, and the change of state."""
    values, change = _rare_values(row), row.transition
    if change is None and values == _NO_RARE:
        return _NOTHING_RARE
    return (*map(_kept, values), *(_NO_CHANGE if change is None else map(_kept_of_change, astuple(change))))


def _kept(value: object) -> str | None:
    """A value of `RARE` as it is kept; what is too long is cut."""
    match value:
        case Cause():
            return encoded(bounded(value)) or None
        case dict():
            return _headers(value)
        case str():
            return value and _cut(value, MAX_BODY)
    return None


def _kept_of_change(value: object) -> object:
    return _kept(value) if isinstance(value, Cause) else value


def evidence_of(row: Row) -> tuple[str | None, str | None]:
    """What the site answered: its headers as JSON, and the body. What is too long is cut."""
    return _kept(row.response_headers), _kept(row.response_body)


def _headers(headers: dict[str, str]) -> str:
    kept = islice(headers.items(), MAX_HEADERS)
    return json.dumps({_cut(name, MAX_HEADER): _cut(value, MAX_HEADER) for name, value in kept}, ensure_ascii=False)


def _cut(text: str, length: int) -> str:
    return text[:length].replace("\0", "\ufffd")
