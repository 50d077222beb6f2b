"""Judging an answer ends, whatever a user asks and a site answers; meanwhile the loop goes on and so do the others' checks."""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.processes.alive import still_running
from common.security.crypto import encrypt
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging.judgements import Judgements
from endpoint_check.engine.judging.judges import Judges
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import Spec, spec_of
from endpoint_check.tests.probing import OPEN

HELD = 0.02
"""Seconds of computing that a step of the loop may take."""
GOOD = {"kind": "body_contains", "value": "hello"}
JUDGED_BESIDE = {"kind": "body_regex", "value": "^hel+o$"}


def path(target: str, operator: str = "equals", value: Any = "nowhere") -> dict[str, Any]:
    return {"kind": "json_path", "target": target, "operator": operator, "value": value}


def regex(value: str) -> dict[str, Any]:
    return {"kind": "body_regex", "value": value}


HOSTILE: dict[str, tuple[list[dict[str, Any]], Callable[[], bytes]]] = {
    "descending again and again": ([path("$..*..*..*..*..*")], lambda: b"[" * 900 + b"]" * 900),
    "wide and deep": ([path("$..*")], lambda: b"[" + b",".join([b"[" * 300 + b"]" * 300] * 1700) + b"]"),
    "a filter for each of a filter's": ([path("$..[?@..[?@..*]]..*")], lambda: b"[" * 200 + b"1," * 9_999 + b"1" + b"]" * 200),
    "a pattern from the document": (
        [path("$[?search(@, $[0])]")],
        lambda: json.dumps(["(?:(?:a|b)?){400}z", *["ab" * 200] * 2000]).encode(),
    ),
    "large automata": ([regex("(?:(?:a|b)?){450}z")] * 10, lambda: b"ab" * (1 << 19)),
    "large automata in a header": ([{"kind": "header", "target": "Server", "operator": "exists"}, regex("((a?){300}){3}z")],
                                   lambda: b"a" * (1 << 20)),
    "combining characters": ([{"kind": "body_contains", "value": "말"}], ("a" + "\u0301\u0323" * 150_000).encode),
}  # fmt: skip


def spec(url: str, *conditions: dict[str, Any], **fields: Any) -> Spec:
    return spec_of(json.dumps({"url": url, "timeout": 10, "assertions": conditions, **fields}))


class Longest:
    """The longest hold of the loop: this thread's computing, however busy the machine is."""

    def __init__(self) -> None:
        self.hold = 0.0

    def step(self, engine: Engine) -> list[tuple[Any, Outcome]]:
        before = time.thread_time()
        done = engine.step(0.1)
        self.hold = max(self.hold, time.thread_time() - before)
        return done


def holds_nothing(attempt: Callable[[], float]) -> bool:
    """Whether one of three attempts held the loop for less than HELD: a machine that is shared takes time from a step."""
    return any(attempt() < HELD for _ in range(3))


@pytest.fixture(autouse=True)
def _as_in_a_worker() -> Iterator[None]:
    """The collector would look through all of pytest in whichever step it falls, up to a quarter of a second."""
    from endpoint_check.tasks import calm_the_collector  # noqa: PLC0415  it needs Django, the processes here do not

    before = gc.get_threshold()
    calm_the_collector()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_condition_that_takes_too_much_is_its_endpoints_own_and_no_others_waits(
    httpserver: HTTPServer, engine: Engine, name: str
):
    conditions, body = HOSTILE[name]
    httpserver.expect_request("/hostile").respond_with_data(body(), content_type="application/json")
    httpserver.expect_request("/site").respond_with_data("hello")

    def attempt() -> float:
        longest, order, found = Longest(), list[Any](), dict[Any, Outcome]()
        engine.add(spec(httpserver.url_for("/hostile"), *conditions), OPEN, "hostile", owner=1)
        ends = time.monotonic() + 60
        waiting = 0
        while "hostile" not in found and time.monotonic() < ends:
            if waiting == 0:
                for number, condition in enumerate((GOOD, JUDGED_BESIDE)):
                    engine.add(spec(httpserver.url_for("/site"), condition), OPEN, f"site{number}", owner=2)
                waiting = 2
            for job, outcome in longest.step(engine):
                found[job] = outcome
                order.append(job)
                waiting -= job != "hostile"
        assert found["hostile"].error_code == "invalid_spec", found["hostile"].message
        assert found["hostile"].message.startswith(f"The condition {conditions[-1]['kind']} ")
        assert " took more than 2 s of computing" in found["hostile"].message
        assert found["site0"].status == found["site1"].status == "up"
        assert order.index("site1") < order.index("hostile"), "the neighbour does not queue behind"
        return longest.hold

    assert holds_nothing(attempt)


