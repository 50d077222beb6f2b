"""The cast of every test: the owner, an outsider, and nobody; each a client that speaks as the gateway would."""

import pytest
from django.conf import settings
from rest_framework.test import APIClient

OWNER_ID = 1
OUTSIDER_ID = 2


def client_for(user_id: int | None, *, credential: str = "11111111-1111-1111-1111-111111111111") -> APIClient:
    """A client whose requests the gateway took for `user_id`'s; None is a request without a valid key."""
    if user_id is None:
        return APIClient(HTTP_ACCEPT_LANGUAGE="en")
    return APIClient(
        HTTP_ACCEPT_LANGUAGE="en",
        HTTP_X_CONSUMER_CUSTOM_ID=str(user_id),
        HTTP_X_CREDENTIAL_IDENTIFIER=credential,
        HTTP_X_GATEWAY_TOKEN=settings.GATEWAY_TOKEN,
    )


def internal_client() -> APIClient:
    """A client that speaks as another service would."""
    return APIClient(HTTP_X_INTERNAL_TOKEN=settings.INTERNAL_TOKEN, HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def owner() -> APIClient:
    return client_for(OWNER_ID)


@pytest.fixture
def outsider() -> APIClient:
    return client_for(OUTSIDER_ID)


@pytest.fixture
def anonymous() -> APIClient:
    return client_for(None)


@pytest.fixture
def internal() -> APIClient:
    return internal_client()
