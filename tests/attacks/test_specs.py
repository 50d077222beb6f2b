"""What a user asks to be checked, and what the site answers, costs that user alone."""

import contextlib
import time
from typing import Any

from deploy.local.running import RunningFleet
from tests.attacks.hostile import ANSWERS, CONDITIONS, serving
from tests.attacks.raw import Tally, everywhere
from tests.outside import User, nobody, sign_up

SECONDS = 25
CRONS = ("1 */30 7 */31 l5", "0 0 30 2 *", "0 0 31 4,6,9,11 *", "* * * * *", "0 0 29 2 1", "*/59 */23 */31 2 *")


def test_hostile_sites_and_conditions_delay_nobody_else(
    fleet: RunningFleet, tally: Tally, attacker: User, unharmed: Any
) -> None:
    with serving(ANSWERS) as site, unharmed():
        specs = [
            {"url": f"{site.url}{path}", "assertions": [condition] * 10, "interval": 5, "timeout": 4}
            for path, condition in CONDITIONS
        ] + [{"url": f"{site.url}{path}", "interval": 5, "timeout": 4} for path in ANSWERS]
        for spec in specs * 4:
            tally.count()
            answer = attacker.post("/endpoint-service/endpoints", spec)
            assert answer.status_code in {201, 400, 429}, answer.text
        time.sleep(SECONDS)
        assert site.visits
    for page in range(1, 4):
        mine = attacker.get("/endpoint-service/endpoints", params={"per_page": 100, "page": page}).json()["items"]
        for endpoint in mine:
            attacker.delete(f"/endpoint-service/endpoints/{endpoint['id']}")


def test_checks_on_request_leave_slots_for_others(
    fleet: RunningFleet, tally: Tally, attacker: User, neighbour: Any, unharmed: Any
) -> None:
    """Four accounts and visitors without one ask for checks of sites that hang; somebody else still gets one."""
    users = [attacker, *(sign_up(fleet) for _ in range(3)), nobody(fleet)]
    with serving(ANSWERS) as site, unharmed():

        def ask(number: int) -> None:
            tally.count()
            with contextlib.suppress(OSError):
                users[number % 5].post("/endpoint-service/checks", {"url": f"{site.url}/tarpit", "timeout": 10})

        started = time.monotonic()
        everywhere(ask, range(60), threads=20)
        answer = neighbour.user.post("/endpoint-service/checks", {"url": f"{neighbour.url}/steady/0"})
        assert answer.status_code in {200, 429, 503}, answer.text
        assert time.monotonic() - started < 60


def test_windows_that_never_open_are_refused_or_cost_nothing(
    fleet: RunningFleet, tally: Tally, attacker: User, unharmed: Any
) -> None:
    with unharmed():
        for number in range(300):
            tally.count()
            window = {"name": "odd", "cron": CRONS[number % len(CRONS)], "duration": 60, "time_zone": "Asia/Seoul"}
            answer = attacker.post("/endpoint-service/maintenance-windows", window)
            assert answer.status_code in {201, 400}, answer.text
        assert attacker.get("/endpoint-service/maintenance-windows").status_code == 200
        assert attacker.get("/endpoint-service/endpoints/export").status_code == 200
        time.sleep(8)
    for _ in range(20):
        windows = attacker.get("/endpoint-service/maintenance-windows", params={"per_page": 100}).json()["items"]
        for window in windows:
            attacker.delete(f"/endpoint-service/maintenance-windows/{window['id']}")
        if not windows:
            break