@pytest.mark.parametrize(
    ("condition", "body", "status"),
    [
        (path("$[*]", value=1), b"[" + b"1," * 499_999 + b"1]", "up"),
        (path("$[*]", value=2), b"[" + b"1," * 250_000 + b"2]", "up"),
        (path("$[*]", "not_equals", 2), b"[" + b"1," * 250_000 + b"2]", "down"),
        (path("$..a", value=1), b'[{"a": 1},' + b"[]," * 300_000 + b"[]]", "up"),
        (path("$.n", "greater_than", 5), b'{"n": ' + b"9" * 500_000 + b"}", "up"),
        (path("$..n", value=7), b'{"a":' * 700 + b'{"n": 7}' + b"}" * 700, "up"),
        (regex("z$"), b"a" * (1 << 20), "down"),
        ({"kind": "body_not_contains", "value": "한국어"}, b"\xc7\xd1\xb1\xb9\xbe\xee" * 150_000, "down"),
    ],
)
def test_what_is_large_and_ends_is_judged_beside_the_loop(
    httpserver: HTTPServer, engine: Engine, condition: dict[str, Any], body: bytes, status: str
):
    httpserver.expect_request("/site").respond_with_data(body, content_type="application/json")

    def attempt() -> float:
        longest, found = Longest(), list[tuple[Any, Outcome]]()
        engine.add(spec(httpserver.url_for("/site"), condition), OPEN, None)
        ends = time.monotonic() + 60
        while not found and time.monotonic() < ends:
            found += longest.step(engine)
        assert found[0][1].status == status, found[0][1].message
        return longest.hold

    assert holds_nothing(attempt)


def test_headers_of_hundreds_of_kib_and_many_secrets_hold_nothing(httpserver: HTTPServer, engine: Engine):
    def answer(_request: Request) -> Response:
        return Response("x" * (1 << 20), status=500, headers=[(f"X-{n}", "secret7 " * 10) for n in range(80)])

    httpserver.expect_request("/site").respond_with_handler(answer)
    hidden = {"headers": {f"X-Key-{n}": " ".join(f"secret{m}" for m in range(n, n + 400)) for n in range(40)}}

    def attempt() -> float:
        longest, found = Longest(), list[tuple[Any, Outcome]]()
        engine.add(spec(httpserver.url_for("/site"), secrets=encrypt(hidden)), OPEN, None)
        ends = time.monotonic() + 60
        while not found and time.monotonic() < ends:
            found += longest.step(engine)
        assert found[0][1].error_code == "unexpected_status"
        assert "secret7" not in str(found[0][1].response_headers)
        return longest.hold

    assert holds_nothing(attempt)


def test_a_body_that_takes_too_much_memory_is_its_endpoints_own():
    judges = Judges()
    judgements = Judgements(judges)
    site = spec("http://x/", {"kind": "body_contains", "value": "nowhere"})
    outcome = Outcome(status="up", http_status=200, total_ms=5.0)
    # Python takes four bytes a character where one of them is beyond the basic plane.
    body = "😀".encode() + b"a" * 150_000_000
    assert not judgements.settle("job", 1, site, outcome, Received((), body))
    ((_, found),) = taken(judgements, 1)
    assert found.error_code == "invalid_spec", found.message
    assert found.message == 'The condition body_contains "nowhere" took more than 640 MiB of memory'
    judgements.close()
    judges.close()


def taken(judgements: Judgements, count: int, within: float = 60) -> list[tuple[Any, Outcome]]:
    """So many as are judged in this time."""
    ends, done = time.monotonic() + within, list[tuple[Any, Outcome]]()
    while len(done) < count and time.monotonic() < ends:
        judgements.wait(0.1)
        done += judgements.take()
    return done


