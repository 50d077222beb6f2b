"""A user's receivers that hang, and floods of messages, delay nobody else's and annoy nobody who did not ask."""

import time
from typing import Any

from deploy.local.running import RunningFleet
from tests.attacks.hostile import serving, tarpit
from tests.attacks.raw import Tally, everywhere
from tests.outside import PASSWORD, User, mails

CHANNELS = 45
SECONDS = 30


def test_receivers_that_hang_delay_their_owner_alone(
    fleet: RunningFleet, tally: Tally, attacker: User, unharmed: Any
) -> None:
    with serving({"/hook": tarpit, "/dies": tarpit}) as receiver, unharmed():
        for number in range(CHANNELS):
            tally.count()
            settings = {"url": f"{receiver.url}/hook", "secret": PASSWORD}
            channel = {"name": f"Tarpit {number}", "kind": "webhook", "settings": settings}
            assert attacker.post("/notification-service/notifications", channel).status_code == 201
        for number in range(20):
            spec = {"url": f"http://127.0.0.1:9/{number}", "interval": 5, "failure_threshold": 1}
            assert attacker.post("/endpoint-service/endpoints", spec).status_code == 201
        time.sleep(SECONDS)
        assert receiver.visits
    for path in ("/notification-service/notifications", "/endpoint-service/endpoints"):
        for item in attacker.get(path, params={"per_page": 100}).json()["items"]:
            attacker.delete(f"{path}/{item['id']}")


def test_nobody_is_flooded_with_what_they_did_not_ask_for(
    fleet: RunningFleet, tally: Tally, attacker: User, unharmed: Any
) -> None:
    stranger = "stranger@elsewhere.example"
    channel = {"name": "Theirs", "kind": "email", "settings": {"addresses": [stranger]}}
    made = attacker.post("/notification-service/notifications", channel)
    assert made.status_code == 201, made.text
    path = f"/notification-service/notifications/{made.json()['id']}/test"
    with unharmed():
        answers = everywhere(lambda _: attacker.post(path).status_code, range(60))
        tally.count(len(answers))
        resets = everywhere(
            lambda _: attacker.post("/user-service/password-reset", {"email": stranger}).status_code, range(40)
        )
        tally.count(len(resets))
        time.sleep(5)
    assert len(mails(fleet, stranger)) <= 1, "the confirmation, and nothing else"
    assert answers.count(200) <= 30
