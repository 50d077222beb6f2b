"""Redirects as browsers follow them: method and body, cookies, addresses in every writing, and what nobody else may see."""

import time
from typing import Any

import pytest

from common.security.addresses import AddressRule
from endpoint_check.tests.probing import probe
from endpoint_check.tests.raw_site import RawSite, answer, redirect

BODY = '{"a": 1}'


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "GET", "GET", False),
        (301, "HEAD", "HEAD", False),
        (301, "POST", "GET", False),
        (301, "PUT", "PUT", True),
        (301, "PATCH", "PATCH", True),
        (301, "DELETE", "DELETE", False),
        (302, "POST", "GET", False),
        (302, "PUT", "PUT", True),
        (302, "OPTIONS", "OPTIONS", False),
        (303, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (303, "PATCH", "GET", False),
        (303, "DELETE", "GET", False),
        (303, "HEAD", "HEAD", False),
        (303, "GET", "GET", False),
        (307, "POST", "POST", True),
        (307, "PUT", "PUT", True),
        (307, "GET", "GET", False),
        (308, "POST", "POST", True),
        (308, "PATCH", "PATCH", True),
    ],
)
def test_method_and_body_after_a_redirect(status: int, method: str, then: str, body: bool):
    sends = method in {"POST", "PUT", "PATCH"}
    headers = {"Content-Language": "ko", "Accept": "text/plain"} if sends else {"Accept": "text/plain"}
    with RawSite(redirect("/there", status), answer()) as site:
        outcome = probe(site.url(), method=method, body=BODY if sends else "", headers=headers)
    assert outcome.status == "up", outcome.message
    first, second = site.asked
    assert (first.method, second.method, second.path) == (method, then, "/there")
    assert first.body == (BODY.encode() if sends else b"")
    assert second.body == (BODY.encode() if body else b"")
    for name, value in (("Content-Type", "application/json"), ("Content-Language", "ko"), ("Content-Length", "8")):
        assert second.all(name) == ([value] if body else [])
    assert second.all("Accept") == ["text/plain"]


@pytest.mark.parametrize("status", [300, 304, 305, 306, 200, 201])
def test_a_location_of_another_status_is_not_followed(status: int):
    with RawSite(redirect("/there", status), answer()) as site:
        outcome = probe(site.url(), expected_status=str(status))
    assert (outcome.status, outcome.http_status, len(site.asked)) == ("up", status, 1)


@pytest.mark.parametrize("headers", [(), (b"Location:",), (b"Location:  ",)])
def test_a_redirect_to_nowhere_is_an_answer_of_its_own(headers: tuple[bytes, ...]):
    with RawSite(answer(302, b"", *headers)) as site:
        outcome = probe(site.url())
    assert (outcome.error_code, outcome.http_status) == ("unexpected_status", 302)


def test_redirects_that_are_not_to_be_followed_are_not():
    with RawSite(redirect("/there")) as site:
        outcome = probe(site.url(), options={"follow_redirects": False}, expected_status="302")
    assert (outcome.status, len(site.asked)) == ("up", 1)


