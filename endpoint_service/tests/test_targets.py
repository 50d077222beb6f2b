"""What an endpoint's `url` may be."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.check_kinds import clean_target, host_of, kind_of, name_of
from common.contracts.invalid import Invalid
from endpoint_service.tests.odd import refused_path


@pytest.mark.parametrize(
    ("kind", "given", "clean", "host"),
    [
        ("http", "example.com", "https://example.com", "example.com"),
        ("http", " HTTP://Example.COM/Path?Q=1#top ", "http://example.com/Path?Q=1", "example.com"),
        ("http", "example.com:8080/x", "https://example.com:8080/x", "example.com"),
        ("http", "http://127.0.0.1:8000", "http://127.0.0.1:8000", "127.0.0.1"),
        ("http", "http://[::1]:80/", "http://[::1]:80/", "::1"),
        (
            "http",
            "한국.kr/경로?질의=값",
            "https://xn--3e0b707e.kr/%EA%B2%BD%EB%A1%9C?%EC%A7%88%EC%9D%98=%EA%B0%92",
            "xn--3e0b707e.kr",
        ),
        ("http", "https://😀.Example/", "https://xn--e28h.example/", "xn--e28h.example"),
        ("http", "i♥ny.example", "https://xn--iny-zx5a.example", "xn--iny-zx5a.example"),
        ("ping", "☃.net", "xn--n3h.net", "xn--n3h.net"),
        ("tls", "FAẞ.example。com", "xn--fa-hia.example.com:443", "xn--fa-hia.example.com"),
        ("http", "https://example.com/a%20b?x=%2F", "https://example.com/a%20b?x=%2F", "example.com"),
        ("http", "localhost:3000", "https://localhost:3000", "localhost"),
        ("http", "https://_dmarc.example.com.", "https://_dmarc.example.com.", "_dmarc.example.com."),
        ("tcp", "DB.example.com:5432", "db.example.com:5432", "db.example.com"),
        ("tcp", "tcp://[::1]:22", "[::1]:22", "::1"),
        ("tls", "example.com", "example.com:443", "example.com"),
        ("tls", "::1", "[::1]:443", "::1"),
        ("dns", "_sip._tcp.example.com", "_sip._tcp.example.com", "_sip._tcp.example.com"),
        ("ping", "2001:DB8::1", "2001:db8::1", "2001:db8::1"),
        ("ping", "ping://192.0.2.1/", "192.0.2.1", "192.0.2.1"),
        ("websocket", "Example.com/Live?a=1#x", "wss://example.com/Live?a=1", "example.com"),
        ("websocket", "WS://[::1]:80", "ws://[::1]:80", "::1"),
    ],
)
def test_a_target_has_one_normal_form(kind, given, clean, host) -> None:
    assert clean_target(kind, given) == clean
    assert clean_target(kind, clean) == clean
    assert host_of(kind, clean) == host


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("example.com", "http"),
        ("http://example.com", "http"),
        ("  TCP://db.example:5432", "tcp"),
        ("dns://example.com", "dns"),
        ("WSS://example.com/live", "websocket"),
        ("ws://example.com", "websocket"),
        ("tcp", "http"),
        ("gopher://example.com", "http"),
        ("", "http"),
    ],
)
def test_an_address_tells_its_kind(given, kind) -> None:
    assert kind_of(given) == kind


@pytest.mark.parametrize(
    ("kind", "target", "name"),
    [
        ("http", "https://example.com/secret-path?token=1", "example.com"),
        ("http", "http://[::1]:8000/", "[::1]:8000"),
        ("tcp", "db.example.com:5432", "db.example.com:5432"),
        ("tls", "example.com:443", "example.com"),
        ("ping", "192.0.2.1", "192.0.2.1"),
    ],
)
def test_a_name_tells_ports_apart_and_keeps_paths_to_itself(kind, target, name) -> None:
    assert name_of(kind, target) == name


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("http", ""),
        ("http", "   "),
        ("http", "https://"),
        ("http", "https:///path"),
        ("http", "ftp://example.com"),
        ("http", "file:///etc/passwd"),
        ("http", "gopher://example.com"),
        ("http", "javascript:alert(1)"),
        ("http", "mailto:a@example.com"),
        ("http", "https://user:password@example.com"),
        ("http", "https://user@example.com"),
        ("http", "https://exa mple.com"),
        ("http", "https://example.com/\r\nHost: x"),
        ("http", "https://example.com\\@evil.example"),
        ("http", "https://example.com:0"),
        ("http", "https://example.com:65536"),
        ("http", "https://example.com:http"),
        ("http", "https://[::1"),
        ("http", "https://[fe80::1%25eth0]/"),
        ("http", "https://[::g]/"),
        ("http", "https://-example.com"),
        ("http", "https://exa..mple.com"),
        ("http", f"https://{'a' * 64}.com"),
        ("http", f"https://example.com/{'a' * 2048}"),
        ("http", "https://127.1"),
        ("http", "https://2130706433"),
        ("http", "https://0x7f.0.0.1.0x7f"),
        ("http", "https://256.256.256.256"),
        ("http", "https://example.com?@"[:19] + "<x>"),
        ("tcp", "example.com"),
        ("tcp", "example.com:22/x"),
        ("tcp", "user@example.com:22"),
        ("tcp", ":22"),
        ("tls", "https://example.com"),
        ("dns", "example.com:53"),
        ("ping", "example.com/x"),
    ],
)
def test_an_odd_target_is_refused(kind, given) -> None:
    refused_path(clean_target, kind, given)


@given(
    st.sampled_from(["http", "tcp", "tls", "dns", "ping"]),
    st.text(max_size=60) | st.from_regex(r"[a-z0-9:/.@\[\]%?#-]{1,40}"),
)
def test_a_target_is_refused_or_stays_as_it_was_cleaned(kind, text) -> None:
    try:
        clean = clean_target(kind, text)
    except Invalid:
        return
    assert clean_target(kind, clean) == clean
    assert clean.isascii()
    assert not any(character.isspace() for character in clean)
    assert host_of(kind, clean)
    if kind == "http":
        parts = urlsplit(clean)
        assert parts.scheme in {"http", "https"}
        assert "@" not in parts.netloc
