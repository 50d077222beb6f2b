"""Beat's clock, with a broker's place taken by a list: what is sent when."""

import time

import pytest
from celery import Celery

from common.beat import schedule
from common.processes.ticker import Ticker


@pytest.fixture
def sent(monkeypatch):
    """The names that were sent."""
    names = []
    monkeypatch.setattr(Ticker, "producer", None)
    monkeypatch.setattr(Ticker, "send_task", lambda _self, name, *_, **__: names.append(name))
    return names


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still; `clock[0] += 1` moves it."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def ticker(**seconds: float) -> Ticker:
    app = Celery("beat", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {name: {"task": f"{name}.tasks.run", "schedule": every} for name, every in seconds.items()}
    return Ticker(app)


def test_each_entry_is_sent_at_its_own_pace(sent, clock):
    beat = ticker(quick=1, slow=3)
    for _ in range(60):
        clock[0] += beat.tick()
    beat.tick()
    assert sent.count("quick.tasks.run") == 60
    assert sent.count("slow.tasks.run") == 20


def test_it_sleeps_until_the_next_moment(sent, clock):
    beat = ticker(slow=3)
    assert beat.tick() == 3
    clock[0] += 2.5
    assert beat.tick() == 0.5
    assert sent == []


def test_moments_that_passed_are_left_out(sent, clock):
    beat = ticker(quick=1)
    beat.tick()
    clock[0] += 1000.5
    assert beat.tick() == 1
    assert len(sent) == 1


def test_a_failed_message_stops_nothing(sent, clock, monkeypatch):
    beat = ticker(quick=1, other=1)
    beat.tick()

    def fail(_self, name, *_, **__):
        sent.append(name)
        raise ConnectionError("no broker")

    monkeypatch.setattr(Ticker, "send_task", fail)
    clock[0] += 1
    assert beat.tick() > 0
    assert sorted(sent) == ["other.tasks.run", "quick.tasks.run"]


def test_the_fleets_whole_schedule_is_sent(sent, clock):
    app = Celery("beat", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = schedule("default")
    beat = Ticker(app)
    beat.tick()
    clock[0] += 3600
    beat.tick()
    assert set(sent) == {entry["task"] for entry in schedule("default").values()}
