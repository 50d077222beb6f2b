"""Every part that is taken away is missed, within three minutes with the chart's own patience (here with less of it)."""

from collections.abc import Callable, Iterator

import pytest

from common.fleet import fleet
from tests import silence
from tests.chart.tools import require_prometheus
from tests.silence import CHECKERS, OTHERS, RECEIVERS, SCENARIOS, WITHIN, Heard, Scene


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
    silence.all_is_well(scene)


def test_every_process_of_the_fleet_is_taken_away():
    services = fleet().services
    workers = [worker.name for one in services.values() for worker in one.workers]
    assert sorted([*RECEIVERS, *CHECKERS, *OTHERS]) == sorted([*services, *workers, "beat"])
