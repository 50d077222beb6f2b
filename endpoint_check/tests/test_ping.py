"""The ping kind, on the addresses of this machine."""

import os
import socket
import time

import pytest
from icmplib import ICMPv4Socket
from icmplib.exceptions import SocketPermissionError

from common.contracts.options import Options
from common.security.addresses import AddressRule
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import Spec
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import ResultOutbox
from endpoint_check.tests.probing import CLOSED, OPEN, probe, probes
from endpoint_check.tests.test_whole_way import endpoint, run_checks


def permitted(*, privileged: bool) -> bool:
    try:
        ICMPv4Socket(privileged=privileged).close()
    except SocketPermissionError:
        return False
    return True


needs_leave = pytest.mark.skipif(
    not (permitted(privileged=False) or permitted(privileged=True)), reason="this machine does not allow pings"
)


@needs_leave
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_host_that_echoes_is_up(host: str):
    outcome = probe(host, kind="ping", options={"ip_version": "4"})
    assert outcome.status == "up", outcome.message
    assert outcome.resolved_ip == "127.0.0.1"
    assert outcome.phases is not None
    assert 0 < outcome.phases.first_byte_ms <= (outcome.total_ms or 0) < 5000


@needs_leave
def test_many_pings_at_once_keep_their_echoes_apart():
    found = probes([{"url": f"127.0.0.{number}", "kind": "ping"} for number in range(1, 101)])
    assert len(found) == 100
    assert {outcome.status for _, outcome in found} == {"up"}
    assert all(outcome.resolved_ip == f"127.0.0.{number + 1}" for number, outcome in found)


@needs_leave
def test_a_silent_host_is_told_within_the_timeout():
    before = time.monotonic()
    # TEST-NET-2 of RFC 5737: nobody has it.
    outcome = probe("198.51.100.7", kind="ping", timeout=0.6)
    assert time.monotonic() - before < 2
    assert outcome.status == "down"
    assert outcome.error_code == "no_reply"
    assert "198.51.100.7" in outcome.message


@needs_leave
def test_a_slow_echo_is_degraded():
    # No echo from here takes a whole millisecond.
    options = Options(degraded_ms=0.0001)  # type: ignore[arg-type]
    engine = Engine()
    try:
        engine.add(Spec(url="127.0.0.1", kind="ping", options=options), OPEN, None)
        ((_, outcome),) = engine.run(10)
    finally:
        engine.close()
    assert outcome.status == "degraded"
    assert outcome.error_code == "response_too_slow"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_private_addresses_need_leave(host: str):
    outcome = probe(host, kind="ping", rule=CLOSED)
    assert outcome.error_code == "blocked_address"
    assert "may not be checked" in outcome.message


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "224.0.0.1", "255.255.255.255", "0.0.0.0"])  # noqa: S104
def test_no_setting_opens_metadata_link_local_and_multicast_addresses(host: str):
    rule = AddressRule(allow_private=True, fleet_ports=frozenset({5432}))
    assert probe(host, kind="ping", rule=rule).error_code == "blocked_address"


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".test", "a..test"])
def test_a_name_that_nobody_knows_is_a_dns_failure(host: str):
    outcome = probe(host, kind="ping", timeout=20)
    assert outcome.error_code == "dns_failure"
    assert "resolved" in outcome.message


@needs_leave
def test_names_whose_resolver_hangs_hold_up_no_other(monkeypatch):
    resolve = socket.getaddrinfo

    def hanging(host, *arguments, **named):
        if host == "hanging.test" and socket.AI_NUMERICHOST not in arguments:
            time.sleep(3)
        return resolve(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    hung = [{"url": "hanging.test", "kind": "ping", "timeout": 2.5}] * 100
    found = probes([*hung, {"url": "localhost", "kind": "ping"}])
    assert len(found) == 101
    assert found[0][0] == 100
    assert found[0][1].status == "up"
    assert {outcome.error_code for _, outcome in found[1:]} == {"dns_failure"}


@pytest.mark.skipif(os.geteuid() != 0 or permitted(privileged=False), reason="only root can lay its rights down here")
def test_without_leave_of_the_machine_the_result_says_so():
    os.seteuid(65534)
    try:
        outcome = probe("127.0.0.1", kind="ping")
    finally:
        os.seteuid(0)
    assert outcome.error_code == "not_permitted"
    assert "net.ipv4.ping_group_range" in outcome.message


@needs_leave
@pytest.mark.django_db(transaction=True)
def test_a_ping_endpoint_goes_the_whole_way(settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    endpoints_apply([endpoint("127.0.0.1", kind="ping")])
    run_checks()
    assert '"status":"up"' in ResultOutbox.objects.get().payload
