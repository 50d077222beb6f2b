"""The buckets that stand in for Valkey's."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.limits import token_buckets as module
from common.limits.token_buckets import Bucket, LocalBuckets


@given(capacity=st.integers(1, 50), asked=st.integers(0, 100))
def test_as_many_as_fit_are_taken_at_once_and_then_there_is_a_time_to_wait(capacity: int, asked: int):
    buckets, bucket = LocalBuckets(), Bucket("test", "one", capacity, 3600.0)
    waits = [buckets.take([bucket]) for _ in range(asked)]
    assert waits[:capacity] == [0.0] * min(capacity, asked)
    assert all(0 < wait <= 3600 / capacity for wait in waits[capacity:])


def test_after_the_time_to_wait_there_is_a_token_again():
    buckets, bucket = LocalBuckets(), Bucket("test", "one", 2, 0.2)
    assert [buckets.take([bucket]) for _ in range(2)] == [0.0, 0.0]
    wait = buckets.take([bucket])
    assert 0 < wait <= 0.1
    time.sleep(wait)
    assert buckets.take([bucket]) == 0.0


def test_where_one_bucket_is_empty_none_is_taken_from():
    buckets, empty, other = LocalBuckets(), Bucket("test", "one", 1, 3600.0), Bucket("test", "two", 1, 3600.0)
    buckets.take([empty])
    assert buckets.take([other, empty]) > 0
    assert buckets.take([other]) == 0.0


def test_what_is_given_back_can_be_taken_again_and_no_more_than_fits():
    buckets, bucket = LocalBuckets(), Bucket("test", "one", 1, 3600.0)
    buckets.take([bucket])
    for _ in range(3):
        buckets.give_back([bucket])
    assert [buckets.take([bucket]) == 0.0 for _ in range(2)] == [True, False]


def test_only_so_many_are_kept_and_the_one_in_use_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_LOCAL", 3)
    buckets, watched = LocalBuckets(), Bucket("test", "watched", 4, 3600.0)
    for number in range(4):
        assert buckets.take([watched]) == 0.0
        buckets.take([Bucket("test", f"other {number}", 1, 3600.0)])
    assert buckets.take([watched]) > 0
    assert len(buckets._kept) == 3
