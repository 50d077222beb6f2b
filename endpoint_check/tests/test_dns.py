"""The dns kind against a real name server on this machine."""

import time
from typing import Any

import dns.rcode
import pytest
from django.core.exceptions import ImproperlyConfigured

from endpoint_check.engine.configuration import servers_of
from endpoint_check.engine.outcome import Outcome
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import ResultOutbox
from endpoint_check.tests.name_server import NameServer
from endpoint_check.tests.probing import CLOSED, probe, probes
from endpoint_check.tests.test_whole_way import endpoint, run_checks

RECORDS = {
    ("example.test", "A"): ["192.0.2.1", "192.0.2.2"],
    ("example.test", "AAAA"): ["2001:db8::1"],
    ("example.test", "MX"): ["10 Mail.example.test."],
    ("example.test", "NS"): ["ns1.example.test.", "ns2.example.test."],
    ("example.test", "SOA"): ["ns1.example.test. host.example.test. 7 3600 600 86400 60"],
    ("example.test", "TXT"): ['"v=spf1 " "-all"', '"Key=Abc"'],
    ("example.test", "CAA"): ['0 issue "letsencrypt.org"'],
    ("odd.example.test", "TXT"): [
        '"say \\"hi\\" and \\\\ more"',
        '"\\237\\149\\156\\234\\181\\173 \\195\\169"',
        '"\\"whole\\""',
        '"\\233"',
        '""',
        '"a;b"',
        '"  two  "',
        '"' + "x" * 200 + '" "' + "y" * 200 + '"',
    ],
    ("odd.example.test", "CAA"): ['0 iodef "mailto:a\\"b@example.test"'],
    ("www.example.test", "CNAME"): ["example.test."],
    ("_sip._tcp.example.test", "SRV"): ["1 2 5060 sip.example.test."],
    ("1.2.0.192.in-addr.arpa", "PTR"): ["example.test."],
    ("many.example.test", "A"): [f"192.0.2.{number}" for number in range(1, 9)],
}


@pytest.fixture
def server():
    with NameServer() as running:
        running.records = RECORDS
        running.codes = {"broken.test": dns.rcode.SERVFAIL, "closed.test": dns.rcode.REFUSED}
        running.silent = {"silent.test"}
        yield running


def ask(server: NameServer, name: str, record_type: str = "A", *expected: str, **spec: Any) -> Outcome:
    options = {"record_type": record_type} | ({"expected": list(expected)} if expected else {})
    return probe(name, dns_servers=[server.address], kind="dns", options=options, rule=CLOSED, **spec)


@pytest.mark.parametrize(
    ("name", "record_type", "expected"),
    [
        ("example.test", "A", []),
        ("example.test", "A", ["192.0.2.2"]),
        ("example.test", "A", ["192.0.2.2", "192.0.2.1"]),
        ("example.test.", "AAAA", ["2001:0DB8:0::1"]),
        ("example.test", "MX", ["10 mail.example.test"]),
        ("example.test", "NS", ["NS2.example.test."]),
        ("example.test", "SOA", ["ns1.example.test. host.example.test. 7 3600 600 86400 60"]),
        ("example.test", "TXT", ["v=spf1 -all"]),
        ("example.test", "TXT", ['"Key=Abc"']),
        ("example.test", "CAA", ['0 issue "letsencrypt.org"']),
        ("example.test", "CAA", ["0 issue letsencrypt.org"]),
        ("example.test", "TXT", ['"v=spf1 " "-all"']),
        ("odd.example.test", "TXT", ['say "hi" and \\ more']),
        ("odd.example.test", "TXT", ['"say \\"hi\\" and \\\\ more"']),
        ("odd.example.test", "TXT", ["한국 é"]),
        ("odd.example.test", "TXT", ['"한국 é"']),
        ("odd.example.test", "TXT", ['"\\237\\149\\156\\234\\181\\173 \\195\\169"']),
        ("odd.example.test", "TXT", ['"whole"']),
        ("odd.example.test", "TXT", ["é"]),
        ("odd.example.test", "TXT", ["a;b"]),
        ("odd.example.test", "TXT", ["x" * 200 + "y" * 200]),
        ("odd.example.test", "CAA", ['0 iodef mailto:a"b@example.test']),
        ("odd.example.test", "CAA", ['0 iodef "mailto:a\\"b@example.test"']),
        ("www.example.test", "CNAME", ["example.test"]),
        ("_sip._tcp.example.test", "SRV", ["1 2 5060 sip.example.test"]),
        ("1.2.0.192.in-addr.arpa", "PTR", ["example.test"]),
        ("192.0.2.1", "PTR", ["example.test"]),
    ],
)
def test_a_name_that_has_its_records_is_up(server, name: str, record_type: str, expected: list[str]):
    outcome = ask(server, name, record_type, *expected)
    assert outcome.status == "up", outcome.message
    assert outcome.total_ms is not None
    assert outcome.phases is not None
    assert outcome.phases.name_lookup_ms == outcome.total_ms > 0
    assert outcome.resolved_ip is None


