"""What a probe reads of the certificates that a real server shows it."""

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from endpoint_check.engine.outcome import Outcome
from endpoint_check.feeds.feed_sync import feeds_sync
from endpoint_check.models import Monitor
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.tests.probing import probe
from endpoint_check.tests.sites import Link, Site, chain_into, days
from endpoint_check.tests.test_whole_way import Peers, endpoint, make_due, peers, run_checks

__all__ = ["peers"]

NO_END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def looked_at(served: Path, *, kind: str = "tls", **options: object) -> Outcome:
    """A probe of a site with this chain, without verification."""
    with Site(served) as site:
        address = f"localhost:{site.port}"
        url = f"https://{address}/" if kind == "http" else address
        return probe(url, kind=kind, options={"verify_tls": False} | options)


@pytest.mark.parametrize("kind", ["tls", "http"])
def test_the_first_to_end_of_the_whole_chain_is_watched_and_named(tmp_path, monkeypatch, kind):
    ends = days(3.5)
    served = chain_into(tmp_path, Link("Root", days(3000)), Link("Between X1", ends), Link("leaf", days(60)))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    outcome = looked_at(served, kind=kind, verify_tls=True)
    assert outcome.status == "up", outcome.message
    found = outcome.certificate
    assert found is not None
    assert (found.intermediate, found.name, found.subject, found.issuer) == (
        True, "Between X1", "CN = Between X1", "CN = Root",
    )  # fmt: skip
    assert found.expires_at == outcome.certificate_expires_at == ends.replace(microsecond=0)
    assert outcome.certificate_issuer == "CN = Root"
    pem = served.read_text().split("-----END CERTIFICATE-----")[1] + "-----END CERTIFICATE-----"
    assert found.fingerprint == hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).hexdigest()
    assert [(one.certificate.name, one.days) for one in outcome.certificates_due] == [("Between X1", 7)]


def test_of_a_served_root_too_and_of_nothing_that_is_no_part_of_the_chain(tmp_path):
    served = chain_into(tmp_path, Link("Root", days(5)), Link("Between", days(40)), Link("leaf", days(20)), root=True)
    other = chain_into(tmp_path, Link("Another", days(-100)))
    text = served.read_text()
    stray = other.read_text().split("-----BEGIN PRIVATE")[0]
    leaf, rest = text.split("-----END CERTIFICATE-----\n", 1)
    served.write_text(f"{leaf}-----END CERTIFICATE-----\n{stray}{rest}")
    outcome = looked_at(served)
    assert [one.certificate.name for one in outcome.certificates_due] == ["Root", "leaf"]


def test_what_has_ended_is_said_to_have_ended(tmp_path):
    outcome = looked_at(chain_into(tmp_path, Link("leaf", days(-10.5))))
    assert outcome.status == "up"
    (due,) = outcome.certificates_due
    assert due.days == 1


@pytest.mark.parametrize(
    ("ends", "begins", "told"),
    [
        (NO_END, None, None),
        (NO_END - timedelta(seconds=1), None, datetime(9998, 12, 31, tzinfo=UTC)),
        (datetime(9999, 1, 1, tzinfo=UTC), None, datetime(9998, 12, 31, tzinfo=UTC)),
        (datetime(1969, 7, 20, tzinfo=UTC), datetime(1950, 1, 1, tzinfo=UTC), datetime(1971, 1, 1, tzinfo=UTC)),
        (datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), None, datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (datetime(2050, 1, 1, tzinfo=UTC), None, datetime(2050, 1, 1, tzinfo=UTC)),
    ],
)
def test_every_end_can_be_stored(tmp_path, ends, begins, told):
    outcome = looked_at(chain_into(tmp_path, Link("leaf", ends, begins)))
    assert outcome.certificate is not None
    assert outcome.certificate_expires_at == told


@pytest.mark.parametrize("operator", ["at_least", "greater_than"])
@pytest.mark.parametrize("kind", ["tls", "http"])
def test_a_certificate_without_a_defined_end_has_days_enough_left(tmp_path, kind, operator):
    served = chain_into(tmp_path, Link("leaf", NO_END))
    condition = {"kind": "certificate_days", "operator": operator, "value": 3650}
    with Site(served) as site:
        address = f"localhost:{site.port}"
        url = f"https://{address}/" if kind == "http" else address
        outcome = probe(url, kind=kind, options={"verify_tls": False}, assertions=[condition])
    assert outcome.status == "up", outcome.message


