"""Where private addresses are open, the fleet's own parts are closed all the same: this pod's ports and what it is told of."""

import ipaddress
import socket
import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from common.fleet import fleet
from common.security import fleet_parts
from common.security.addresses import AddressRule, is_own

Answers = dict[str, list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answers], None]:
    """What the resolver of a cluster answers."""

    def known(answers: Answers) -> None:
        def look_up(host: str, port: int, **_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
            if host not in answers:
                raise socket.gaierror
            return [(2, 1, 6, "", (address, port)) for address in answers[host]]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return known


@pytest.fixture(autouse=True)
def no_rule_of_before():
    fleet_parts.rule.cache_clear()
    yield
    fleet_parts.rule.cache_clear()


@pytest.fixture
def my_address() -> str:
    """One of this machine's own that is not loopback, such as a pod has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has loopback alone")
        return str(probe.getsockname()[0])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What a process is told of where its peers, its broker and its database are."""

    def tell(peers: dict[str, str], broker: str, database: dict[str, object]) -> None:
        databases = {"default": database} if database else {}
        known = SimpleNamespace(SERVICE_URLS=peers, BROKER_URL=broker, DATABASES=databases, METRICS_PORT=0)
        monkeypatch.setattr(fleet_parts, "settings", known)

    return tell


def forms(address: str) -> list[str]:
    return [address, f"::ffff:{address}"]


def test_no_port_of_ones_own_pod_is_reached_by_any_of_its_addresses(settings, my_address: str):
    settings.METRICS_PORT = 9105
    rule = fleet_parts.rule(allow_private=True, fleet_ports=frozenset())
    ports = {service.port for service in fleet().services.values()} | {9105}
    for address in [*forms("127.0.0.1"), *forms("127.8.9.1"), "::1", "64:ff9b::7f00:1", *forms(my_address)]:
        assert {port for port in ports if rule.allows(address, port)} == set(), address
        assert rule.allows(address, 9999), "a site of one's own stays open"


def test_the_port_that_a_process_was_given_is_closed_too(settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BIND", "[::]:18007")
    assert not fleet_parts.rule(allow_private=True, fleet_ports=frozenset()).allows("127.0.0.1", 18007)


def test_another_machine_of_the_network_may_have_the_same_ports(names: Callable[[Answers], None]):
    names({})
    rule = fleet_parts.rule(allow_private=True, fleet_ports=frozenset({9100}))
    assert rule.allows("10.20.30.40", 8080)
    assert not rule.allows("10.20.30.40", 9100), "named ones are closed everywhere"


def test_what_a_process_is_told_of_is_closed_where_it_is(told: Callable[..., None], names: Callable[[Answers], None]):
    peers = {"report_service": "http://report-service", "endpoint_service": "http://es.example:8002"}
    told(peers, "redis://:secret@valkey:6379/0", {"HOST": "postgres", "PORT": 5433})
    names({"report-service": ["10.96.0.4", "fd12::4"], "valkey": ["10.96.0.6"], "postgres": ["10.96.0.5"]})
    rule = fleet_parts.rule(allow_private=True, fleet_ports=frozenset())
    for address, port in (("10.96.0.4", 80), ("fd12::4", 80), ("10.96.0.6", 6379), ("10.96.0.5", 5433)):
        assert not rule.allows(address, port)
        assert rule.allows(address, port + 1)
    assert not rule.allows("::ffff:10.96.0.4", 80)
    assert rule.allows("10.96.0.7", 80)


def test_a_part_that_moves_is_found_again_without_anybody_waiting(
    told: Callable[..., None], names: Callable[[Answers], None], monkeypatch: pytest.MonkeyPatch
):
    told({}, "redis://valkey", {})
    names({"valkey": ["10.96.0.6"]})
    found = fleet_parts._Parts(fleet_parts.named())
    found.look_up()
    assert found.addresses() == {("10.96.0.6", 6379)}
    names({"valkey": ["10.96.0.9"]})
    assert found.addresses() == {("10.96.0.6", 6379)}, "not asked again each time"
    started: list[Callable[[], None]] = []
    monkeypatch.setattr(threading.Thread, "start", lambda thread: started.append(thread._target))
    found._asked -= 120
    assert found.addresses() == {("10.96.0.6", 6379)}
    (look_up,) = started
    look_up()
    assert found.addresses() == {("10.96.0.9", 6379)}
    names({})
    look_up()
    assert found.addresses() == {("10.96.0.9", 6379)}, "the last ones stay while the resolver is away"


def test_without_leave_nobody_is_asked_for_anything(names: Callable[[Answers], None], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fleet_parts._Parts, "look_up", lambda _: pytest.fail("asked"))
    assert not fleet_parts.rule(allow_private=False, fleet_ports=frozenset()).allows("10.0.0.1", 80)


def test_a_client_of_the_command_line_knows_no_fleet():
    assert AddressRule(allow_private=True, fleet_ports=frozenset()).allows("127.0.0.1", 8001)


def test_addresses_of_others_are_not_ones_own():
    for text in ("1.1.1.1", "192.0.2.7", "10.255.254.253", "2001:db8::1"):
        assert not is_own(ipaddress.ip_address(text))
