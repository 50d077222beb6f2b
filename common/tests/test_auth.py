"""Who calls: the gateway's header is believed only whole, single and on public paths."""

import pytest
from django.conf import settings
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from common.formats.ids import MAX_ID
from common.security.auth import Consumer, consumer_of
from common.security.internal import GATEWAY_HEADER, HEADER

CREDENTIAL = "0b0e0b64-6d2c-4d0e-9b4f-1c2d3e4f5a6b"


def consumer(**headers: str) -> Consumer | None:
    headers.setdefault(GATEWAY_HEADER, settings.GATEWAY_TOKEN)
    return consumer_of(RequestFactory().get("/api/users/me", headers=headers))


def test_the_header_is_the_logged_in_user() -> None:
    found = consumer(**{"X-Consumer-Custom-ID": "42", "X-Credential-Identifier": CREDENTIAL})
    assert found == Consumer(42, CREDENTIAL)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "0",
        "-1",
        "+1",
        "01",
        "1,1",
        "1, 2",
        "1 2",
        "1.0",
        "1e3",
        "٤٢",
        "x",
        "1\t",
        "9" * 19,
        "1" * 20,
        str(MAX_ID + 1),
    ],
)
def test_anything_odd_is_nobody(value: str) -> None:
    assert consumer(**{"X-Consumer-Custom-ID": value}) is None


@given(st.text(alphabet=st.characters(codec="latin-1"), max_size=30))
def test_only_a_positive_bigint_is_somebody(value: str) -> None:
    found = consumer(**{"X-Consumer-Custom-ID": value})
    assert (found is not None) == (value.isascii() and value.isdigit() and value[0] != "0" and int(value) <= MAX_ID)


def test_the_anonymous_consumer_is_nobody() -> None:
    assert consumer(**{"X-Consumer-Custom-ID": "42", "X-Anonymous-Consumer": "true"}) is None


def test_an_odd_credential_is_dropped() -> None:
    found = consumer(**{"X-Consumer-Custom-ID": "42", "X-Credential-Identifier": "a, b"})
    assert found == Consumer(42, None)


def test_without_the_gateways_token_the_header_is_nobody() -> None:
    request = RequestFactory().get("/api/users/me", headers={"X-Consumer-Custom-ID": "42"})
    assert consumer_of(request) is None
    for guess in ("", "guess", settings.INTERNAL_TOKEN, f"{settings.GATEWAY_TOKEN},{settings.GATEWAY_TOKEN}", "é" * 32):
        assert consumer(**{"X-Consumer-Custom-ID": "42", GATEWAY_HEADER: guess}) is None
    assert consumer(**{"X-Consumer-Custom-ID": "42", HEADER: settings.INTERNAL_TOKEN, GATEWAY_HEADER: ""}) is None
    assert consumer(**{"X-Consumer-Custom-ID": "42"}) == Consumer(42)


def test_while_the_gateways_token_is_replaced_both_count(settings) -> None:
    settings.GATEWAY_TOKEN_FALLBACKS = ["n" * 40]
    assert consumer(**{"X-Consumer-Custom-ID": "42", GATEWAY_HEADER: "n" * 40}) == Consumer(42)
    assert consumer(**{"X-Consumer-Custom-ID": "42"}) == Consumer(42)


@pytest.mark.parametrize("token", ["", "unset"])
def test_a_service_that_no_gateway_leads_to_believes_nobody(settings, token: str) -> None:
    settings.GATEWAY_TOKEN = ""
    assert consumer(**{"X-Consumer-Custom-ID": "42", GATEWAY_HEADER: token}) is None
