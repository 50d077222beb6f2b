"""The thread beside the multi handle: whatever a probe there does, its result comes and the engine ends."""

import asyncio
import threading
import time

import pytest

from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import spec_of
from endpoint_check.tests.probing import OPEN

SPEC = spec_of('{"url": "example.test", "kind": "dns", "timeout": 0.1}')


@pytest.fixture
def engine():
    made = Engine(slots=2, dns_servers=[("127.0.0.1", 9)])
    yield made
    made.close()


def test_a_probe_that_never_ends_is_ended(engine: Engine):
    async def never(*_):
        await asyncio.sleep(60)

    engine._async._probes["dns"] = never
    engine.add(SPEC, OPEN, "job")
    ((job, outcome),) = engine.run(5)
    assert job == "job"
    assert outcome.error_code == "read_timeout"


def test_an_unexpected_fault_is_one_failed_probe(engine: Engine):
    async def failing(*_):
        raise KeyError("secret")

    engine._async._probes["dns"] = failing
    engine.add(SPEC, OPEN, None)
    ((_, outcome),) = engine.run(5)
    assert outcome.error_code == "internal_error"
    assert "secret" not in outcome.message


def test_its_probes_take_slots_like_all_others(engine: Engine):
    for _ in range(2):
        engine.add(SPEC, OPEN, None)
    assert engine.free == 0
    assert len(engine.run(5)) == 2
    assert engine.free == 2


def test_waiting_with_nothing_to_do_costs_nothing(engine: Engine):
    engine.add(SPEC, OPEN, None)
    engine.run(5)
    engine.step(0.01)
    before, steps = time.monotonic() + 0.2, 0
    while time.monotonic() < before:
        engine.step(0.05)
        steps += 1
    assert steps <= 5


def test_closing_ends_the_thread_and_what_runs_in_it():
    engine = Engine(dns_servers=[("127.0.0.1", 9)])
    engine.add(spec_of('{"url": "example.test", "kind": "dns", "timeout": 60}'), OPEN, None)
    assert any(thread.name == "async_probes" for thread in threading.enumerate())
    before = time.monotonic()
    engine.close()
    assert time.monotonic() - before < 2
    assert not any(thread.name == "async_probes" for thread in threading.enumerate())
