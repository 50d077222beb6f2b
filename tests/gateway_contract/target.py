"""The gateway under test, spoken to byte by byte: nothing is normalised, headers are repeated as given."""

import contextlib
import http.client
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

TIMEOUT = 30
PASSWORD = "correct horse battery staple"
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What the gateway answered."""

    status: int
    headers: list[tuple[str, str]]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else None


@dataclass(frozen=True)
class Target:
    """A gateway: `url` for clients, `origin` of a page that may call it, `admin` of Kong or empty."""

    url: str
    origin: str
    admin: str = ""
    echo_host: str = ""

    def send(
        self, path: str, headers: Headers = (), *, method: str = "GET", body: bytes | Iterator[bytes] = b""
    ) -> Answer:
        """One request exactly as written; a body that is an iterator goes in chunks, without its length."""
        where = urlsplit(self.url)
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        connection = kind(where.hostname or "", where.port, timeout=TIMEOUT)
        try:
            connection.putrequest(method, where.path + path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before it was read to its end
                _send_body(connection, method, body)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read().decode(errors="replace"))
        finally:
            connection.close()

    def call(self, path: str, body: Any, headers: Headers = (), *, method: str = "POST") -> Answer:
        """One request with a JSON body."""
        return self.send(
            path, [("Content-Type", "application/json"), *headers], method=method, body=json.dumps(body).encode()
        )

    def sign_up(self) -> "Account":
        """A new account."""
        email = f"gateway-contract-{secrets.token_hex(8)}@example.com"
        answer = self.call("/user-service/users", {"email": email, "password": PASSWORD})
        assert answer.status == 201, f"sign-up has to answer with a key: {answer.status} {answer.body}"
        return Account(answer.json()["id"], email, answer.json()["key"])


def _send_body(connection: http.client.HTTPConnection, method: str, body: bytes | Iterator[bytes]) -> None:
    if not isinstance(body, bytes):
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(body, encode_chunked=True)
        return
    if body or method == "POST":
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)


@dataclass(frozen=True)
class Account:
    """A user with a key."""

    id: int
    email: str
    key: str = field(repr=False)

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("apikey", self.key)]


CHOSEN: pytest.StashKey[Target] = pytest.StashKey()
"""What the command line named."""
