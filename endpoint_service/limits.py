"""How often and how many at once: token buckets in Valkey, and slots of this process."""

import ipaddress
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import redis
from django.conf import settings

from common.errors import TooManyRequests, Unavailable
from endpoint_service.errors import ChecksBusy

logger = logging.getLogger(__name__)

_TAKE = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(stored[1]) or burst
local since = math.max(0, now - (tonumber(stored[2]) or now))
tokens = math.min(burst, tokens + since * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate * 1000))
return tostring(wait)
"""


@cache
def _valkey(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


def token_take(*, bucket: str, per_minute: int, closed: bool) -> None:
    """Take one token of `bucket`, which holds a minute's worth; raises `TooManyRequests` with the seconds to wait.

    Without Valkey nobody can count: `closed` says whether that refuses (`Unavailable`) or lets through.
    """
    try:
        wait = float(
            _valkey(settings.BROKER_URL).eval(
                _TAKE, 1, f"endpoint_service:bucket:{bucket}", str(per_minute / 60), str(per_minute)
            )
        )
    except redis.RedisError as error:
        logger.warning("No rate limit on %s: %s", bucket.partition(":")[0], error)
        if closed:
            raise Unavailable from error
        return
    if wait:
        raise TooManyRequests(retry_after=wait)


def network_of(address: str) -> str:
    """Who an anonymous address is: IPv4 alone, IPv6 with its /64, which one household has to itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)


class Slots:
    """Calls that hold a thread while they wait for somebody else: some at once, half of them for one caller."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()

    @contextmanager
    def one(self, caller: str) -> Iterator[None]:
        """Hold a slot; raises `ChecksBusy` where none is free, so that the other threads keep serving."""
        most = settings.CHECKS_AT_ONCE
        with self._lock:
            if self._held.total() >= most or self._held[caller] >= max(1, most // 2):
                raise ChecksBusy(retry_after=2)
            self._held[caller] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[caller] -= 1
                if not self._held[caller]:
                    del self._held[caller]
