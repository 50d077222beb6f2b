"""From what a checker sent to an alert that can be stored and told.

Nothing is refused because of one field: what is too long is cut, what cannot be understood is left out, a moment beyond
every calendar is brought back. Without knowing which incident and what happened there is nothing to tell.
"""

import logging
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from common.contracts.causes import cause_of, encoded
from common.formats.ids import MAX_ID
from common.formats.text import storable
from notification_service.models import Alert

logger = logging.getLogger(__name__)

MAX_TAGS = 100
LONGEST = timedelta(days=36_525)
"""How long an incident can have lasted."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
"""How far a checker's clock may be ahead."""
_MOST = {"endpoint_name": 500, "url": 10_000, "region": 64, "cause": 10_000, "error_code": 64}
_NAMELESS = uuid.UUID("6f6b3c2e-5d0b-5d6c-9a55-3f1d6a0f7a11")
"""The name space of incidents whose id is no UUID: the same odd id is the same incident."""


class Unusable(Exception):
    """Nobody can say what this alert is of."""


def alert_of(row: object, *, now: datetime | None = None) -> Alert:
    """The alert that `row` tells, unsaved; `user_id` is 0 where it names none. Raises `Unusable`."""
    if not isinstance(row, Mapping):
        raise Unusable("An alert is an object.")
    event = row.get("event")
    if not isinstance(event, str) or not event:
        raise Unusable("It has no event.")
    now = now or timezone.now()
    occurred = _moment(row.get("occurred_at"), now) or now
    texts = {name: _text(row.get(name), most) for name, most in _MOST.items()}
    return Alert(
        incident_id=_incident(row),
        event=storable(event)[:20],
        endpoint_id=_id(row.get("endpoint_id")),
        user_id=_id(row.get("user_id")) or 0,
        tags=_tags(row.get("tags")),
        reason=_text(row.get("reason"), 20),
        started_at=_moment(row.get("started_at"), now) or occurred,
        occurred_at=occurred,
        duration_ms=_duration(row.get("duration_ms")),
        last_good_at=_moment(row.get("last_good_at"), now),
        cause_data=encoded(cause_of(row.get("cause_data"), None)),
        **texts,
    )


def _incident(row: Mapping[str, object]) -> uuid.UUID:
    given = row.get("incident_id")
    if isinstance(given, uuid.UUID):
        return given
    try:
        return uuid.UUID(str(given))
    except ValueError:
        if given in (None, ""):
            given = (row.get("user_id"), row.get("endpoint_id"), row.get("region"), row.get("started_at"))
        return uuid.uuid5(_NAMELESS, storable(str(given)))


def _id(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ID else None


def _text(value: object, most: int) -> str:
    return "" if value is None else storable(value if isinstance(value, str) else str(value))[:most]


def _tags(value: object) -> list[str] | None:
    """None where the checker does not say; the copy of the endpoint then does."""
    if not isinstance(value, list | tuple):
        return None
    return list(dict.fromkeys(_text(tag, 100) for tag in value[:MAX_TAGS] if isinstance(tag, str)))


def _moment(value: object, now: datetime) -> datetime | None:
    """Between the beginning of this project's time and a day from now, in UTC; None for what is no moment."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    try:
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError:
        return _EARLIEST if value.year < _EARLIEST.year else now + _AHEAD
    return min(max(moment, _EARLIEST), now + _AHEAD)


def _duration(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return int(min(max(value, 0), LONGEST // timedelta(milliseconds=1)))
