"""The world around the fleet: a site to watch, users with their keys, mails that arrived, and patience."""

import email
import email.policy
import itertools
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import requests

from common.fleet import host_name
from deploy.local.running import RunningFleet

T = TypeVar("T")
PASSWORD = "correct horse battery staple"
TIMEOUT = 15
_numbers = itertools.count(1)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"hello"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Site:
    """A web site on loopback; while it is down its port refuses connections."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def up(self) -> None:
        """Listen."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _Handler)
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def down(self) -> None:
        """Refuse."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@dataclass
class User:
    """A user of the API, as curl with an `apikey` would be; `key` None is nobody."""

    fleet: RunningFleet
    id: int
    email: str
    key: str | None

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """`path` begins with the service: `/endpoint-service/endpoints`."""
        headers = {"Accept-Language": "en", **({"apikey": self.key} if self.key else {}), **options.pop("headers", {})}
        return requests.request(
            method,
            f"{self.fleet.gateway_url}{path}",
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
            **options,
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        return self.request("POST", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> requests.Response:
        return self.request("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.request("DELETE", path, **options)


def sign_up(fleet: RunningFleet, address: str | None = None, **fields: Any) -> User:
    """A new user with the key that sign-up answered."""
    address = address or f"user{next(_numbers)}@example.com"
    user = User(fleet, 0, address, None)
    answer = user.post("/user-service/users", {"email": address, "password": PASSWORD, "language": "en", **fields})
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return User(fleet, body["id"], address, body["key"])


def nobody(fleet: RunningFleet) -> User:
    """A client without a key."""
    return User(fleet, 0, "", None)


def eventually(what: str, probe: Callable[[], T | None], *, within: float, every: float = 0.2) -> T:
    """The first true answer of `probe` within so many seconds; else the test fails, saying `what` did not happen."""
    deadline = time.monotonic() + within
    last: Any = None
    while time.monotonic() < deadline:
        last = probe()
        if last:
            found: T = last
            return found
        time.sleep(every)
    raise AssertionError(f"Not within {within} s: {what} (last seen: {last!r})")


def mails(fleet: RunningFleet, to: str) -> list[EmailMessage]:
    """The mails in the fleet's folder for an address, oldest first."""
    found = []
    for path in sorted(Path(fleet.data.mail).glob("*.eml"), key=lambda path: path.stat().st_mtime):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        if to in str(message["To"]):
            found.append(message)
    return found


def plain_text(message: EmailMessage) -> str:
    """The text part of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text


def service_path(service: str, path: str) -> str:
    """A service's public path at the gateway."""
    return f"/{host_name(service)}{path}"
