"""gunicorn with `common.serving`: requests are whole before a thread has them, and answers leave without one."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deploy.local import ports
from deploy.local.testing import stand_in_environment

ROOT = Path(__file__).resolve().parents[1]
THREADS = 3
TOKEN, GATEWAY = (stand_in_environment("endpoint_service")[name] for name in ("INTERNAL_TOKEN", "GATEWAY_TOKEN"))
LIMIT = 100


@dataclass
class Served:
    """A running gunicorn."""

    port: int
    process: "subprocess.Popen[bytes]"

    def connect(self, data: bytes, *, buffer: int = 0) -> socket.socket:
        client = socket.socket()
        if buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        client.settimeout(30)
        client.connect(("127.0.0.1", self.port))
        client.sendall(data)
        return client

    def get(self, path: str = "/x", *, timeout: float = 10) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers_soon(self) -> None:
        began = time.monotonic()
        for _ in range(10):
            assert self.get()[0] == 200
        assert time.monotonic() - began < 5

    @property
    def worker(self) -> psutil.Process:
        (worker,) = psutil.Process(self.process.pid).children()
        return worker


def read_until(client: socket.socket, end: bytes) -> bytes:
    """What comes until it ends so."""
    got = b""
    while not got.endswith(end):
        data = client.recv(4096)
        assert data, got
        got += data
    return got


def post(length: int, *, large: bool = False) -> bytes:
    """The head of a POST; a peer's may be large."""
    token = f"X-Internal-Token: {TOKEN}\r\n" if large else ""
    return f"POST /inside HTTP/1.1\r\nHost: x\r\n{token}Content-Length: {length}\r\n\r\n".encode()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    port = ports.pick(["served"], {})["served"]
    environment = stand_in_environment("endpoint_service") | {"BIND": f"127.0.0.1:{port}", "HTTP_THREADS": str(THREADS)}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:common.gunicorn", "tests.serving_app:application"]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment | {"TMPDIR": folder})
        found = Served(port, process)
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError):
                if found.get()[0] == 200:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        try:
            yield found
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.mark.parametrize(
    "begun",
    [
        b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\n", post(100), post(100) + b"x" * 99, post(60_000) + b"x" * 300,
        post(5_000_000, large=True) + b"x" * 300_000,
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)  # fmt: skip
def test_clients_that_stop_in_the_midst_of_a_request_hold_no_thread(served: Served, begun: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(20 * THREADS):
            stack.enter_context(served.connect(begun))
        served.answers_soon()


def test_a_request_that_does_not_arrive_is_told_so_and_ended(served: Served) -> None:
    with served.connect(post(100) + b"x") as client:
        began = time.monotonic()
        answer = client.recv(1000)
        assert 5 < time.monotonic() - began < 25
        assert answer.startswith(b"HTTP/1.1 408 ")
        while data := client.recv(1000):
            answer += data
        assert b'"code": "TIMEOUT"' in answer


def test_a_drip_does_not_keep_it_open(served: Served) -> None:
    with served.connect(post(60_000)) as client:
        began = time.monotonic()
        client.settimeout(0.5)
        answer = b""
        while not answer:
            assert time.monotonic() - began < 25
            with suppress(TimeoutError):
                client.sendall(b"x")
                answer = client.recv(1000)
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_large_request_that_keeps_coming_has_its_time(served: Served) -> None:
    with served.connect(post(3_000_000, large=True)) as client:
        for _ in range(30):
            client.sendall(b"x" * 100_000)
            time.sleep(0.1)
        read_until(client, b"POST 3000000")


def test_a_client_that_waits_to_be_told_to_continue_is_told(served: Served) -> None:
    with served.connect(post(5).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")) as client:
        assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")
        read_until(client, b"POST 5")


def test_requests_that_come_together_are_answered_in_turn(served: Served) -> None:
    with served.connect(post(5) + b"hello" + b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as client:
        answers = b""
        while data := client.recv(4096):
            answers += data
    assert [answers.count(text) for text in (b"HTTP/1.1 200", b"POST 5", b"GET 0")] == [2, 1, 1]


@pytest.mark.parametrize("path", ["/size/24000000", "/stream/400"])
def test_clients_that_do_not_read_hold_no_thread(served: Served, path: str) -> None:
    with ExitStack() as stack:
        asked = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        for _ in range(2 * THREADS):
            stack.enter_context(served.connect(asked, buffer=4096))
        served.answers_soon()


@pytest.mark.parametrize("path", ["/size/24000000", "/stream/400"])
def test_a_slow_reader_gets_all_of_it(served: Served, path: str) -> None:
    expected = 24_000_000 if "size" in path else 400 * 65536
    with served.connect(f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode(), buffer=4096) as client:
        time.sleep(1)
        served.answers_soon()
        got = 0
        while data := client.recv(1 << 20):
            got += len(data) - (data.find(b"\r\n\r\n") + 4 if not got else 0)
    assert got == expected


def test_an_endless_answer_is_cut_off_where_nobody_reads_and_goes_on_where_somebody_does(served: Served) -> None:
    """Also with more who do not read than there are threads."""
    with ExitStack() as stack:
        asked = b"GET /stream/4000 HTTP/1.0\r\nHost: x\r\n\r\n"
        stalled = [stack.enter_context(served.connect(asked, buffer=4096)) for _ in range(3 * THREADS)]
        time.sleep(1)
        assert len(served.get("/stream/4000", timeout=60)[1]) == 4000 * 65536
        served.answers_soon()
        time.sleep(12)
        for client in stalled:
            got = 0
            with suppress(OSError):
                while data := client.recv(1 << 20):
                    got += len(data)
            assert got < 4000 * 65536


def test_what_is_kept_for_slow_readers_is_bounded(served: Served) -> None:
    before = served.worker.memory_info().rss
    with ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(served.connect(b"GET /size/24000000 HTTP/1.1\r\nHost: x\r\n\r\n", buffer=4096))
        served.answers_soon()
        kept = [f for f in served.worker.open_files() if "(deleted)" in f.path or "tmp" in f.path]
        assert len(kept) <= 7
        assert served.worker.memory_info().rss - before < 150_000_000


def test_large_requests_of_users_are_handled_by_turns_and_small_ones_meanwhile(served: Served) -> None:
    """More at once than there are threads."""
    head = (
        f"POST /api/endpoints/import HTTP/1.0\r\nHost: x\r\nX-Gateway-Token: {GATEWAY}\r\nX-Consumer-Custom-ID: 1\r\n"
    )
    large = f"{head}Content-Length: 300000\r\n\r\n".encode() + b"x" * 300_000
    with ExitStack() as stack:
        clients = [stack.enter_context(served.connect(large)) for _ in range(4 * THREADS)]
        served.answers_soon()
        for client in clients:
            answer = b""
            while data := client.recv(4096):
                answer += data
            assert answer.endswith(b"POST 300000"), answer


def checks(user: int, *, length: int = 0, more: str = "") -> bytes:
    """The head of a request that takes a token of that user's."""
    return (
        f"POST /api/checks HTTP/1.1\r\nHost: x\r\nX-Gateway-Token: {GATEWAY}\r\nX-Consumer-Custom-ID: {user}\r\n"
        f"{more}Content-Length: {length}\r\n\r\n"
    ).encode()


def answer_to(served: Served, data: bytes, *, within: float = 8) -> str:
    """All that comes until the server ends the connection, or, where it keeps it open, with the first answer."""
    with served.connect(data) as client:
        client.settimeout(within)
        return client.recv(65536).decode()


def tokens_taken(served: Served, user: int) -> int:
    return int(served.get(f"/taken/{user}")[1].split()[1])


def exhaust(served: Served, user: int) -> None:
    for _ in range(2):
        assert answer_to(served, checks(user, length=5) + b"hello").startswith("HTTP/1.1 200 ")


@pytest.mark.parametrize(
    ("number", "length", "begun", "more"),
    [
        (1, 0, b"", ""), (2, 5, b"hello", ""), (3, 60_000, b"", ""), (4, 60_000, b"x" * 100, ""),
        (5, 60_000, b"", "Expect: 100-continue\r\n"), (6, 5_000_000, b"x" * 70_000, ""),
        (7, 60_000, b"", "Accept-Language: en\r\nX-Request-ID: my-own.1\r\n"),
    ],
)  # fmt: skip
def test_over_a_limit_the_head_is_enough(served: Served, number: int, length: int, begun: bytes, more: str) -> None:
    """A body that never comes is not waited for (408 after 10 s), and no token is asked for."""
    exhaust(served, number)
    answer = answer_to(served, checks(number, length=length, more=more) + begun)
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 429 ")
    assert 200 <= int(head.partition("Retry-After: ")[2].partition("\r\n")[0]) <= 300
    assert json.loads(body)["code"] == "TOO_MANY_REQUESTS"
    assert ("X-Request-ID: my-own.1" in head) == ("my-own" in more)
    assert ("Wait a moment" in body) == ("en" in more)
    assert tokens_taken(served, number) == 2


def test_a_request_that_is_refused_early_costs_nobody_else_anything(served: Served) -> None:
    exhaust(served, 11)
    assert " 429 " in answer_to(served, checks(11, length=5))
    for other in (
        checks(12, length=5), checks(11, length=5).replace(b"/checks", b"/endpoints"),
        checks(11, length=5).replace(b"/api", b""), checks(11, length=5, more=f"X-Internal-Token: {TOKEN}\r\n"),
    ):  # fmt: skip
        answer = answer_to(served, other + b"hello")
        assert "TOO_MANY_REQUESTS" not in answer, other
    assert answer_to(served, checks(12, length=5) + b"hello").startswith("HTTP/1.1 200 ")


def test_requests_that_are_refused_early_hold_nothing(served: Served) -> None:
    """Many more than there are threads, of which none is read on."""
    exhaust(served, 21)
    with ExitStack() as stack:
        for _ in range(60 * THREADS):
            stack.enter_context(served.connect(checks(21, length=60_000) + b"x" * 1000))
        served.answers_soon()
    assert tokens_taken(served, 21) == 2


def test_a_client_that_sends_its_whole_body_before_it_looks_sees_the_refusal(served: Served) -> None:
    exhaust(served, 31)
    with served.connect(checks(31, length=60_000)) as client:
        time.sleep(0.3)
        client.sendall(b"x" * 60_000)
        assert client.recv(4096).startswith(b"HTTP/1.1 429 ")
        assert client.recv(4096) == b""


def test_a_stopping_worker_lets_requests_end_and_waits_for_no_slow_client(served: Served) -> None:
    with (
        served.connect(post(100) + b"x"),
        served.connect(b""),
        served.connect(b"GET /sleep/1.5 HTTP/1.1\r\nHost: x\r\n\r\n") as busy,
    ):
        time.sleep(0.3)
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        assert busy.recv(1000).startswith(b"HTTP/1.1 200 ")
        served.process.wait(timeout=30)
        assert time.monotonic() - began < 8
