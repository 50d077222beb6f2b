"""Every part that is taken away is missed, within three minutes with the chart's own patience (here with less of it)."""

from collections.abc import Callable, Iterator

import pytest

from tests import silence
from tests.chart.tools import require_prometheus
from tests.silence import ALWAYS, SCENARIOS, WITHIN, Heard, Scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    require_prometheus()
    with silence.scene(tmp_path_factory.mktemp("silence")) as found:
        yield found


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.__name__)
def test_what_is_taken_away_is_heard_of_and_nothing_else_is_called_missing(
    scene: Scene, scenario: Callable[[Scene], Heard]
):
    silence.all_is_well(scene)
    heard = scenario(scene)
    assert max(heard.values()) < WITHIN
    missed.update(part for alert, part in heard if alert == "PartIsMissing")
    silence.all_is_well(scene)


missed = {part for alert, part in ALWAYS if alert == "PartIsMissing"}
"""The parts that were taken away so far."""


def test_every_process_was_taken_away():
    assert silence.processes() <= missed
