"""Redirects as browsers follow them: method and body, cookies, addresses in every writing, and what nobody else may see."""

import json
import time
from typing import Any

import pytest

from common.addresses import AddressRule
from common.crypto import encrypt
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import spec_of
from endpoint_check.tests.probing import OPEN, probe
from endpoint_check.tests.raw_site import RawSite, answer, redirect
from endpoint_check.tests.sites import Link, chain_into, days

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


def test_a_log_in_by_cookie_and_redirect_arrives():
    first = redirect("/", 302, b"Set-Cookie: session=a1; Path=/; HttpOnly", b"Set-Cookie: theme=dark")
    with RawSite(first, answer()) as site:
        assert probe(site.url()).status == "up"
    assert site.asked[0].all("Cookie") == []
    (sent,) = site.asked[1].all("Cookie")
    assert sorted(sent.split("; ")) == ["session=a1", "theme=dark"]


@pytest.mark.parametrize(
    ("cookie", "sent"),
    [
        (b"a=1", ["a=1"]),
        (b"a=1; Path=/there", ["a=1"]),
        (b"a=1; Path=/elsewhere", []),
        (b"a=1; Domain=example.com", []),
        (b"a=1; Max-Age=0", []),
        (b"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", []),
        (b"a=1; Domain=com", []),
        ("a=말".encode(), ["a=말"]),
        (b"a=\xff", ["a=\udcff"]),
        (b"=", []),
        (b"; ; ;", []),
    ],
)
def test_cookies_follow_their_own_rules(cookie: bytes, sent: list[str]):
    with RawSite(redirect("/there/", 302, b"Set-Cookie: " + cookie), answer()) as site:
        outcome = probe(site.url())
    assert outcome.status == "up", outcome.message
    assert site.asked[1].all("Cookie") == sent


def test_cookies_are_forgotten_before_the_next_probe_of_the_same_handle():
    setting = redirect("/", 302, b"Set-Cookie: session=a1", b"Set-Cookie: b=2; Max-Age=999999")
    with RawSite(setting, answer(200, b"", b"Set-Cookie: last=1"), answer()) as site:
        engine = Engine(slots=1)
        for _ in range(3):
            engine.add(spec_of(json.dumps({"url": site.url()})), OPEN, None)
            ((_, outcome),) = engine.run(5)
            assert outcome.status == "up"
        engine.close()
    assert [bool(asked.all("Cookie")) for asked in site.asked] == [False, True, False, False]


def test_cookies_of_one_host_are_not_shown_to_another():
    with RawSite(b"", answer()) as site:
        site._plays[0] = redirect(site.url("/", "localhost"), 302, b"Set-Cookie: session=a1")
        assert probe(site.url()).status == "up"
    assert site.asked[1].all("Cookie") == []


def test_the_specs_own_cookies_are_sent_in_one_line_with_those_that_are_set():
    own = {"cookie": "own=1; session=old"}
    with RawSite(redirect("/", 302, b"Set-Cookie: session=new"), answer()) as site:
        assert probe(site.url(), headers=own).status == "up"
    assert site.asked[0].all("Cookie") == ["own=1; session=old"]
    (sent,) = site.asked[1].all("Cookie")
    assert sorted(sent.split("; ")) == ["own=1", "session=new"]


def test_a_site_cannot_make_a_probe_carry_cookies_without_end():
    flood = [b"Set-Cookie: c%d=%s; Path=/" % (number, b"x" * 4000) for number in range(60)]
    with RawSite(redirect("/", 302, *flood), redirect("/", 302, *flood), answer()) as site:
        outcome = probe(site.url())
    assert outcome.status == "up", outcome.message
    assert all(len(value) < 10_000 for asked in site.asked for value in asked.all("Cookie"))


# Secrets.

SECRETS = {"Authorization": "Bearer a", "Cookie": "b=1", "X-Api-Key": "c", "X-Odd": "d"}


def sent_secrets(site: RawSite, number: int) -> set[str]:
    return {name for name in SECRETS if site.asked[number].all(name)}


@pytest.mark.parametrize("how", ["stored", "plain"])
@pytest.mark.parametrize("elsewhere", ["host", "port"])
def test_no_secret_header_is_shown_to_another_origin(elsewhere: str, how: str):
    hidden = SECRETS if how == "stored" else {}
    shown = {"X-Plain": "shown"} if how == "stored" else {"X-Plain": "shown"} | SECRETS
    with RawSite(answer()) as other, RawSite(b"", b"", answer()) as site:
        there = other if elsewhere == "port" else site
        url = there.url("/b", "127.0.0.1" if elsewhere == "port" else "localhost")
        site._plays[:2] = [redirect("/a"), redirect(url)]
        masked = dict.fromkeys(hidden, "••••••")
        outcome = probe(site.url(), headers=shown | masked, secrets=encrypt({"headers": hidden}) if hidden else None)
    assert outcome.status == "up", outcome.message
    assert sent_secrets(site, 0) == sent_secrets(site, 1) == set(SECRETS)
    last = there.asked[-1]
    assert last.path == "/b"
    assert {name for name in SECRETS if last.all(name)} == ({"X-Odd"} if how == "plain" else set())
    assert last.all("X-Plain") == ["shown"]


def test_nor_to_the_same_host_without_tls(tmp_path, monkeypatch):
    certificate = chain_into(tmp_path, Link("leaf", days(60)))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with RawSite(answer()) as plain, RawSite(redirect(plain.url("/", "localhost")), certificate=certificate) as secure:
        outcome = probe(
            secure.url("/", "localhost"),
            headers={"X-Api-Key": "c"},
            options={"auth": {"kind": "basic", "username": "me", "password": "pw"}},
        )
    assert outcome.status == "up", outcome.message
    assert secure.asked[0].all("X-Api-Key") == ["c"]
    assert secure.asked[0].all("Authorization") != []
    assert plain.asked[0].all("X-Api-Key") == plain.asked[0].all("Authorization") == []


def test_back_at_its_own_origin_a_secret_is_sent_again():
    with RawSite(b"", answer()) as site, RawSite(redirect(site.url("/b"))) as other:
        site._plays[0] = redirect(other.url())
        outcome = probe(site.url(), headers={"X-Api-Key": "c"})
    assert outcome.status == "up"
    assert [asked.all("X-Api-Key") for asked in site.asked] == [["c"], ["c"]]
    assert other.asked[0].all("X-Api-Key") == []


# Certificates.


def test_the_own_certificate_before_a_redirect_is_watched_too(tmp_path, monkeypatch):
    soon = chain_into(tmp_path, Link("Root A", days(900)), Link("Between A", days(3.5)), Link("a", days(50)))
    roots = (tmp_path / "root.pem").read_text()
    later = chain_into(tmp_path, Link("Root B", days(900)), Link("b", days(40)))
    (tmp_path / "both.pem").write_text(roots + (tmp_path / "root.pem").read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    with (
        RawSite(answer(), certificate=later) as there,
        RawSite(redirect(there.url("/", "localhost")), certificate=soon) as here,
    ):
        outcome = probe(here.url("/", "localhost"), options={"certificate_warnings": [45, 7]})
    assert outcome.status == "up", outcome.message
    assert outcome.certificate is not None
    assert (outcome.certificate.name, outcome.certificate.hop, outcome.certificate.host) == (
        "Between A",
        0,
        "localhost",
    )
    due = [(one.certificate.name, one.certificate.hop, one.days) for one in outcome.certificates_due]
    assert due == [("Between A", 0, 7), ("b", 1, 45)]
