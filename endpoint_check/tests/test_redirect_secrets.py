"""What goes along with a redirect: cookies for one probe, and secrets to their own origin alone."""

import json

import pytest

from common.security.crypto import encrypt
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import spec_of
from endpoint_check.tests.probing import OPEN, probe
from endpoint_check.tests.raw_site import RawSite, answer, redirect
from endpoint_check.tests.sites import Link, chain_into, days


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
