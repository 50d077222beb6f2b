"""Whose address it is behind a gateway, behind an Ingress, behind the web app."""

import pytest
from django.test import RequestFactory

from common.security.client_address import HEADER, client_address, signed_address


def address(forwarded: str = "", **headers: str) -> str:
    if forwarded:
        headers["X-Forwarded-For"] = forwarded
    return client_address(RequestFactory().get("/api/x", headers=headers, REMOTE_ADDR="10.0.0.9"))


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "10.0.0.9"),
        (1, "", "10.0.0.9"),
        (1, "not-an-address", "10.0.0.9"),
        (0, "203.0.113.7", "10.0.0.9"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_as_many_hops_as_are_ours_are_believed(settings, trusted: int, forwarded: str, expected: str) -> None:
    settings.TRUSTED_PROXIES = trusted
    assert address(forwarded) == expected


def test_the_web_app_vouches_for_its_users(settings) -> None:
    settings.TRUSTED_PROXIES = 1
    assert address("10.0.0.5", **{HEADER: signed_address("198.51.100.23")}) == "198.51.100.23"


def test_a_made_up_or_changed_voucher_is_ignored() -> None:
    real = signed_address("198.51.100.23")
    for forged in ("198.51.100.99", real.replace("23", "99"), real + "x", ""):
        assert address("203.0.113.7", **{HEADER: forged}) == "203.0.113.7"
