"""What user_service asks of a gateway: one consumer a user, keys that lead to it.

Every call may be repeated without harm and raises `GatewayUnavailable` where the gateway does not answer.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

KEY_PREFIX = "pong_"
"""Lets people and secret scanners recognise a key."""
_IMPLEMENTATIONS = {
    "local": "user_service.gateways.local.LocalGateway",
    "kong": "user_service.gateways.kong.KongGateway",
}


@dataclass(frozen=True)
class IssuedKey:
    """A new key; `key` is shown once and kept nowhere."""

    key: str
    credential: UUID


@dataclass(frozen=True)
class KeptKey:
    """A key that the gateway has; `created_at` is None where it does not say."""

    credential: UUID
    created_at: datetime | None


@dataclass(frozen=True)
class KeyPage:
    """Some of the gateway's keys, and where the next begin: None after the last."""

    keys: list[KeptKey]
    following: str | None


class ConsumerMissing(Exception):
    """A key was asked for a consumer that the gateway does not have."""


class Gateway(Protocol):
    """A gateway's administration; `user_id` is the consumer's username and custom_id."""

    def create_consumer(self, *, user_id: int) -> None:
        """Make the consumer where it does not exist."""

    def issue_key(self, *, user_id: int, expires_at: datetime | None) -> IssuedKey:
        """A new key of an existing consumer; None lives until revoked. Raises `ConsumerMissing`."""

    def list_keys(self, *, user_id: int) -> list[UUID]:
        """The credentials of the consumer; empty where there is no such consumer."""

    def key_pages(self, *, start: str | None) -> Iterator[KeyPage]:
        """Every key that we issued, of all consumers, in pages from `start` on; None begins with the first."""

    def revoke_key(self, *, credential: UUID) -> None:
        """The key opens nothing from now on."""

    def delete_consumer(self, *, user_id: int) -> None:
        """Remove the consumer and every key of it."""

    def list_consumers(self) -> Iterator[int]:
        """The user ids of all consumers, in no order."""


def new_key() -> str:
    """A key of 256 random bits."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


@cache
def _gateway(name: str) -> Gateway:
    implementation: type[Gateway] = import_string(_IMPLEMENTATIONS[name])
    return implementation()


def gateway() -> Gateway:
    """The gateway that the setting GATEWAY names."""
    return _gateway(settings.GATEWAY)