def test_a_name_that_does_not_fit_brings_no_line_and_no_escape_into_the_sentence(tmp_path, monkeypatch):
    served = chain_into(tmp_path, Link("a\nb\x1b[31m\u202e한", days(60)), host="elsewhere")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
    outcome = looked_at(served, kind="http", verify_tls=True)
    assert outcome.error_code == "certificate_invalid"
    assert outcome.message.startswith("The certificate is not accepted: ")
    assert all(letter.isprintable() for letter in outcome.message), outcome.message


def test_names_are_read_in_utf_8_and_fit_for_a_page(tmp_path):
    outcome = looked_at(chain_into(tmp_path, Link('한국 "인증", \\E ü\x1b[31m\u202e😀', days(60))))
    assert outcome.certificate is not None
    assert outcome.certificate.name == '한국 "인증", \\E ü�[31m�😀'
    assert outcome.certificate_issuer == outcome.certificate.subject
    assert "한국" in outcome.certificate.subject


def test_an_endpoints_own_thresholds_are_asked(tmp_path):
    served = chain_into(tmp_path, Link("leaf", days(50)))
    assert looked_at(served).certificates_due == ()
    assert [one.days for one in looked_at(served, certificate_warnings=[60, 51, 3]).certificates_due] == [51]


def flapping_apply(peers: Peers, *urls: str, checks: int) -> list[str]:
    """The causes of all alerts when an endpoint's address is edited from one to the next, with so many checks of each."""
    for version, url in enumerate(urls, 1):
        peers.endpoints.append(endpoint(url, kind="tls", version=version, options={"verify_tls": False}))
        feeds_sync()
        for _ in range(checks):
            make_due()
            run_checks()
    outboxes_deliver()
    assert {alert["event"] for alert in peers.alerts} <= {"certificate"}
    return [alert["cause"] for alert in peers.alerts]


@pytest.mark.django_db(transaction=True)
def test_nodes_with_different_certificates_are_warned_of_once_each(peers: Peers, tmp_path):
    nodes = [chain_into(tmp_path, Link(f"node {number}", days(number + 0.5))) for number in (3, 5, 8)]
    with Site(*nodes) as site:
        causes = flapping_apply(peers, f"localhost:{site.port}", checks=9)
    assert [cause.partition(", on")[0] for cause in causes] == [
        "The certificate expires in 3 days", "The certificate expires in 5 days", "The certificate expires in 8 days",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_an_address_that_an_edit_removed_nothing_is_told(peers: Peers, tmp_path):
    with Site(chain_into(tmp_path, Link("old", days(40)))) as old, Site() as after:
        flapping_apply(peers, f"localhost:{old.port}", checks=1)
        assert Monitor.objects.get().certificate_expires_at is not None
        peers.endpoints.append(endpoint(f"127.0.0.1:{after.port}", kind="tcp", version=2))
        feeds_sync()
        assert Monitor.objects.get().certificate_expires_at is None
        Monitor.objects.update(certificate_expires_at=days(5))
        run_checks()
    outboxes_deliver()
    assert len(peers.results) == 2
    assert peers.alerts == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ends", [NO_END, datetime(9999, 6, 1, tzinfo=UTC), datetime(1960, 1, 1, tzinfo=UTC)])
def test_a_result_with_any_end_is_one_that_every_service_takes(peers: Peers, tmp_path, ends: datetime):
    with Site(chain_into(tmp_path, Link("leaf", ends, datetime(1955, 1, 1, tzinfo=UTC)))) as site:
        flapping_apply(peers, f"localhost:{site.port}", checks=2)
    assert [result["status"] for result in peers.results] == ["up", "up"]
    for result in peers.results:
        text = result["certificate_expires_at"]
        assert text is None or 1970 < datetime.fromisoformat(text).year < 9999


@pytest.mark.django_db(transaction=True)
def test_an_expired_certificate_that_nobody_verifies_is_told_as_such(peers: Peers, tmp_path):
    with Site(chain_into(tmp_path, Link("old", days(-10.5)))) as site:
        (cause,) = flapping_apply(peers, f"localhost:{site.port}", checks=3)
    assert cause.startswith("The certificate expired 10 days ago, on ")
    assert peers.alerts[0]["error_code"] == "certificate_expired"
