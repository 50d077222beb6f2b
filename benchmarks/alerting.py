"""A fleet whose mails and Slack messages arrive here, and whose endpoints lie on a site that goes down when told to.

All clocks are this process's: the site's, when it has answered, and the receivers', when they have accepted.
"""

import asyncio
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from aiosmtpd.controller import Controller

from benchmarks.frame import progress
from benchmarks.load import UNBOUNDED
from deploy.local.running import RunningFleet, running_fleet

INTERVAL = 5
"""Seconds between two checks of an endpoint; a single failing probe confirms."""
_KEY = re.compile(rb"delivery-(\d+)")
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_TOLD = """
    SELECT DISTINCT ON (alert.endpoint_id, delivery.channel_id) alert.url, delivery.id
    FROM notification_service_alert AS alert
    JOIN notification_service_deliveryalert AS link ON link.alert_id = alert.id
    JOIN notification_service_delivery AS delivery ON delivery.id = link.delivery_id
    WHERE alert.event = 'down'
    ORDER BY alert.endpoint_id, delivery.channel_id, delivery.id DESC
"""
"""The last message of each endpoint and channel."""


@dataclass
class Outside:
    """The watched site and the receivers. Times are those of `time.time()`."""

    url: str = ""
    down: set[int] = field(default_factory=set)
    """The endpoints that answer 503."""
    failed_at: dict[int, float] = field(default_factory=dict)
    """By endpoint: when the answer of the first failing probe was out."""
    accepted_at: dict[int, float] = field(default_factory=dict)
    """By delivery: when its receiver had taken it."""

    def recover(self) -> None:
        """All endpoints answer again."""
        self.down.clear()
        self.failed_at.clear()

    def taken(self, message: bytes) -> None:
        """A receiver has accepted a message."""
        now = time.time()
        self.accepted_at.update({int(key): now for key in _KEY.findall(message)})


class _Mailbox:
    def __init__(self, outside: Outside) -> None:
        self.outside = outside

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802
        """Take the mail."""
        self.outside.taken(envelope.content)
        return "250 OK"


class _Web(asyncio.Protocol):
    """`GET /7` is endpoint 7; a POST is a message to Slack."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.received = b""

    def connection_made(self, transport: Any) -> None:
        """Keep where to answer."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer once the request is whole."""
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        if head.startswith(b"POST"):
            self._answer(b"200 OK", b'{"ok": true, "ts": "1.1"}')
            self.outside.taken(body)
        else:
            self._answer_probe(int(head.split(b" ", 2)[1][1:]))

    def _answer_probe(self, number: int) -> None:
        if number in self.outside.down:
            self._answer(b"503 Service Unavailable", b"{}")
            self.outside.failed_at.setdefault(number, time.time())
        else:
            self._answer(b"200 OK", b"{}")

    def _answer(self, status: bytes, body: bytes) -> None:
        headers = b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d" % len(body)
        self.transport.write(b"HTTP/1.1 %b\r\n%b\r\n\r\n%b" % (status, headers, body))
        self.transport.close()


@contextmanager
def outside() -> Iterator[tuple[Outside, dict[str, str]]]:
    """Site, SMTP server and Slack on loopback, and the settings by which a fleet finds them."""
    world = Outside()
    mail = Controller(_Mailbox(world), hostname="127.0.0.1", port=_free_port())
    mail.start()
    listening = mail.loop.create_server(lambda: _Web(world), "127.0.0.1", 0, backlog=4096)
    web = asyncio.run_coroutine_threadsafe(listening, mail.loop).result(timeout=10)
    world.url = f"http://127.0.0.1:{web.sockets[0].getsockname()[1]}"
    try:
        yield (
            world,
            {
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(mail.port),
                "SMTP_TLS": "none",
                "SLACK_API_URL": f"{world.url}/api/",
                "SIGN_UPS_PER_ADDRESS": "100000",
                **UNBOUNDED,
            },
        )
    finally:
        mail.loop.call_soon_threadsafe(web.close)
        mail.stop()


def _free_port() -> int:
    """aiosmtpd connects to itself by the number it was given, so 0 is none for it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def alerted_fleet(*, users: int, endpoints: int) -> Iterator[tuple[RunningFleet, Outside]]:
    """A fleet with `users` who have `endpoints` each, an e-mail and a Slack channel; all checked once."""
    with outside() as (world, settings):
        progress("starting a fleet")
        with running_fleet(settings) as fleet:
            progress(f"{users} users with {endpoints} endpoints each")
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda user: _settle(fleet, world, user, endpoints), range(users)))
            with fleet.connect("endpoint_check") as connection, connection.cursor() as cursor:
                wait_until(lambda: _up(cursor) == users * endpoints, "the first checks")
            yield fleet, world


def _settle(fleet: RunningFleet, world: Outside, user: int, endpoints: int) -> None:
    """One user with everything; the numbers of their endpoints are those from `user * endpoints` on."""
    key = fleet.sign_up(f"bench{user}-{secrets.token_hex(4)}@example.com")["key"]
    numbers = range(user * endpoints, (user + 1) * endpoints)
    spec = {"interval": INTERVAL, "timeout": INTERVAL, "failure_threshold": 1, "recovery_threshold": 1}
    specs = [{"key": str(number), "url": f"{world.url}/{number}", **spec} for number in numbers]
    channel = {"name": "ops", "kind": "slack", "settings": {"channel": "#ops", "token": "xoxb-1"}}
    for service, path, body in (
        ("endpoint_service", "/endpoints/import", {"endpoints": specs}),
        ("notification_service", "/notifications", channel),
    ):
        answer = requests.post(f"{fleet.public_url(service)}{path}", json=body, headers={"apikey": key}, timeout=60)
        answer.raise_for_status()


def _up(cursor: Any) -> int:
    cursor.execute("SELECT count(*) FROM endpoint_check_monitor WHERE condition = 'up'")
    count: int = cursor.fetchone()[0]
    return count


def wait_until(done: Callable[[], bool], what: str, *, seconds: float = 90) -> None:
    """Look twice a second until `done`; raises `RuntimeError` after `seconds`."""
    ends = time.monotonic() + seconds
    while not done():
        if time.monotonic() > ends:
            raise RuntimeError(f"{what}: not within {seconds:g} s")
        time.sleep(0.5)


def seconds_until_told(fleet: RunningFleet, world: Outside) -> list[float]:
    """From the end of the failing probe to the receiver's acceptance: for each endpoint that failed and each channel.

    Only of what has arrived by now.
    """
    with fleet.connect("notification_service") as connection, connection.cursor() as cursor:
        cursor.execute(_TOLD)
        return [
            world.accepted_at[delivery_id] - world.failed_at[number]
            for url, delivery_id in cursor.fetchall()
            if (number := int(url.rpartition("/")[2])) in world.failed_at and delivery_id in world.accepted_at
        ]
