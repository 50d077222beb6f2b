"""The processes that judge beside the check loop: started when they are needed, killed when an answer takes too much.

A thread each hands answers over and waits for what is found. One of them serves everybody; the others none but owners who
took little of late, so that whoever has dear conditions waits for its own.
"""

import atexit
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from common.contracts.options import Options
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging.budget import BESIDE_THE_LOOP
from endpoint_check.engine.judging.process import HEAD, Job, Said, receive
from endpoint_check.engine.judging.shares import Shares
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import Spec

logger = logging.getLogger(__name__)

MOST = max(2, min(4, os.cpu_count() or 1))
"""Processes; with two of them an owner of hostile conditions cannot hold up others."""
IDLE = 20.0
"""Seconds without work after which a process ends."""
PATIENCE = 12.0
"""Seconds that an answer waits; a check has to be committed within 20 s of its timeout."""
_STARTING = 30.0
_STUCK = 20.0
"""Seconds of waiting for a process that neither says anything nor is ended by its own limits: its machine is too busy."""
_HOME = Path(__file__).resolve().parents[3]
_KEPT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TZ", "VIRTUAL_ENV")
"""Of the environment: what Python needs to start, and nothing that is secret."""
OVER_TIME, OVER_MEMORY, OVER_SHARE, UNJUDGED = "time", "memory", "share", "unjudged"


@dataclass(slots=True, eq=False)
class Task:
    """An answer that is to be judged. `done` is called once, in another thread, with what was found."""

    owner: int
    endpoint: int
    spec: Spec
    secrets: list[str]
    outcome: Outcome
    received: Received
    done: Callable[["Task", "Finding"], None]
    since: float = field(default_factory=time.monotonic)
    is_dropped: bool = False

    @property
    def size(self) -> int:
        """About how many bytes it holds while it waits."""
        return len(self.received.body) + sum(map(len, self.received.lines)) + 1000


@dataclass(slots=True)
class Finding:
    """What became of a task: `said` by the process at last, and where that is no verdict, what was over its limit."""

    said: Said
    over: str = ""


