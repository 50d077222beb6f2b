"""A search over answers and conditions: none holds the loop, and the neighbour is judged."""

import gc
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.security.crypto import encrypt
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging.judgements import Judgements
from endpoint_check.engine.judging.judges import Judges
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import Spec, spec_of

HELD = 0.02


"""Seconds of computing that a step of the loop may take."""


JUDGED_BESIDE = {"kind": "body_regex", "value": "^hel+o$"}


def path(target: str, operator: str = "equals", value: Any = "nowhere") -> dict[str, Any]:
    return {"kind": "json_path", "target": target, "operator": operator, "value": value}


def regex(value: str) -> dict[str, Any]:
    return {"kind": "body_regex", "value": value}


def spec(url: str, *conditions: dict[str, Any], **fields: Any) -> Spec:
    return spec_of(json.dumps({"url": url, "timeout": 10, "assertions": conditions, **fields}))


UNITS = st.sampled_from([
    b"[", b"[]", b"[],", b'{"a":', b"1,", b"9", b"1e5,", b'"\\ud800",', b"\xff", b"a\xff", "가".encode(), b"\xc7\xd1",
    "\u0301\u0323".encode(), b"ab", b"<meta ", b"<!--", b"\x1b$B", b"\x00", b"secret1", b"\x80\x81", b"{}",
]) | st.binary(min_size=1, max_size=8)  # fmt: skip


PATTERNS = st.sampled_from(["(?:(?:a|b)?){450}z", "((a?){100}){9}$", "(.*)*x", r"(\pL|\pN){99}", "a|b|c", "^$"])


PATHS = st.sampled_from(
    ["$..*..*..*", "$..*", "$[*]", "$..[?@..*]", "$[?@.a==$..a]", "$.a.a.a", "$[0][0]", "$[?search(@,'a*')]"]
)


CONDITIONS = st.one_of(
    st.builds(regex, PATTERNS),
    st.builds(path, PATHS, st.sampled_from(["equals", "not_equals", "contains", "matches", "at_least", "exists", "not_contains"]),
              st.sampled_from(["x", 1, None, "1" * 400])),
    st.builds(lambda kind, value: {"kind": kind, "value": value}, st.sampled_from(["body_contains", "body_not_contains"]),
              st.sampled_from(["ab" * 45 + "c", "말", "\u0301" * 2000, "x"])),
    st.builds(lambda operator, value: {"kind": "header", "target": "X-A", "operator": operator, "value": value},
              st.sampled_from(["equals", "contains", "matches", "not_contains"]), st.sampled_from(["x", "a*b"])),
)  # fmt: skip


@pytest.fixture(scope="module")
def judges() -> Iterator[Judges]:
    from endpoint_check.tasks import calm_the_collector  # noqa: PLC0415  it needs Django, the processes here do not

    before = gc.get_threshold()
    calm_the_collector()
    judges = Judges()
    yield judges
    judges.close()
    gc.unfreeze()
    gc.set_threshold(*before)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    unit=UNITS, repeated=st.sampled_from([1, 100, 5000, 1 << 20]), head=st.binary(max_size=8),
    header=st.binary(max_size=60), headers=st.sampled_from([0, 10, 1000, 20_000]),
    label=st.sampled_from(["", "utf-8", "euc-kr", "euc-jp", "windows-1255", "utf-16", "big5"]),
    conditions=st.lists(CONDITIONS, max_size=20), status=st.sampled_from([200, 500]), secrets=st.sampled_from([0, 3, 50]),
    cut=st.booleans(),
)  # fmt: skip
def test_no_answer_and_no_condition_holds_the_loop_or_the_neighbour(  # noqa: PLR0917
    judges: Judges, unit: bytes, repeated: int, head: bytes, header: bytes, headers: int, label: str,
    conditions: list[dict[str, Any]], status: int, secrets: int, cut: bool,
) -> None:  # fmt: skip
    body = head + (unit * repeated)[: 1 << 20]
    lines = [
        b"HTTP/1.1 200 OK\r\n",
        f"Content-Type: text/html; charset={label}\r\n".encode(),
        *[b"X-A: " + header] * headers,
    ]
    hidden = {"headers": {f"X-Key-{n}": f"secret{n} " * 50 for n in range(secrets)}}
    site = spec("http://x/", *conditions, secrets=encrypt(hidden))
    neighbour = spec("http://y/", JUDGED_BESIDE)
    for _ in range(3):  # a machine that is shared takes time from a step
        judgements = Judgements(judges)
        outcome = Outcome(status="up", http_status=status, total_ms=5.0)
        before = time.thread_time()
        is_settled = judgements.settle("site", 1, site, outcome, Received(lines, body, cut=cut))
        held = time.thread_time() - before
        if held < HELD:
            break
        judgements.close()
    assert held < HELD
    if is_settled:
        outcome.message.encode()
    good = Outcome(status="up", http_status=200, total_ms=5.0)
    assert not judgements.settle("neighbour", 2, neighbour, good, Received((), b"hello"))
    ends, found = time.monotonic() + 30, dict[Any, Outcome]()
    while "neighbour" not in found and time.monotonic() < ends:
        judgements.wait(0.1)
        found |= dict(judgements.take())
    assert found["neighbour"].status == "up"
    judgements.close()
