"""Which token buckets an attempt takes from: how often one account or one address may try."""

import logging

import redis
from django.conf import settings

from common.token_buckets import Bucket, client, give_back, hashed, take

__all__ = ["give_back", "take"]

logger = logging.getLogger(__name__)
KNOWN_FOR = 30 * 86400
"""Seconds for which an address that logged in to an account counts as its owner's."""


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
    return f"user_service:known:{hashed(f'{email} {address}')}"


def is_known(*, email: str, address: str) -> bool:
    """Whether this address has logged in to this account lately."""
    try:
        return bool(client().exists(_known_key(email, address)))
    except redis.RedisError:
        return False


def remember(*, email: str, address: str) -> None:
    """From now on the address is known as the owner's: they logged in, or followed a link that was mailed to them."""
    try:
        client().set(_known_key(email, address), 1, ex=KNOWN_FOR)
    except redis.RedisError:
        logger.warning("Valkey does not answer: an address is not remembered", exc_info=True)


def login_succeeded(*, email: str, address: str, buckets: list[Bucket]) -> None:
    """Remember the address, and give the tokens back: only wrong logins count."""
    remember(email=email, address=address)
    give_back(*buckets)


def operator_buckets(*, name: str, address: str) -> list[Bucket]:
    """How often one operator's password may be guessed at, and how often from one address."""
    return [
        Bucket("operator-address", address, settings.LOGINS_PER_ADDRESS),
        Bucket("operator", name, settings.LOGINS_PER_ACCOUNT),
    ]


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
