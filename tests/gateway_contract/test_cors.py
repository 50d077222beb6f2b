"""Which pages may call the API from a browser: the web app's own, and no others."""

import pytest

FOREIGN = ["https://evil.example", "null", "http://pongpong.io.evil.example", "https://xpongpong.io"]
ALLOW = "Access-Control-Allow-Origin"


def preflight(target, origin, path="/user-service/users/me"):
    headers = [
        ("Origin", origin),
        ("Access-Control-Request-Method", "PATCH"),
        ("Access-Control-Request-Headers", "apikey, content-type"),
    ]
    return target.send(path, headers, method="OPTIONS")


def test_the_web_apps_pages_may_ask_with_a_key(target):
    answer = preflight(target, target.origin)
    assert answer.status in {200, 204}
    assert answer.header(ALLOW) == target.origin
    assert "PATCH" in str(answer.header("Access-Control-Allow-Methods"))
    assert "apikey" in str(answer.header("Access-Control-Allow-Headers")).lower()
    assert answer.header("Access-Control-Allow-Credentials") is None


def test_they_may_read_answers_and_errors(target, one):
    for path, headers, status in (
        ("/user-service/users/me", one.headers, 200),
        ("/user-service/users/me", [], 401),
        ("/user-service/nothing", one.headers, 404),
    ):
        answer = target.send(path, [*headers, ("Origin", target.origin)])
        assert (answer.status, answer.header(ALLOW)) == (status, target.origin)
        assert "origin" in ", ".join(answer.all("Vary")).lower()


@pytest.mark.parametrize("origin", FOREIGN)
def test_other_pages_may_not(target, one, origin):
    for answer in (
        preflight(target, origin),
        target.send("/user-service/users/me", [*one.headers, ("Origin", origin)]),
    ):
        assert answer.header(ALLOW) not in {"*", origin}


def test_a_request_of_no_page_is_not_told_of_pages(target, one):
    assert target.send("/user-service/users/me", one.headers).header(ALLOW) in {None, target.origin}
