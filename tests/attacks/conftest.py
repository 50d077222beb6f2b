"""A fleet of its own to be attacked, with somebody on it who must not notice."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest

from deploy.local.running import RunningFleet, running_fleet
from tests.attacks.neighbour import Harm, Neighbour
from tests.attacks.raw import Raw, Tally
from tests.outside import User, sign_up

ALLOWED = 6.0
"""Seconds by which a check, an alert or a log-in may be later than in peace, on two cores that also run the attack and
whatever else the machine does. Without the walls each of these attacks makes it 15 to 60."""


@pytest.fixture(scope="package")
def fleet() -> Iterator[RunningFleet]:
    """Attackers make many accounts from one address, which is all that a test has."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    with running_fleet({"SIGN_UPS_PER_ADDRESS": "1000", "LOGINS_PER_ADDRESS": "1000"}) as running:
        yield running


@pytest.fixture(scope="package")
def tally() -> Tally:
    return Tally()


@pytest.fixture(scope="package")
def gateway(fleet: RunningFleet, tally: Tally) -> Iterator[Raw]:
    with closing(Raw(fleet.gateway_url, tally)) as client:
        yield client


@pytest.fixture(scope="package")
def web(fleet: RunningFleet, tally: Tally) -> Iterator[Raw]:
    with closing(Raw(fleet.frontend_url, tally)) as client:
        yield client


@pytest.fixture(scope="package")
def neighbour(fleet: RunningFleet) -> Iterator[Neighbour]:
    one = Neighbour(fleet)
    yield one
    one.close()


@pytest.fixture(scope="package")
def peace(neighbour: Neighbour) -> Harm:
    """What the neighbour sees while nobody attacks."""
    with neighbour.watched() as harm:
        time.sleep(15)
    return harm


@pytest.fixture
def unharmed(neighbour: Neighbour, peace: Harm) -> Callable[[], AbstractContextManager[Harm]]:
    """Makes blocks within which the neighbour must notice nothing."""

    @contextmanager
    def block() -> Iterator[Harm]:
        with neighbour.watched() as harm:
            yield harm
        print(f"\nin peace: {peace}\nattacked: {harm}")
        for name in ("lateness", "log_ins", "alerts"):
            before, during = getattr(peace, name), getattr(harm, name)
            assert max(during, default=0.0) <= max(before, default=0.0) + ALLOWED, (name, str(harm), str(peace))

    return block


@pytest.fixture(scope="package")
def attacker(fleet: RunningFleet) -> User:
    return sign_up(fleet)
