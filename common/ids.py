"""Ids: positive bigints, and UUIDv7 (RFC 9562) made of a given time, so that an id finds its day's partition."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta

MAX_ID = 2**63 - 1
"""The largest id that PostgreSQL's bigint holds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(moment: datetime) -> uuid.UUID:
    """A new UUIDv7 whose timestamp is `moment`, to the millisecond; the other 74 bits are random."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    value = (milliseconds & (2**48 - 1)) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def uuid7_time(value: uuid.UUID) -> datetime:
    """The moment in a UUIDv7, to the millisecond; raises `ValueError` for another kind of UUID."""
    if value.version != 7:
        raise ValueError(f"{value} is no UUIDv7")
    return _EPOCH + timedelta(milliseconds=value.int >> 80)
