"""The cast of user_service: real accounts with real keys, on a real PostgreSQL and Valkey."""

from dataclasses import dataclass
from typing import Any

import pytest
import redis
from django.conf import settings
from rest_framework.test import APIClient

from common.testing.cast import client_for
from user_service import services
from user_service.key_cache import key_cache
from user_service.models import Key, User

PASSWORD = "correct horse battery"


@dataclass
class Account:
    """A user, the key of their first login, and a client that speaks as the gateway would for them."""

    user: User
    key: str
    credential: str
    client: APIClient


def make_account(email: str = "owner@example.com", **profile: Any) -> Account:
    user, key = services.user_create(email=email, password=PASSWORD, **profile)
    credential = str(Key.objects.get(user=user).credential)
    return Account(user, key, credential, client_for(user.id, credential=credential))


@pytest.fixture(autouse=True)
def empty_stores() -> None:
    """No bucket and no cached key comes from another test."""
    client = redis.Redis.from_url(settings.BROKER_URL)
    for key in client.scan_iter("user_service:*"):
        client.delete(key)
    client.close()
    key_cache.clear()


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


@pytest.fixture
def other(db: None) -> Account:
    return make_account("other@example.com")
