"""Ids: positive bigints, and UUIDv7 (RFC 9562) made of a given time, so that an id finds its day's partition."""

import secrets
import uuid
from datetime import UTC, datetime, timedelta

MAX_ID = 2**63 - 1
"""The largest id that PostgreSQL's bigint holds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_48_BITS = 2**48 - 1


def uuid7(moment: datetime) -> uuid.UUID:
    """A new UUIDv7 whose timestamp is `moment`, to the millisecond; 72 other bits are random."""
    return uuid.UUID(hex=uuid7_hex((moment - _EPOCH) // _MILLISECOND, secrets.token_hex(9)))


def uuid7_hex(milliseconds: int, random: str) -> str:
    """The same as 32 hexadecimal digits, for whoever makes thousands of them: of ms since 1970, and of 18 random digits."""
    return f"{milliseconds & _48_BITS:012x}7{random[:3]}8{random[3:18]}"


def uuid7_time(value: uuid.UUID) -> datetime:
    """The moment in a UUIDv7, to the millisecond; raises `ValueError` for another kind of UUID."""
    if value.version != 7:
        raise ValueError(f"{value} is no UUIDv7")
    return _EPOCH + timedelta(milliseconds=value.int >> 80)
