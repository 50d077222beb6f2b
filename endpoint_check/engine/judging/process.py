"""A process that judges answers, one after the other: `python -m endpoint_check.engine.judging.process DESCRIPTOR`.

It knows no Django and no secrets but those of the answer at hand. It ends when its socket closes, when an answer takes more
computing than one may (by a signal that nothing in it can hold back), and by itself after one that took much memory.
"""

import contextlib
import importlib
import os
import resource
import signal
import socket
import struct
import sys
import time

import msgspec

from common.contracts.causes import Cause
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging.budget import BESIDE_THE_LOOP, MEMORY_MIB, Unlimited
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import Spec

HEAD = struct.Struct("<II")
"""Bytes of the message, and of the body behind it."""
_RETIRE_MIB = 160
"""Memory after an answer from which a new process takes over: Python gives little of it back."""
_RECURSION = 5000
_NICE = 5
"""Who judges must not keep the check loop from its processor."""


class Job(msgspec.Struct, array_like=True):
    """An answer to judge; the body comes behind it."""

    spec: Spec
    secrets: list[str]
    outcome: Outcome
    lines: list[bytes]
    undecoded: str
    cut: bool
    charset: str = ""


class Said(msgspec.Struct, array_like=True):
    """What the process says of its job: which condition it begins, or with `done` what it found.

    `seconds` of computing; `last` says that the process ends now; `fault` is what went wrong here, by an exception's name.
    """

    number: int = 0
    done: bool = False
    status: str = ""
    error_code: str | None = None
    message: str = ""
    cause: Cause | None = None
    headers: dict[str, str] | None = None
    body: str | None = None
    seconds: float = 0.0
    last: bool = False
    fault: str = ""


class _Telling(Unlimited):
    """Says where it is, so that a condition that never ends can be named."""

    __slots__ = ("_connection", "_outcome")

    def __init__(self, connection: socket.socket, outcome: Outcome) -> None:
        super().__init__()
        self._connection = connection
        self._outcome = outcome

    def begin(self, number: int) -> None:
        found = self._outcome
        _say(
            self._connection,
            Said(number, status=found.status, error_code=found.error_code, message=found.message, cause=found.cause),
        )


def main() -> None:
    """Until nobody is at the other side of the socket."""
    with (
        socket.socket(fileno=int(sys.argv[1])) as connection,
        contextlib.suppress(BrokenPipeError, ConnectionResetError),
    ):
        _serve(connection)


def _serve(connection: socket.socket) -> None:
    _limit()
    # Loaded before the first answer's time begins.
    importlib.import_module("common.formats.json_paths")
    # A byte that says: from here on it is the answer's time.
    connection.sendall(b"!")
    decoder = msgspec.msgpack.Decoder(Job)
    while head := receive(connection, HEAD.size):
        size, more = HEAD.unpack(head)
        job = decoder.decode(receive(connection, size))
        body = receive(connection, more)
        said = _judged(connection, job, body)
        del job, body
        said.last = said.last or _resident() > _RETIRE_MIB
        _say(connection, said)
        if said.last:
            return


def _judged(connection: socket.socket, job: Job, body: bytearray) -> Said:
    before = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, BESIDE_THE_LOOP)
    outcome = job.outcome
    said = Said(done=True)
    try:
        received = Received(job.lines, body, job.undecoded, job.cut, job.charset)
        conclude(
            job.spec, outcome, received, budget=_Telling(connection, outcome), secrets=lambda: frozenset(job.secrets)
        )
    except MemoryError:
        said.fault, said.last = MemoryError.__name__, True
    except Exception as error:  # noqa: BLE001  one odd answer must not end the process
        said.fault = type(error).__name__
    signal.setitimer(signal.ITIMER_PROF, 0)
    said.status, said.error_code = outcome.status, outcome.error_code
    said.message, said.cause = outcome.message, outcome.cause
    said.headers, said.body = outcome.response_headers, outcome.response_body
    said.seconds = time.process_time() - before
    return said


def _limit() -> None:
    os.nice(_NICE)
    most = MEMORY_MIB << 20
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Of the data alone where the system can (Linux): libraries that are mapped cost nothing.
    resource.setrlimit(resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS, (most, most))
    sys.setrecursionlimit(_RECURSION)


def _resident() -> float:
    """MiB in memory now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  a Path is slower
            return int(file.read().split()[1]) * resource.getpagesize() / (1 << 20)
    except OSError:
        return 0.0


def _say(connection: socket.socket, said: Said) -> None:
    text = msgspec.msgpack.encode(said)
    connection.sendall(HEAD.pack(len(text), 0) + text)


def receive(connection: socket.socket, size: int) -> bytearray:
    """So many bytes, none where the other side is gone."""
    received = bytearray(size)
    view, place = memoryview(received), 0
    while place < size:
        count = connection.recv_into(view[place:])
        if count == 0:
            return bytearray()
        place += count
    return received


if __name__ == "__main__":
    main()
