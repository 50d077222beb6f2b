"""Token buckets in Valkey, shared by all replicas: how often one account or one address may try.

While Valkey is away each process counts by itself: refusing everybody would lock every user out.
"""

import hashlib
import logging
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings

from common.errors import TooManyRequests
from user_service.local_buckets import local_buckets

logger = logging.getLogger(__name__)
TIMEOUT = 1.0
"""Seconds that Valkey may take."""
KNOWN_FOR = 30 * 86400
"""Seconds for which an address that logged in to an account counts as its owner's."""

_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local wait = 0
local left = {}
for i, key in ipairs(KEYS) do
    local capacity = tonumber(ARGV[i * 2 - 1])
    local rate = capacity / tonumber(ARGV[i * 2])
    local state = redis.call('HMGET', key, 'tokens', 'at')
    local tokens = math.min(capacity, (tonumber(state[1]) or capacity) + (now - (tonumber(state[2]) or now)) * rate)
    left[i] = tokens - 1
    if left[i] < 0 then wait = math.max(wait, -left[i] / rate) end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
    redis.call('HSET', key, 'tokens', tostring(left[i]), 'at', tostring(now))
    redis.call('EXPIRE', key, math.ceil(tonumber(ARGV[i * 2])) + 1)
end
return '0'
"""
"""Takes one token of every bucket, or of none where one is empty: then the seconds to wait. By the server's clock."""


@dataclass(frozen=True)
class Bucket:
    """`capacity` tokens that fill up again within `period` seconds; `subject` is whose: an address, an account."""

    purpose: str
    subject: str
    capacity: int
    period: float = 60.0

    @property
    def key(self) -> str:
        """Hashed, so that Valkey holds no e-mail addresses and no text of a stranger's making."""
        return f"user_service:bucket:{self.purpose}:{_hashed(self.subject)}"


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)


def take(*buckets: Bucket) -> None:
    """Take a token of each bucket; raises `TooManyRequests` with the time to wait where one is empty."""
    arguments = [str(number) for bucket in buckets for number in (bucket.capacity, bucket.period)]
    keys = [bucket.key for bucket in buckets]
    try:
        answer = _client(settings.BROKER_URL).eval(_TAKE, len(keys), *keys, *arguments)
        wait = float(answer)
    except redis.RedisError:
        logger.warning("Valkey does not answer: this process throttles by itself", exc_info=True)
        wait = local_buckets.take(buckets)
    if wait > 0:
        raise TooManyRequests(retry_after=wait)


def login_buckets(*, email: str, address: str, known: bool) -> list[Bucket]:
    """Which buckets a login takes from; `known` as `is_known` says.

    Everybody's wrong guesses at one account share a bucket, so that guessing from a thousand addresses gains nothing.
    The owner is not locked out by it: an address that logged in to this account before has a bucket of its own, and
    from any other a mailed link to a new password makes it known.
    """
    per_address = Bucket("login-address", address, settings.LOGINS_PER_ADDRESS)
    if known:
        return [per_address, Bucket("login-known", f"{email} {address}", settings.LOGINS_PER_ACCOUNT)]
    return [per_address, Bucket("login-account", email, settings.LOGINS_PER_ACCOUNT)]


def _known_key(email: str, address: str) -> str:
    return f"user_service:known:{_hashed(f'{email} {address}')}"


def is_known(*, email: str, address: str) -> bool:
    """Whether this address has logged in to this account lately."""
    try:
        return bool(_client(settings.BROKER_URL).exists(_known_key(email, address)))
    except redis.RedisError:
        return False


def remember(*, email: str, address: str) -> None:
    """From now on the address is known as the owner's: they logged in, or followed a link that was mailed to them."""
    try:
        _client(settings.BROKER_URL).set(_known_key(email, address), 1, ex=KNOWN_FOR)
    except redis.RedisError:
        logger.warning("Valkey does not answer: an address is not remembered", exc_info=True)


def login_succeeded(*, email: str, address: str, buckets: list[Bucket]) -> None:
    """Remember the address, and give the tokens back: only wrong logins count."""
    remember(email=email, address=address)
    give_back(*buckets)


def give_back(*buckets: Bucket) -> None:
    """Return the tokens of an attempt that was right."""
    try:
        pipeline = _client(settings.BROKER_URL).pipeline(transaction=False)
        for bucket in buckets:
            pipeline.hincrbyfloat(bucket.key, "tokens", 1)
            pipeline.expire(bucket.key, int(bucket.period) + 1)
        pipeline.execute()
    except redis.RedisError:
        local_buckets.give_back(buckets)


def password_bucket(user_id: int) -> Bucket:
    """How often the holder of a key may guess at the account's password."""
    return Bucket("password", str(user_id), settings.LOGINS_PER_ACCOUNT)


def sign_up_bucket(address: str) -> Bucket:
    """How many accounts one address may make in a minute."""
    return Bucket("sign-up", address, settings.SIGN_UPS_PER_ADDRESS)


def reset_buckets(*, email: str, address: str) -> list[Bucket]:
    """How often a link may be mailed to one address of e-mail, and asked for from one of the network."""
    return [
        Bucket("reset-email", email, settings.RESETS_PER_ACCOUNT, 3600.0),
        Bucket("reset-address", address, settings.SIGN_UPS_PER_ADDRESS),
    ]


def token_bucket(address: str) -> Bucket:
    """How many mailed tokens one address may try in a minute."""
    return Bucket("token", address, settings.LOGINS_PER_ADDRESS)


def code_bucket(user_id: int) -> Bucket:
    """How many codes of a second factor may be tried in a minute."""
    return Bucket("code", str(user_id), settings.LOGINS_PER_ACCOUNT)
