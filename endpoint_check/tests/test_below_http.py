"""The tcp and tls kinds, and certificates, against real peers on this machine."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from endpoint_check.engine.outcome import Outcome
from endpoint_check.tests.probing import CLOSED, probe
from endpoint_check.tests.sites import Site, certificate_into


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def secured(folder, monkeypatch, *, days: float, kind: str = "tls", trusted: bool = True, **spec) -> Outcome:
    """A probe of a site whose certificate ends in `days`."""
    name = spec.pop("name", "localhost")
    certificate = certificate_into(folder, days=days, name=name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Site(certificate) as site:
        address = f"localhost:{site.port}"
        return probe(f"https://{address}/" if kind == "http" else address, kind=kind, **spec)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_port_that_listens_is_up_though_it_says_nothing(host: str):
    with Site() as site:
        outcome = probe(f"{host}:{site.port}", kind="tcp", options={"ip_version": "4"})
    assert outcome.status == "up", outcome.message
    assert outcome.resolved_ip == "127.0.0.1"
    assert outcome.http_status is None
    assert outcome.phases is not None
    assert outcome.phases.connect_ms > 0


def test_a_port_that_nobody_listens_on_refuses():
    outcome = probe(f"127.0.0.1:{closed_port()}", kind="tcp")
    assert outcome.status == "down"
    assert outcome.error_code == "connection_refused"
    assert "127.0.0.1" in outcome.message


@pytest.mark.parametrize("kind", ["tcp", "tls"])
def test_private_addresses_need_leave(kind: str):
    with Site() as site:
        assert probe(f"127.0.0.1:{site.port}", kind=kind, rule=CLOSED).error_code == "blocked_address"


def test_a_name_that_nobody_knows_is_a_dns_failure():
    assert probe("nowhere.invalid:80", kind="tcp", timeout=20).error_code == "dns_failure"


@pytest.mark.parametrize("kind", ["tls", "http"])
def test_a_valid_certificate_is_up_with_its_end_and_its_issuer(tmp_path, monkeypatch, kind: str):
    outcome = secured(tmp_path, monkeypatch, days=40, kind=kind)
    assert outcome.status == "up", outcome.message
    assert outcome.certificate_expires_at is not None
    left = outcome.certificate_expires_at - datetime.now(UTC)
    assert timedelta(days=40) - timedelta(minutes=1) < left <= timedelta(days=40)
    assert "Test authority" in (outcome.certificate_issuer or "")
    assert outcome.phases is not None
    assert outcome.phases.tls_ms > 0
    assert outcome.http_status == (200 if kind == "http" else None)


@pytest.mark.parametrize("kind", ["tls", "http"])
def test_an_expired_certificate_is_called_so(tmp_path, monkeypatch, kind: str):
    outcome = secured(tmp_path, monkeypatch, days=-1, kind=kind)
    assert outcome.status == "down"
    assert outcome.error_code == "certificate_expired"


def test_a_certificate_of_an_unknown_authority_is_not_accepted(tmp_path, monkeypatch):
    assert secured(tmp_path, monkeypatch, days=40, trusted=False).error_code == "certificate_invalid"


def test_a_certificate_of_another_name_is_not_accepted(tmp_path, monkeypatch):
    outcome = secured(tmp_path, monkeypatch, days=40, name="elsewhere.test")
    assert outcome.error_code == "certificate_invalid"


@pytest.mark.parametrize("days", [40, -1])
def test_without_verification_any_certificate_will_do_and_is_still_read(tmp_path, monkeypatch, days: int):
    outcome = secured(tmp_path, monkeypatch, days=days, trusted=False, options={"verify_tls": False})
    assert outcome.status == "up", outcome.message
    assert outcome.certificate_expires_at is not None


@pytest.mark.parametrize(("least", "status"), [(39, "up"), (41, "degraded")])
def test_the_days_that_a_certificate_has_left_can_be_asserted(tmp_path, monkeypatch, least: int, status: str):
    assertions = [{"kind": "certificate_days", "operator": "at_least", "value": least}]
    outcome = secured(tmp_path, monkeypatch, days=40, assertions=assertions)
    assert outcome.status == status
    if status == "degraded":
        assert outcome.error_code == "assertion_failed"
        assert outcome.message == "The certificate is valid for 40.0 more days; expected at least 41."


def test_what_speaks_no_tls_fails_the_handshake(httpserver):
    outcome = probe(f"{httpserver.host}:{httpserver.port}", kind="tls")
    assert outcome.error_code == "tls_error"


def test_a_handshake_that_never_ends_is_a_timeout():
    with Site() as site:
        outcome = probe(f"127.0.0.1:{site.port}", kind="tls", timeout=0.3)
    assert outcome.status == "down"
    assert outcome.error_code == "read_timeout"
