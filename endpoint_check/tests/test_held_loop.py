"""What hostile peers answer to the probes of the asyncio loop keeps no other probe waiting."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import pytest
from icmplib import ICMPRequest
from icmplib.exceptions import TimeoutExceeded

from common.security.addresses import AddressRule
from endpoint_check.engine.host_addresses import LOOKED_AT, MOST, HostAddresses
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.probes.base import Answered, AsyncProbe, Server, Tools
from endpoint_check.engine.probes.ping import _answer
from endpoint_check.engine.probes.registry import PROBES
from endpoint_check.engine.spec import Spec, spec_of
from endpoint_check.engine.tls_handshake import TlsContexts
from endpoint_check.tests.probing import OPEN
from endpoint_check.tests.raw_site import RawSite
from endpoint_check.tests.sites import certificate_into

HELD = 0.02
"""Seconds."""


async def held(probe: Coroutine[object, object, object]) -> tuple[float, object]:
    """The longest that the loop computed without a look at anything else, and what was found.

    In time of its thread's processor: other threads, and other people on the machine, are none of its doing.
    """
    longest, last = 0.0, time.thread_time()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            longest, last = max(longest, now - last), now

    ticking = asyncio.create_task(tick())
    found = await probe
    ticking.cancel()
    await asyncio.sleep(0.01)
    return longest, found


def least_held(spec: Spec, kind: str, servers: list[Server]) -> tuple[float, list[object]]:
    """Of some tries, since the machine may be busy."""

    async def once() -> tuple[float, object]:
        addresses = HostAddresses()
        probe = PROBES[kind]
        assert isinstance(probe, AsyncProbe)
        try:
            return await held(probe.make(Tools(addresses, TlsContexts(), "pongpong", servers))(spec, OPEN))  # type: ignore[arg-type]
        finally:
            addresses.close()

    tries = [asyncio.run(once()) for _ in range(4)]
    return min(longest for longest, _ in tries), [found for _, found in tries]


def records(certificate: Path, count: int) -> Callable[[socket.socket], None]:
    """A TLS server whose every byte comes in a record of its own, and all of them at once."""

    def play(connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        coming, going = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(coming, going, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(going.read())
                coming.write(connection.recv(65536))
        for letter in b"HTTP/1.1 101 Said\r\nX: " + b"y" * count:
            tls.write(bytes([letter]))
        connection.sendall(going.read())
        while connection.recv(4096):
            pass

    return play


def test_a_record_a_byte(tmp_path, monkeypatch):
    certificate = certificate_into(tmp_path, days=50)
    with RawSite(records(certificate, 60_000), reads=False) as site:
        spec = spec_of(
            f'{{"kind": "websocket", "url": "wss://127.0.0.1:{site.port}/", "timeout": 1, "options": {{"verify_tls": false}}}}'
        )
        longest, found = least_held(spec, "websocket", [])
    assert all(isinstance(one, Answered) and one.outcome.error_code == "read_timeout" for one in found)
    assert longest < HELD


@contextlib.contextmanager
def resolver(answer: bytes) -> Iterator[Server]:
    """One that says by UDP that its answer is too long, and by TCP all of it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as stream,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        datagrams.bind(stream.getsockname())

        def cut() -> None:
            while query := datagrams.recvfrom(4096):
                packet, client = query
                if not packet:
                    return
                short = dns.message.make_response(dns.message.from_wire(packet))
                short.flags |= dns.flags.TC
                datagrams.sendto(short.to_wire(), client)

        def whole() -> None:
            while True:
                try:
                    connection, _ = stream.accept()
                except OSError:
                    return
                with connection:
                    asked = connection.recv(4096)[2:]
                    connection.sendall(struct.pack("!H", len(answer)) + asked[:2] + answer[2:])

        threads = [threading.Thread(target=one, daemon=True) for one in (cut, whole)]
        for thread in threads:
            thread.start()
        yield stream.getsockname()
        stream.shutdown(socket.SHUT_RDWR)
        datagrams.sendto(b"", datagrams.getsockname())
        for thread in threads:
            thread.join(5)


def test_thousands_of_records_and_as_many_comparisons():
    answer = dns.message.make_response(dns.message.make_query("example.com.", "A"))
    answer.flags |= dns.flags.RA
    texts = [str(ipaddress.IPv4Address(0x0A000000 + number)) for number in range(4000)]
    answer.answer.append(dns.rrset.from_text("example.com.", 60, "IN", "A", *texts))
    expected = ", ".join(f'"{text}"' for text in [*texts[:19], "192.0.2.1"])
    spec = spec_of(f'{{"kind": "dns", "url": "example.com", "options": {{"expected": [{expected}]}}}}')
    with resolver(answer.to_wire(max_size=65535)) as server:
        longest, found = least_held(spec, "dns", [server])
    assert all(isinstance(one, Outcome) and one.error_code == "assertion_failed" for one in found), found
    assert longest < HELD


def test_a_name_with_thousands_of_addresses(monkeypatch):
    asked: list[str] = []

    class Rule(AddressRule):
        def allows(self, address: str, port: int) -> bool:
            asked.append(address)
            return super().allows(address, port)

    many = [(2, 2, 17, "", (str(ipaddress.IPv4Address(0x0A000000 + number)), 0)) for number in range(5000)]

    def answers(*query: object) -> list[object]:
        if socket.AI_NUMERICHOST in query:
            raise socket.gaierror
        return list(many)

    monkeypatch.setattr(socket, "getaddrinfo", answers)

    async def find() -> list[str] | Outcome:
        addresses = HostAddresses()
        rule = Rule(allow_private=True, fleet_ports=frozenset())
        return await addresses.find("example.com", version="auto", port=80, rule=rule, seconds=5)

    found = asyncio.run(find())
    assert isinstance(found, list)
    assert (len(found), len(asked)) == (MOST, LOOKED_AT)


def test_a_server_cannot_choose_numbers_to_compute_with():
    for verify in (True, False):
        context = TlsContexts().of(verify=verify)
        assert not [cipher["name"] for cipher in context.get_ciphers() if cipher["kea"] == "kx-dhe"]
        assert context.options & ssl.OP_NO_RENEGOTIATION


def test_echoes_of_nothing_that_never_cease():
    class Flood:
        async def receive(self, timeout: float) -> ICMPRequest:  # noqa: ASYNC109  the library's own
            if not timeout:
                raise TimeoutExceeded(0)
            return ICMPRequest(destination="127.0.0.1", id=1, sequence=99)

    async def ask() -> None:
        with pytest.raises(TimeoutExceeded):
            await _answer(Flood(), ICMPRequest(destination="127.0.0.1", id=1, sequence=0), 0.3)

    longest, _ = asyncio.run(held(ask()))
    assert 0 < longest < HELD
