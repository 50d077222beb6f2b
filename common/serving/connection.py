"""A client's connection as gunicorn's threads see it: a parser of what has arrived, and in the socket's place an outbox."""

import json
import math
import socket
from typing import Any

from gunicorn import http
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import TConn

from common.limits.empty_buckets import empty_buckets
from common.security.internal import is_gateway_token, is_internal_token
from common.serving.arriving import Arriving, Head
from common.serving.bodies import body_limit
from common.serving.leaving import Held, Outbox
from common.telemetry.logs import new_request_id


class _Arrived(Unreader):  # type: ignore[misc]
    """Feeds the parser with whole requests; there is nothing behind them."""

    def chunk(self, size_hint: int | None = None) -> bytes:  # noqa: ARG002
        return b""


class _Parser(http.parser.RequestParser):  # type: ignore[misc]
    """gunicorn's, on what has arrived."""

    def __init__(self, cfg: object, client: object) -> None:
        super().__init__(cfg, iter(()), client)
        self.unreader = _Arrived()
        self.is_last = False

    def __next__(self) -> Any:
        message = super().__next__()
        message._expected_100_continue = False  # noqa: SLF001  it has been told
        if self.is_last:
            message.force_close()
        return message


class Connection(TConn):  # type: ignore[misc]
    """A client's: its request arrives, may be queued, is handled, its answer leaves, and then it lingers or begins anew."""

    def __init__(self, cfg: object, sock: socket.socket, client: object, server: object, held: Held) -> None:
        super().__init__(cfg, sock, client, server)
        self.raw = sock
        self.sock = self.outbox = Outbox(sock, held)
        self.parser = _Parser(cfg, client)
        self.initialized = self.data_ready = True
        self.arriving = Arriving(self._limit, self._see)
        self.deadline = 0.0
        self.keeps = False
        self.is_peer = False
        self.is_large = False
        self.refusal = b""
        """The answer to a request whose head is enough to refuse it."""

    def _limit(self, head: Head) -> int:
        user = head.has(b"x-consumer-custom-id") and is_gateway_token(head.header(b"x-gateway-token"))
        self.is_peer = is_internal_token(head.header(b"x-internal-token"))
        return body_limit(head.path, user=user, peer=self.is_peer)

    def _see(self, head: Head) -> None:
        """Most often nobody is over a limit, and nothing is looked at."""
        if empty_buckets and not is_internal_token(head.header(b"x-internal-token")):
            self.refusal = _throttled(head, str(self.client[0]))

    def expect(self) -> bytes:
        """Be ready for the next request; returns what is here of it already."""
        self.arriving = Arriving(self._limit, self._see)
        self.is_peer = self.is_large = False
        self.refusal = b""
        rest: bytes = self.parser.unreader.take_buffered()
        return rest

    def close(self, graceful: bool = False) -> None:  # noqa: ARG002  the loop lingers, and does not wait for it
        self.outbox.close()
        self.raw.close()


def _refusal(status: str, code: str, message: str, **headers: str) -> bytes:
    body = json.dumps({"message": message, "code": code}, ensure_ascii=False).encode()
    headers = {"Content_Type": "application/json", "Content_Length": str(len(body)), "Connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def _throttled(head: Head, peer: str) -> bytes:
    """What is said to a request of whom the throttles know that there is no token; empty where they know nothing."""
    from common.limits import early_refusals  # noqa: PLC0415  not before Django is set up, nor where nobody is refused

    wait = early_refusals.head_wait(head, peer)
    if not wait:
        return b""
    code, message = early_refusals.head_refusal(head)
    return _refusal(
        "429 Too Many Requests",
        code,
        message,
        Retry_After=str(max(1, math.ceil(wait))),
        Vary="Accept-Language",
        Cache_Control="no-store",
        X_Request_ID=new_request_id(head.header(b"x-request-id")),
    )


TIMED_OUT = _refusal("408 Request Timeout", "TIMEOUT", "The request did not arrive in time.")
BUSY = _refusal("503 Service Unavailable", "UNAVAILABLE", "Too many large requests at once. Try again in a moment.")
