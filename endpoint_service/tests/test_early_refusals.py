"""Checks over a limit are refused by the head of the request."""

import pytest

from common.testing.cast import OUTSIDER_ID, OWNER_ID, client_for
from common.testing.heads import head_wait_of, marked
from endpoint_service.tests.test_checks import answering

pytestmark = pytest.mark.django_db


def test_the_routes_that_check_say_so() -> None:
    assert marked() == {("POST", "/checks"), ("POST", "/endpoints/<id:endpoint_id>/check")}


def test_a_user_over_the_limit_is_refused_by_the_head_on_both_routes(checker, settings) -> None:
    answering(checker)
    settings.CHECKS_PER_MINUTE = 2
    for _ in range(2):
        assert head_wait_of("POST", "/checks", user_id=OWNER_ID) == 0
        assert client_for(OWNER_ID).post("/api/checks", {"url": "a.example"}).status_code == 200
    for path in ("/checks", "/endpoints/7/check"):
        assert 0 < head_wait_of("POST", path, user_id=OWNER_ID) <= 30
        assert head_wait_of("POST", path, user_id=OUTSIDER_ID) == 0
        assert head_wait_of("POST", path) == 0
    assert head_wait_of("POST", "/endpoints", user_id=OWNER_ID) == 0


@pytest.mark.parametrize("address", ["203.0.113.1", "2001:db8::1"])
def test_a_visitor_over_the_limit_is_refused_by_the_head(checker, settings, address: str) -> None:
    answering(checker)
    settings.ANONYMOUS_CHECKS_PER_MINUTE = 1
    settings.TRUSTED_PROXIES = 1
    client = client_for(None)
    assert client.post("/api/checks", {"url": "a.example"}, HTTP_X_FORWARDED_FOR=address).status_code == 200
    assert 0 < head_wait_of("POST", "/checks", address=address) <= 60
    assert head_wait_of("POST", "/checks", address="203.0.113.2") == 0
    assert head_wait_of("POST", "/checks", address=address, user_id=OWNER_ID) == 0
