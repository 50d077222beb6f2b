"""Rate limits, as the token buckets that an attempt takes from: how often one account, one network or one recipient may be tried."""

import logging

import redis
from django.conf import settings

from common.contracts.mail_addresses import mailbox
from common.limits.token_buckets import Bucket, client, give_back, hashed, take, wait_for
from common.security.client_address import network_of

__all__ = ["give_back", "take", "wait_for"]

logger = logging.getLogger(__name__)
LOGIN, SIGN_UP, RESET, TOKEN = "login-address", "sign-up", "reset-address", "token"
"""Buckets of a network, of which the route says that each of its requests takes from them."""
PASSWORD, CODE_CONFIRM = "password", "code-confirm"
"""The same of a user."""
HOUR, DAY = 3600.0, 86400.0
KNOWN_FOR = 30 * 86400
"""Seconds for which a network that logged in to an account counts as its owner's."""
MAILS_TO_UNCONFIRMED = 10
"""A day, of all kinds that are no answer to the recipient's own asking."""


def login_buckets(*, email: str, address: str, known: bool) -> list[Bucket]:
    """Which buckets a login takes from; `known` as `is_trusted_network` says.

    Everybody's wrong guesses at one account share a bucket, so that guessing from a thousand addresses gains nothing.
    The owner is not locked out by it: a network that logged in to this account before has a bucket of its own, and
    from any other a mailed link to a new password makes it known.
    """
    network = network_of(address)
    per_network = Bucket(LOGIN, network, settings.LOGINS_PER_ADDRESS)
    if known:
        return [per_network, Bucket("login-known", f"{email} {network}", settings.LOGINS_PER_ACCOUNT)]
    return [per_network, Bucket("login-account", email, settings.LOGINS_PER_ACCOUNT)]


def operator_buckets(*, name: str, address: str) -> list[Bucket]:
    """How often one operator's password may be guessed at, and how often from one address."""
    return [
        Bucket("operator-address", network_of(address), settings.LOGINS_PER_ADDRESS),
        Bucket("operator", name, settings.LOGINS_PER_ACCOUNT),
    ]


def _known_key(email: str, address: str) -> str:
    return f"user_service:known:{hashed(f'{email} {network_of(address)}')}"


def is_trusted_network(*, email: str, address: str) -> bool:
    """Whether the network has logged in to this account lately; asked of Valkey, so that a storm costs no database."""
    try:
        return bool(client().exists(_known_key(email, address)))
    except redis.RedisError:
        return False


def trust_network(*, email: str, address: str) -> None:
    """From now on the network is known as the owner's: they logged in, or followed a link that was mailed to them."""
    try:
        client().set(_known_key(email, address), 1, ex=KNOWN_FOR)
    except redis.RedisError:
        logger.warning("Valkey does not answer: a network is not remembered", exc_info=True)


def password_bucket(user_id: int) -> Bucket:
    """How often the holder of a key may guess at the account's password."""
    return Bucket(PASSWORD, str(user_id), settings.LOGINS_PER_ACCOUNT)


def password_change_bucket(user_id: int) -> Bucket:
    """How often a password may be changed: each change makes the links worthless that the owner may be waiting for."""
    return Bucket("password-change", str(user_id), 10, HOUR)


def sign_up_bucket(address: str) -> Bucket:
    """How many accounts one network may make in a minute."""
    return Bucket(SIGN_UP, network_of(address), settings.SIGN_UPS_PER_ADDRESS)


def reset_buckets(*, email: str, address: str) -> list[Bucket]:
    """How often a link may be mailed to one recipient, and asked for from one network."""
    return [
        Bucket("reset-email", mailbox(email), settings.RESETS_PER_ACCOUNT, HOUR),
        Bucket(RESET, network_of(address), settings.SIGN_UPS_PER_ADDRESS),
    ]


def mail_bucket(kind: str, email: str) -> Bucket:
    """How many mails of one kind go to one recipient in an hour, whoever has them sent."""
    return Bucket(f"mail-{kind}", mailbox(email), settings.MAILS_PER_RECIPIENT, HOUR)


def unconfirmed_bucket(email: str) -> Bucket:
    """How many mails of all other kinds go in a day to a recipient who never followed a link."""
    return Bucket("mail-unconfirmed", mailbox(email), MAILS_TO_UNCONFIRMED, DAY)


def token_bucket(address: str) -> Bucket:
    """How many mailed tokens one network may try in a minute."""
    return Bucket(TOKEN, network_of(address), settings.LOGINS_PER_ADDRESS)


def code_bucket(user_id: int, *, kind: str = "code", network: str = "") -> Bucket:
    """How many codes of a kind may be tried in a minute from a known network, or from all others together."""
    return Bucket(kind, f"{user_id} {network}".strip(), settings.LOGINS_PER_ACCOUNT)
