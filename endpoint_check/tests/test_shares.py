"""Whose answer is judged next: who took much comes last, and loses only its own."""

from dataclasses import dataclass

import pytest

from endpoint_check.engine.judging import shares
from endpoint_check.engine.judging.shares import HALF_LIFE, HEAVY, Shares


@dataclass(eq=False)
class Answer:
    owner: int
    endpoint: int = 0
    size: int = 1


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def order(waiting: Shares[Answer], *, light: bool = False) -> list[int]:
    found = []
    while (task := waiting.next(light=light)) is not None:
        found.append(task.owner)
    return found


def test_of_two_owners_the_one_who_took_less_comes_first(clock: Clock):
    waiting: Shares[Answer] = Shares(clock)
    for owner in (1, 1, 1, 2):
        waiting.put(Answer(owner))
    waiting.charge(Answer(1), 0.5)
    assert order(waiting) == [2, 1, 1, 1]


def test_who_took_much_is_passed_over_until_that_is_forgotten(clock: Clock):
    waiting: Shares[Answer] = Shares(clock)
    waiting.charge(Answer(1), 4 * HEAVY)
    waiting.put(Answer(1))
    assert waiting.next(light=True) is None
    clock.now = 3 * HALF_LIFE
    assert order(waiting, light=True) == [1]


def test_of_an_owner_who_is_not_known_yet_one_answer_is_judged_at_a_time_where_others_are_to_be_served(clock: Clock):
    waiting: Shares[Answer] = Shares(clock)
    for _ in range(3):
        waiting.put(Answer(1))
    first = waiting.next(light=True)
    assert first is not None
    assert waiting.next(light=True) is None
    assert waiting.next(light=False) is not None
    waiting.charge(first, 0.001)
    assert waiting.next(light=True) is not None


def test_a_slow_endpoint_comes_after_its_owners_others(clock: Clock):
    waiting: Shares[Answer] = Shares(clock)
    waiting.charge(Answer(1, endpoint=7), 1.9)
    tasks = [Answer(1, endpoint=7), Answer(1, endpoint=8), Answer(1, endpoint=9)]
    for task in tasks:
        waiting.put(task)
    assert [waiting.next(light=False) for _ in tasks] == [tasks[1], tasks[2], tasks[0]]


def test_what_is_too_much_is_taken_from_who_has_the_most(clock: Clock, monkeypatch):
    monkeypatch.setattr(shares, "BYTES", 10)
    waiting: Shares[Answer] = Shares(clock)
    first = Answer(1, size=4)
    assert waiting.put(first) == []
    assert waiting.put(Answer(2, size=3)) == []
    second = Answer(1, size=4)
    assert waiting.put(second) == [second], "the newest of who has the most"
    assert waiting.put(Answer(3, size=3)) == []
    assert len(waiting) == 3


def test_one_owner_has_so_many_waiting_and_no_more(clock: Clock, monkeypatch):
    monkeypatch.setattr(shares, "TASKS", 2)
    waiting: Shares[Answer] = Shares(clock)
    sent_away = [waiting.put(Answer(1)) for _ in range(4)]
    assert [len(away) for away in sent_away] == [0, 0, 1, 1]
    assert waiting.put(Answer(2)) == []


def test_what_is_dropped_waits_no_more(clock: Clock):
    waiting: Shares[Answer] = Shares(clock)
    for owner in (1, 2, 1):
        waiting.put(Answer(owner))
    waiting.remove(lambda task: task.owner == 1)
    assert order(waiting) == [2]
