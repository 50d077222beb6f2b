"""Ids: positive bigints, and UUIDv7 (RFC 9562) made of a given time, so that an id finds its day's partition."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta

MAX_ID = 2**63 - 1
"""The largest id that PostgreSQL's bigint holds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_48_BITS, _62_BITS = 2**48 - 1, 2**62 - 1


def uuid7(moment: datetime) -> uuid.UUID:
    """A new UUIDv7 whose timestamp is `moment`, to the millisecond; the other 74 bits are random."""
    return uuid.UUID(hex=uuid7_hex(moment))


def uuid7_hex(moment: datetime) -> str:
    """The same as 32 hexadecimal digits, for whoever makes thousands of them: twice as fast."""
    milliseconds = (moment - _EPOCH) // _MILLISECOND
    random = secrets.randbits(74)
    return f"{milliseconds & _48_BITS:012x}7{random >> 62:03x}{2 << 62 | random & _62_BITS:016x}"


def uuid7_time(value: uuid.UUID) -> datetime:
    """The moment in a UUIDv7, to the millisecond; raises `ValueError` for another kind of UUID."""
    if value.version != 7:
        raise ValueError(f"{value} is no UUIDv7")
    return _EPOCH + timedelta(milliseconds=value.int >> 80)
