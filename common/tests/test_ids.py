"""UUIDv7 keeps its moment."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.formats.ids import uuid7, uuid7_time

moments = st.datetimes(datetime(1970, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis asks for naive bounds


@given(moments)
def test_the_moment_comes_back_to_the_millisecond(moment: datetime) -> None:
    made = uuid7(moment)
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert timedelta(0) <= moment - uuid7_time(made) < timedelta(milliseconds=1)


@given(moments, moments)
def test_later_ids_are_greater(one: datetime, other: datetime) -> None:
    if abs(one - other) >= timedelta(milliseconds=1):
        assert (uuid7(one) < uuid7(other)) == (one < other)


def test_other_uuids_have_no_moment() -> None:
    with pytest.raises(ValueError, match="UUIDv7"):
        uuid7_time(uuid.uuid4())