def test_a_record_that_is_not_there_is_told_with_those_that_are(server):
    outcome = ask(server, "example.test", "A", "192.0.2.1", "192.0.2.9")
    assert outcome.error_code == "assertion_failed"
    assert outcome.message == ("The A records of example.test are 192.0.2.1, 192.0.2.2; expected 192.0.2.9 among them")
    assert ask(server, "example.test", "TXT", "key=abc").error_code == "assertion_failed"
    assert "192.0.2.5 and 3 more;" in ask(server, "many.example.test", "A", "192.0.2.9").message


@pytest.mark.parametrize("wanted", ["say hi and more", "한국", "whole", 'say "hi', '"', '"\\999"', "V=SPF1 -ALL"])
def test_a_text_that_is_not_there_is_not_found_in_another_writing(server, wanted: str):
    outcome = ask(server, "odd.example.test", "TXT", wanted)
    assert outcome.error_code == "assertion_failed"
    assert '"whole", a;b, say "hi" and \\ more and 3 more;' in outcome.message


@pytest.mark.parametrize(
    ("name", "record_type", "code", "words"),
    [
        ("nowhere.test", "A", "dns_failure", "The name nowhere.test does not exist"),
        ("www.example.test", "MX", "dns_failure", "www.example.test has no MX records"),
        ("broken.test", "A", "dns_failure", "No resolver could answer for broken.test: SERVFAIL"),
        ("closed.test", "A", "dns_failure", "No resolver could answer for closed.test: REFUSED"),
        ("a" * 64 + ".test", "A", "invalid_spec", "is no name that can be asked for"),
        ("a." * 130, "A", "invalid_spec", "is no name that can be asked for"),
        ("a..test", "A", "invalid_spec", "is no name that can be asked for"),
    ],
)
def test_what_goes_wrong_is_said(server, name: str, record_type: str, code: str, words: str):
    outcome = ask(server, name, record_type)
    assert outcome.status == ("unknown" if code == "invalid_spec" else "down")
    assert outcome.error_code == code
    assert words in outcome.message
    assert "127.0.0.1" not in outcome.message


def test_a_silent_resolver_takes_no_longer_than_the_timeout(server):
    before = time.monotonic()
    outcome = ask(server, "silent.test", timeout=0.5)
    assert time.monotonic() - before < 2
    assert outcome.error_code == "read_timeout"
    assert outcome.message == "No resolver answered for silent.test within 0.5 s"


def test_a_slow_answer_is_degraded(server):
    assertions = [{"kind": "response_time", "operator": "less_than", "value": 0}]
    outcome = ask(server, "example.test", assertions=assertions)
    assert outcome.status == "degraded"
    assert outcome.error_code == "response_too_slow"


def test_three_hundred_silent_names_hold_up_no_other_probe(server, httpserver):
    httpserver.expect_request("/site").respond_with_data("hello")
    silent = {"url": "silent.test", "kind": "dns", "timeout": 2}
    others = [{"url": "example.test", "kind": "dns"}, {"url": httpserver.url_for("/site")}]
    found = probes([silent] * 300 + others, dns_servers=[server.address])
    assert len(found) == 302
    assert {number for number, _ in found[:2]} == {300, 301}
    assert [outcome.status for _, outcome in found[:2]] == ["up", "up"]
    assert {outcome.error_code for _, outcome in found[2:]} == {"read_timeout"}


@pytest.mark.django_db(transaction=True)
def test_a_dns_endpoint_goes_the_whole_way(server, settings):
    settings.DNS_SERVERS = [server.address]
    options = {"record_type": "MX", "expected": ["10 mail.example.test"]}
    endpoints_apply([endpoint("example.test", kind="dns", options=options)])
    run_checks()
    assert '"status":"up"' in ResultOutbox.objects.get().payload


def test_resolvers_are_addresses_with_or_without_a_port():
    assert servers_of(["192.0.2.1", "192.0.2.2:5353", "2001:db8::1", "[2001:db8::2]", "[2001:db8::3]:5353"]) == (
        ("192.0.2.1", 53), ("192.0.2.2", 5353), ("2001:db8::1", 53), ("2001:db8::2", 53), ("2001:db8::3", 5353),
    )  # fmt: skip
    for wrong in ("resolver.test", "192.0.2.1:0", "192.0.2.1:x", "[2001:db8::1]:99999"):
        with pytest.raises(ImproperlyConfigured):
            servers_of([wrong])