def test_an_owner_of_many_hostile_endpoints_takes_only_its_own_share():
    judges = Judges(2)
    judgements = Judgements(judges)
    hostile, friendly = spec("http://x/", *HOSTILE["large automata"][0]), spec("http://y/", JUDGED_BESIDE)
    for number in range(30):
        outcome = Outcome(status="up", http_status=200, total_ms=5.0)
        assert not judgements.settle(f"hostile{number}", 1, hostile, outcome, Received((), b"ab" * (1 << 19)))
    done: list[tuple[Any, Outcome]] = []
    for number in range(20):
        outcome = Outcome(status="up", http_status=200, total_ms=5.0)
        judgements.settle(f"friendly{number}", 2, friendly, outcome, Received((), b"hello"))
        ends = time.monotonic() + 30
        while not any(job == f"friendly{number}" for job, _ in done) and time.monotonic() < ends:
            done += taken(judgements, 1, within=1)
    assert [job for job, outcome in done if outcome.status == "up"] == [f"friendly{number}" for number in range(20)]
    ended = [outcome.error_code for job, outcome in done if str(job).startswith("hostile")]
    assert set(ended) <= {"invalid_spec"}
    judgements.close()
    judges.close()


def test_what_cannot_be_handed_over_is_its_endpoints_own(caplog: pytest.LogCaptureFixture):
    judges = Judges(1)
    judgements = Judgements(judges)
    odd, friendly = spec("http://x/", path("$..a", value=10**30)), spec("http://y/", JUDGED_BESIDE)
    for owner, site in enumerate((odd, odd, friendly), start=1):
        outcome = Outcome(status="up", http_status=200, total_ms=5.0)
        assert not judgements.settle(owner, owner, site, outcome, Received((), b'{"a": "hello"}'))
    done = dict(taken(judgements, 3, within=20))
    assert {job: outcome.status for job, outcome in done.items()} == {1: "unknown", 2: "unknown", 3: "down"}
    assert done[1].error_code == done[2].error_code == "internal_error"
    assert done[3].message == 'The body does not match "^hel+o$".', "the next one is judged"
    assert "could not be handed" in caplog.text
    judgements.close()
    judges.close()


def judging_processes() -> list[int]:
    """The judges of this process that live."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            command = (folder / "cmdline").read_bytes()
        except (OSError, NotADirectoryError):
            continue
        if b"judging.process" in command and int(fields[1]) == os.getpid() and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def until(condition: Callable[[], bool], within: float = 30) -> bool:
    ends = time.monotonic() + within
    while not condition() and time.monotonic() < ends:
        time.sleep(0.05)
    return condition()


def test_who_closes_waits_for_no_judgement_and_no_process_stays_at_it():
    judges = Judges()
    judgements = Judgements(judges)
    hostile = spec("http://x/", *HOSTILE["large automata"][0])
    before = set(judging_processes())
    outcome = Outcome(status="up", http_status=200, total_ms=5.0)
    judgements.settle("job", 1, hostile, outcome, Received((), b"ab" * (1 << 19)))
    assert until(lambda: set(judging_processes()) > before)
    started = time.monotonic()
    judgements.close()
    judges.close()
    assert time.monotonic() - started < 1
    assert until(lambda: set(judging_processes()) <= before)


def test_a_judge_knows_no_secret_of_ours_and_ends_with_its_parent():
    code = (
        "import os, sys, time\n"
        "from endpoint_check.tests.test_judging import *\n"
        "judgements = Judgements()\n"
        "outcome = Outcome(status='up', http_status=200, total_ms=5.0)\n"
        "judgements.settle('job', 1, spec('http://x/', *HOSTILE['large automata'][0]), outcome, Received((), b'ab' * (1 << 19)))\n"
        "assert until(judging_processes)\n"
        "pid = judging_processes()[0]\n"
        "print(pid, 'SECRET_KEY' in open(f'/proc/{pid}/environ').read(), flush=True)\n"
        "os._exit(0)\n"
    )
    environment = os.environ | {"SECRET_KEY": "a secret of ours", "DJANGO_SETTINGS_MODULE": "endpoint_check.settings"}
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout, done.stderr
    pid, knows = done.stdout.split()
    assert knows == "False"
    left = [psutil.Process(int(pid))] if psutil.pid_exists(int(pid)) else []
    assert still_running(left, within=30) == [], "its own limit ends it, though nobody is left to kill it"
