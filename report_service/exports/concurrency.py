"""How many exports run at once: of one owner by the quota, over all replicas, and of all owners by this process's threads."""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from functools import cache

import redis
from django.conf import settings

from common.api.errors import TooManyRequests
from common.limits.token_buckets import client, hashed
from common.quotas import QuotaExceeded, limit

logger = logging.getLogger(__name__)
QUOTA = "exports_at_once"
LEASE = 60
"""Seconds after which one that was killed counts no more; a living one renews it with each chunk."""
RETRY_AFTER = 5.0

_BEGIN = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""
_RENEW = """
redis.call('ZADD', KEYS[1], redis.call('TIME')[1] + ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(settings.EXPORTS_AT_ONCE)


class Export:
    """One that runs: an iterator over its chunks, which gives its places back when it ends or is closed."""

    def __init__(self, user_id: int, chunks: Iterator[bytes]) -> None:
        """Raises `TooManyRequests` where this process runs enough of them, `QuotaExceeded` where the owner does."""
        self._key, self._name, self._chunks = _key(user_id), secrets.token_hex(8), chunks
        self._places, self._renew_at, self._closed = _places(), time.monotonic() + LEASE / 3, False
        if not self._places.acquire(blocking=False):
            raise TooManyRequests(retry_after=RETRY_AFTER)
        try:
            self._begin(user_id)
        except BaseException:
            self._places.release()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except BaseException:
            self.close()
            raise
        if time.monotonic() >= self._renew_at:
            self._renew_at = time.monotonic() + LEASE / 3
            _asked(_RENEW, self._key, LEASE, self._name)
        return chunk

    def close(self) -> None:
        """Give the places back; a second time changes nothing."""
        if self._closed:
            return
        self._closed = True
        self._places.release()
        try:
            client().zrem(self._key, self._name)
        except redis.RedisError:
            logger.warning("Valkey does not answer: an export of a while ago counts for %d s more", LEASE)

    def _begin(self, user_id: int) -> None:
        most = limit(user_id, QUOTA)
        if _asked(_BEGIN, self._key, most, LEASE, self._name) == 0:
            raise QuotaExceeded(QUOTA, most, retry_after=RETRY_AFTER)


def exports_running(user_id: int) -> int:
    """How many of an owner's run; 0 while Valkey does not answer."""
    try:
        return int(client().zcount(_key(user_id), time.time(), "+inf"))
    except redis.RedisError:
        return 0


def _key(user_id: int) -> str:
    return f"{settings.SERVICE}:exports:{hashed(str(user_id))}"


def _asked(script: str, key: str, *arguments: int | str) -> int | None:
    """None while Valkey does not answer: then this process's own bound has to do."""
    try:
        answer = client().eval(script, 1, key, *map(str, arguments))
    except redis.RedisError:
        logger.warning("Valkey does not answer: exports are bounded by this process alone", exc_info=True)
        return None
    return int(answer) if answer is not None else None
