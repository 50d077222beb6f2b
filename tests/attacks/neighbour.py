"""Somebody else on the same installation, who must not notice: their checks, alerts and log-ins are timed meanwhile."""

import json
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

from deploy.local.running import RunningFleet
from tests.outside import PASSWORD, User, eventually, nobody, sign_up

STEADY, MORTAL = 10, 60
"""Sites that are always up, and sites of which one after the other dies: one that came back would soon be flapping."""
INTERVAL = 5
LOG_IN_EVERY = 1.0
DEATH_EVERY = 6.0
"""Seconds between two deaths: what follows an alert within 5 s waits to be told with others."""
LOST = 60.0
"""Seconds after which an alert counts as that late."""


@dataclass
class Harm:
    """What the neighbour saw, in seconds: each check's lateness, each log-in's time, each alert's delay."""

    lateness: list[float] = field(default_factory=list)
    log_ins: list[float] = field(default_factory=list)
    alerts: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        parts = {"checks": self.lateness, "log-ins": self.log_ins, "alerts": self.alerts}
        return ", ".join(
            f"{name} median {statistics.median(times):.2f} s, most {max(times):.2f} s ({len(times)})" if times else f"no {name}"
            for name, times in parts.items()
        )  # fmt: skip


class Neighbour:
    """A user with sites that are watched every 5 s, and a webhook that is told when one of them dies."""

    def __init__(self, fleet: RunningFleet) -> None:
        self._fleet = fleet
        self._visits: dict[str, list[float]] = defaultdict(list)
        self._told: list[float] = []
        self._dead: set[str] = set()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self._mortal = [f"/mortal/{number}" for number in range(MORTAL)]
        self.user = sign_up(fleet)
        self._begin()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def watched(self) -> Iterator[Harm]:
        """What happens to the neighbour within the block."""
        harm, over = Harm(), threading.Event()
        threads = [threading.Thread(target=work, args=(harm, over)) for work in (self._log_in, self._die)]
        with self._lock:
            before = {path: len(times) for path, times in self._visits.items()}
        started = time.monotonic()
        for thread in threads:
            thread.start()
        try:
            yield harm
        finally:
            over.set()
            for thread in threads:
                thread.join()
            ended = time.monotonic()
            with self._lock:
                for path, times in self._visits.items():
                    # A check that never came counts until now.
                    known = [max(started, times[before.get(path, 1) - 1]), *times[before.get(path, 0) :], ended]
                    if path.startswith("/steady"):
                        harm.lateness += [max(0.0, b - a - INTERVAL) for a, b in pairwise(known)]

    def _begin(self) -> None:
        paths = [*(f"/steady/{number}" for number in range(STEADY)), *self._mortal]
        spec = {"interval": INTERVAL, "timeout": 3, "failure_threshold": 1, "recovery_threshold": 1}
        created = [self.user.post("/endpoint-service/endpoints", {"url": f"{self.url}{path}"} | spec) for path in paths]
        assert {answer.status_code for answer in created} == {201}, created[0].text
        channel = {"name": "Hook", "kind": "webhook", "settings": {"url": f"{self.url}/told", "secret": PASSWORD}}
        answer = self.user.post("/notification-service/notifications", channel)
        assert answer.status_code == 201, answer.text
        eventually("every first check", lambda: len(self._visits) == len(paths), within=60)

    def _log_in(self, _harm: Harm, over: threading.Event) -> None:
        client = nobody(self._fleet)
        while not over.is_set():
            began = time.monotonic()
            answer = client.post("/user-service/login", {"email": self.user.email, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            me = User(self._fleet, self.user.id, self.user.email, answer.json()["key"])
            assert me.get("/endpoint-service/endpoints").status_code == 200
            _harm.log_ins.append(time.monotonic() - began)
            me.post("/user-service/logout")
            over.wait(LOG_IN_EVERY)

    def _die(self, harm: Harm, over: threading.Event) -> None:
        """One site after the other; each alert is timed from the check that found it."""
        while not over.wait(DEATH_EVERY):
            path = self._mortal.pop()
            with self._lock:
                told = len(self._told)
                self._dead.add(path)
            # Once a site is dead its alert is waited for, whether or not the attack is over.
            deadline = time.monotonic() + LOST
            while len(self._told) == told and time.monotonic() < deadline:
                time.sleep(0.1)
            with self._lock:
                harm.alerts += self._told[told:] or [LOST]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        neighbour = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with neighbour._lock:
                    neighbour._visits[self.path].append(time.monotonic())
                self._answer(500 if self.path in neighbour._dead else 200)

            def do_POST(self) -> None:
                """The webhook."""
                body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                moments = [one["occurred_at"] for one in body.get("alerts", []) if one["event"] == "down"]
                now = time.time()
                with neighbour._lock:
                    neighbour._told += [now - datetime.fromisoformat(moment).timestamp() for moment in moments]
                self._answer(200)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        return Handler
