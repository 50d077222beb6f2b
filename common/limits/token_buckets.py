"""Token buckets in Valkey, shared by all replicas: how often an account, an address or an owner may do something.

While Valkey is away each process counts by itself: refusing everybody would lock every user out. What nobody needs can be
`closed` then.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings

from common.api.errors import TooManyRequests, Unavailable
from common.limits.empty_buckets import empty_buckets

logger = logging.getLogger(__name__)
TIMEOUT = 1.0
"""Seconds that Valkey may take."""
MOST_LOCAL = 10_000
"""Buckets that a process keeps by itself; the one that was used longest ago goes first."""

_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local wait = 0
local left, waits = {}, {}
for i, key in ipairs(KEYS) do
    local capacity = tonumber(ARGV[i * 3 - 2])
    local rate = capacity / tonumber(ARGV[i * 3 - 1])
    local cost = tonumber(ARGV[i * 3])
    local state = redis.call('HMGET', key, 'tokens', 'at')
    local tokens = math.min(capacity, (tonumber(state[1]) or capacity) + (now - (tonumber(state[2]) or now)) * rate)
    left[i] = tokens - cost
    waits[i] = tostring(math.max(0, -left[i] / rate))
    wait = math.max(wait, -left[i] / rate)
end
if wait > 0 then return {tostring(wait), unpack(waits)} end
for i, key in ipairs(KEYS) do
    waits[i] = tostring(math.max(0, (ARGV[i * 3] - left[i]) * ARGV[i * 3 - 1] / ARGV[i * 3 - 2]))
    redis.call('HSET', key, 'tokens', tostring(left[i]), 'at', tostring(now))
    redis.call('EXPIRE', key, math.ceil(tonumber(ARGV[i * 3 - 1])) + 1)
end
return {'0', unpack(waits)}
"""
"""Takes the cost from every bucket, or from none where one has less: then the seconds to wait. By the server's clock.

After these come the seconds after which each bucket by itself has its cost again.
"""


@dataclass(frozen=True)
class Bucket:
    """`capacity` tokens that fill up again within `period` seconds; `subject` is whose: an address, an account.

    Taking from it takes `cost` tokens; a cost above the capacity is never granted.
    """

    purpose: str
    subject: str
    capacity: float
    period: float = 60.0
    cost: float = 1.0

    @property
    def key(self) -> str:
        """Hashed, so that Valkey holds no e-mail addresses and no text of a stranger's making."""
        return f"{settings.SERVICE}:bucket:{self.purpose}:{hashed(self.subject)}"


def hashed(text: str) -> str:
    """A name for Valkey that gives nothing away: 32 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _client_of(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)


def client() -> redis.Redis:
    """This process's connections to Valkey."""
    return _client_of(settings.BROKER_URL)


def take(*buckets: Bucket, closed: bool = False) -> None:
    """Take from each bucket; raises `TooManyRequests` with the time to wait, and takes nothing, where one is empty.

    `closed` raises `Unavailable` while Valkey is away.
    """
    if wait := wait_for(*buckets, closed=closed):
        raise TooManyRequests(retry_after=wait)


def wait_for(*buckets: Bucket, closed: bool = False) -> float:
    """0 with every bucket's cost taken, else the seconds to wait with nothing taken; raises as `take` does of `closed`."""
    arguments = [str(number) for bucket in buckets for number in (bucket.capacity, bucket.period, bucket.cost)]
    keys = [bucket.key for bucket in buckets]
    try:
        wait, *waits = map(float, client().eval(_TAKE, len(keys), *keys, *arguments))
    except redis.RedisError as error:
        if closed:
            raise Unavailable from error
        logger.warning("Valkey does not answer: this process throttles by itself", exc_info=True)
        wait, waits = local_buckets.take(buckets), local_buckets.waits(buckets)
    for bucket, key, until in zip(buckets, keys, waits, strict=True):
        empty_buckets.note(bucket.purpose, key, until)
    return wait


def give_back(*buckets: Bucket) -> None:
    """Return what an attempt took that was right."""
    try:
        pipeline = client().pipeline(transaction=False)
        for bucket in buckets:
            pipeline.hincrbyfloat(bucket.key, "tokens", bucket.cost)
            pipeline.expire(bucket.key, int(bucket.period) + 1)
        pipeline.execute()
    except redis.RedisError:
        local_buckets.give_back(buckets)
    empty_buckets.forget(bucket.key for bucket in buckets)


class LocalBuckets:
    """As the script in Valkey does it, by this machine's clock."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, buckets: Sequence[Bucket]) -> float:
        """0 with every bucket's cost taken, else the seconds to wait with nothing taken."""
        now = time.monotonic()
        with self._lock:
            left = {bucket.key: self._tokens(bucket, now) - bucket.cost for bucket in buckets}
            wait = max(-left[bucket.key] * bucket.period / bucket.capacity for bucket in buckets)
            if wait > 0:
                return wait
            for key, tokens in left.items():
                self._keep(key, tokens, now)
            return 0.0

    def waits(self, buckets: Sequence[Bucket]) -> list[float]:
        """Seconds after which each by itself has its cost."""
        now = time.monotonic()
        with self._lock:
            return [
                max(0.0, (bucket.cost - self._tokens(bucket, now)) * bucket.period / bucket.capacity)
                for bucket in buckets
            ]

    def give_back(self, buckets: Sequence[Bucket]) -> None:
        """Return its cost to each."""
        now = time.monotonic()
        with self._lock:
            for bucket in buckets:
                self._keep(bucket.key, self._tokens(bucket, now) + bucket.cost, now)

    def clear(self) -> None:
        """Every bucket is full."""
        with self._lock:
            self._kept.clear()

    def _tokens(self, bucket: Bucket, now: float) -> float:
        tokens, at = self._kept.get(bucket.key, (bucket.capacity, now))
        return min(bucket.capacity, tokens + (now - at) * bucket.capacity / bucket.period)

    def _keep(self, key: str, tokens: float, now: float) -> None:
        self._kept.pop(key, None)
        if len(self._kept) >= MOST_LOCAL:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (tokens, now)


local_buckets = LocalBuckets()