@pytest.mark.parametrize("most", [0, 1, 3])
def test_there_is_an_end_to_redirects(most: int):
    with RawSite(redirect("/")) as site:
        outcome = probe(site.url(), options={"max_redirects": most})
    assert outcome.error_code == "too_many_redirects"
    assert outcome.message == f"More than {most} redirects"
    assert (outcome.http_status, len(site.asked)) == (302, most + 1)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/b", "/b"),
        ("b", "/a/b"),
        ("?b=1", "/a/?b=1"),
        ("../b/./c#part", "/b/c"),
        (" /b ", "/b"),
        ("/b c", "/b%20c"),
        ("/가?나=다", "/%EA%B0%80?%EB%82%98=%EB%8B%A4"),
        ("/가".encode("euc-kr"), "/%B0%A1"),
        (b"/\xff?\xfe", "/%FF?%FE"),
        ("/%EA%B0%80%2F", "/%EA%B0%80%2F"),
        ("//127.0.0.1:PORT/b", "/b"),
        ("HTTP://127.0.0.1:PORT/b", "/b"),
        ("http:/b", "/b"),
        ("http://0x7f.1:PORT/b", "/b"),
        ("http://①②⑦.0.0.1:PORT/b", "/b"),
        ("http://loc%61lhost:PORT/b", "/b"),
        ("http://LOCALHOST:PORT/b", "/b"),
        ("http://ｌｏｃａｌｈｏｓｔ:PORT/b", "/b"),
        ("\\b", "/b"),
    ],
)
def test_addresses_are_read_as_browsers_read_them(location: str | bytes, path: str):
    with RawSite(b"", answer()) as site:
        where = location.replace("PORT", str(site.port)) if isinstance(location, str) else location
        site._plays[0] = redirect(where)
        outcome = probe(site.url("/a/"))
    assert outcome.status == "up", outcome.message
    assert [asked.path for asked in site.asked] == ["/a/", path]


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("http://한국.invalid/", "xn--3e0b707e.invalid"),
        ("http://faß.invalid/", "xn--fa-hia.invalid"),
        ("http://BÜCHER.invalid/", "xn--bcher-kva.invalid"),
        ("http://%ED%95%9C%EA%B5%AD.invalid/", "xn--3e0b707e.invalid"),
        ("http://☃.invalid/", "xn--n3h.invalid"),
        ("http://😀😀.invalid/", "xn--e28ha.invalid"),
        ("http://xn--3e0b707e.invalid/", "xn--3e0b707e.invalid"),
        ("http://a_b.invalid/", "a_b.invalid"),
    ],
)
def test_international_hosts_are_encoded(monkeypatch: pytest.MonkeyPatch, location: str, host: str):
    with RawSite(redirect(location)) as site:
        outcome = probe(site.url(), timeout=20)
    assert outcome.error_code == "dns_failure"
    assert host in outcome.message


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        (b"http://\xff\xfe.invalid/", "http://%FF%FE.invalid/"),
        ("http://한국.invalid/".encode("euc-kr"), "http://%C7%D1%B1%B9.invalid/"),
        (b"http://a\x01b/", "http://a\N{REPLACEMENT CHARACTER}b/"),
        (b"http://%00/", "http://%00/"),
        (b"http://a b/", "http://a b/"),
        (b"http://[::1/", "http://[::1/"),
        (b"http://1.2.3.256/", "http://1.2.3.256/"),
        (b"http://a:99999/", "http://a:99999/"),
        (b"http://", "http://"),
        (b"ftp://a.test/x", "ftp://a.test/x"),
        (b"javascript:alert(1)", "javascript:alert(1)"),
        (b"file:///etc/passwd", "file:///etc/passwd"),
        (b"gopher://127.0.0.1:6379/_x", "gopher://127.0.0.1:6379/_x"),
        (b"/" + b"a" * 9000, "/" + "a" * 198 + "…"),
    ],
)
def test_an_address_that_cannot_be_followed_is_shown(location: bytes, shown: str):
    with RawSite(redirect(location)) as site:
        outcome = probe(site.url())
    assert outcome.error_code == "invalid_redirect"
    assert outcome.message == f"Redirected to an address that is not followed: {shown}"
    assert outcome.http_status == 302


def test_a_port_that_there_is_not_is_no_spec_of_ours():
    with RawSite(redirect("http://127.0.0.1:0/")) as site:
        outcome = probe(site.url())
    assert outcome.error_code in {"invalid_redirect", "connection_refused", "connection_failed"}


def test_each_hop_asks_the_address_rule():
    with RawSite(answer()) as inner, RawSite(redirect(inner.url())) as outer:
        rule = AddressRule(allow_private=True, fleet_ports=frozenset({inner.port}))
        outcome = probe(outer.url(), rule=rule)
    assert outcome.error_code == "blocked_address"
    assert outcome.message == "The address 127.0.0.1 may not be checked"
    assert inner.asked == []


def test_the_body_of_a_redirect_is_not_waited_for():
    def endless(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /there\r\n\r\nbody")
        site.over.wait(5)

    with RawSite(endless, answer()) as site:
        started = time.monotonic()
        assert probe(site.url(), timeout=4).status == "up"
        assert time.monotonic() - started < 3


def test_all_requests_share_the_time():
    def late(connection: Any) -> None:
        site.over.wait(0.4)
        connection.sendall(redirect("/"))

    with RawSite(late) as site:
        started = time.monotonic()
        outcome = probe(site.url(), timeout=1)
    assert time.monotonic() - started < 3
    assert outcome.error_code == "read_timeout"
    assert outcome.total_ms is not None
    assert 950 <= outcome.total_ms < 2500
    assert int(outcome.message.split()[-2]) >= 950


def test_the_phases_of_all_requests_add_up():
    def late(connection: Any) -> None:
        site.over.wait(0.2)
        connection.sendall(redirect("/there"))

    with RawSite(late, answer(200, b"hello")) as site:
        outcome = probe(site.url())
    phases, total = outcome.phases, outcome.total_ms
    assert phases is not None
    assert total is not None
    assert 190 <= phases.redirect_ms < total
    parts = (phases.name_lookup_ms, phases.connect_ms, phases.tls_ms, phases.first_byte_ms, phases.transfer_ms)
    assert abs(sum(parts) - total) < 0.2 * total


# Cookies.