class Judges:
    """All of them in one process of ours, for every engine in it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Condition()
        self._shares: Shares[Task] = Shares()
        self._working: dict[int, _Judge] = {}
        """Those that run, by their number; 0 serves everybody."""
        self._idle = 0

    def put(self, task: Task) -> None:
        """Let it be judged."""
        with self._lock:
            shed = self._shares.put(task)
            self._start_more()
            self._lock.notify_all()
        for one in shed:
            one.done(one, Finding(Said(), OVER_SHARE))

    def drop(self, tasks: set[Task]) -> None:
        """Nobody waits for these any more; a process that is at one of them is ended."""
        with self._lock:
            for task in tasks:
                task.is_dropped = True
            self._shares.remove(lambda task: task.is_dropped)
            for judge in self._working.values():
                if judge.task is not None and judge.task.is_dropped:
                    judge.kill()

    def close(self) -> None:
        """End every process; nothing that waits is judged any more."""
        with self._lock:
            self._most = 0
            self._shares.remove(lambda _task: True)
            for judge in self._working.values():
                judge.is_over = True
                judge.kill()
            self._lock.notify_all()

    def _start_more(self) -> None:
        free = [number for number in range(self._most) if number not in self._working]
        if free and (free[0] == 0 or len(self._shares) > self._idle):
            judge = self._working[free[0]] = _Judge()
            threading.Thread(target=self._work, args=(free[0], judge), name="judge", daemon=True).start()

    def _work(self, number: int, judge: "_Judge") -> None:
        try:
            while (task := self._next(judge, light=number > 0)) is not None:
                try:
                    finding = judge.judge(task)
                except Exception as error:  # what cannot even be handed over is its own endpoint's matter
                    logger.exception("An answer could not be handed to a judge")
                    judge.end()
                    finding = Finding(Said(fault=type(error).__name__), UNJUDGED)
                with self._lock:
                    judge.task = None
                    self._shares.charge(task, finding.said.seconds)
                if not task.is_dropped:
                    task.done(task, finding)
        finally:
            judge.end()

    def _next(self, judge: "_Judge", *, light: bool) -> Task | None:
        """The next answer; None when there was none for a while, and the thread is to end."""
        ends = time.monotonic() + IDLE
        while True:
            with self._lock:
                self._idle += 1
                task = None
                while self._most and (task := self._shares.next(light=light)) is None:
                    left = ends - time.monotonic()
                    if left <= 0:
                        break
                    # Not for ever at a time: owners become light again, and nobody says so.
                    self._lock.wait(min(left, 1.0))
                self._idle -= 1
                judge.task = task
                if task is None:
                    self._working = {number: one for number, one in self._working.items() if one is not judge}
                    return None
                heavy = self._shares.is_heavy(task.owner)
                if time.monotonic() - task.since <= PATIENCE:
                    return task
                self._shares.charge(task, 0.0)
            task.done(task, Finding(Said(), OVER_SHARE if heavy else UNJUDGED))


_shared: dict[int, Judges] = {}


def shared_judges() -> Judges:
    """Those of this process, which after a fork is another one."""
    known = _shared.get(os.getpid())
    if known is None:
        _shared.clear()
        known = _shared[os.getpid()] = Judges()
        atexit.register(known.close)
    return known


class _Judge:
    """One process, and the socket to it. `kill` may be called by other threads."""

    def __init__(self) -> None:
        self.task: Task | None = None
        self.is_over = False
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def judge(self, task: Task) -> Finding:
        """Hand it over and wait; once more to a new process, where this one was ended for something else."""
        return self._judge(task) or self._judge(task) or Finding(Said(), UNJUDGED)

    def _judge(self, task: Task) -> Finding | None:
        """What became of it; None where the process was ended by others."""
        if task.is_dropped or self.is_over:
            return None
        last = Said()
        try:
            connection = self._connected()
            spec = Spec(
                url="",
                expected_status=task.spec.expected_status,
                assertions=task.spec.assertions,
                options=Options(degraded_ms=task.spec.options.degraded_ms),
            )
            received = task.received
            job = Job(
                spec,
                task.secrets,
                task.outcome,
                list(received.lines),
                received.undecoded,
                received.cut,
                received.charset,
            )
            text = msgspec.msgpack.encode(job)
            connection.sendall(HEAD.pack(len(text), len(received.body)) + text)
            connection.sendall(received.body)
            while not last.done:
                last = self._hears(connection)
        except TimeoutError:
            logger.warning("A judge did not answer in %s s", _STUCK)
            self.end()
            return Finding(last, UNJUDGED)
        except (OSError, EOFError, msgspec.MsgspecError) as error:
            over = self._ended(error, last)
            return Finding(last, over) if over else None
        if last.last:
            self.end()
        if last.fault == MemoryError.__name__:
            return Finding(last, OVER_MEMORY)
        return Finding(last, UNJUDGED if last.fault else "")

    def kill(self) -> None:
        """Whatever it does."""
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """Leave nothing behind."""
        process, self._process = self._process, None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if process is not None:
            process.kill()
            process.wait()

    def _ended(self, error: Exception, last: Said) -> str:
        """What it took too much of, by the signal that ended it; empty for another end."""
        process = self._process
        try:
            code = 0 if process is None else process.wait(1.0)
        except subprocess.TimeoutExpired:
            code = 0
        self.end()
        if code == -signal.SIGPROF:
            last.seconds = BESIDE_THE_LOOP
            return OVER_TIME
        if code == -signal.SIGABRT:
            # RE2's way to say that there is no memory.
            return OVER_MEMORY
        logger.info("A judge ended with %s: %r", code, error)
        return ""

    def _hears(self, connection: socket.socket) -> Said:
        head = receive(connection, HEAD.size)
        if not head:
            raise EOFError
        return msgspec.msgpack.decode(receive(connection, HEAD.unpack(head)[0]), type=Said)

    def _connected(self) -> socket.socket:
        if self._socket is not None:
            return self._socket
        ours, theirs = socket.socketpair()
        ours.settimeout(_STARTING)
        with theirs:
            self._socket = ours
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-m", "endpoint_check.engine.judging.process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                cwd=_HOME,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                # A terminal's Ctrl-C is for us; it ends with our side of the socket.
                start_new_session=True,
            )
        if not receive(ours, 1):
            raise EOFError
        ours.settimeout(_STUCK)
        return ours
