"""Guessing at accounts ends soon, and locks nobody out."""

import itertools
from typing import Any

import pyotp

from deploy.local.running import RunningFleet
from tests.attacks.raw import Raw, Tally, everywhere
from tests.outside import PASSWORD, nobody, sign_up

GUESSES = 300


def test_guessing_at_a_password_ends_and_the_owner_gets_in(
    fleet: RunningFleet, tally: Tally, neighbour: Any, unharmed: Any
) -> None:
    target, client = sign_up(fleet), nobody(fleet)
    # The owner's own address is known from the sign-up on; an attacker has another one, or the same network as here.
    with unharmed():
        statuses = everywhere(
            lambda number: (
                client.post("/user-service/login", {"email": target.email, "password": f"guess {number}"}).status_code
            ),
            range(GUESSES),
        )
        tally.count(GUESSES)
    assert set(statuses) <= {400, 429}
    assert statuses.count(400) < GUESSES / 2, "most guesses are not even looked at"
    assert target.get("/user-service/users/me").status_code == 200


def test_guessing_at_a_second_factor_ends_and_the_owner_is_told(
    fleet: RunningFleet, tally: Tally, unharmed: Any
) -> None:
    target = sign_up(fleet)
    secret = target.post("/user-service/users/me/totp", {"password": PASSWORD}).json()["secret"]
    code = pyotp.TOTP(secret).now()
    confirmed = target.post("/user-service/users/me/totp/confirm", {"code": code})
    assert confirmed.status_code in {200, 201}, confirmed.text
    client = nobody(fleet)
    wrong = (f"{number:06}" for number in itertools.count() if f"{number:06}" != code)
    codes = list(itertools.islice(wrong, GUESSES))
    with unharmed():
        statuses = everywhere(
            lambda code: (
                client.post(
                    "/user-service/login", {"email": target.email, "password": PASSWORD, "code": code}
                ).status_code
            ),
            codes,
        )
        tally.count(GUESSES)
    assert 200 not in statuses
    assert statuses.count(400) <= 30, "a day has few tries"
    events = [event["kind"] for event in target.get("/user-service/users/me/events").json()["items"]]
    assert any("code" in kind or "factor" in kind for kind in events), events


def test_mailed_links_cannot_be_guessed(gateway: Raw, tally: Tally) -> None:
    typed = [("Content-Type", "application/json")]
    for path, number in itertools.product(
        ("/user-service/users/confirm", "/user-service/password-reset/confirm"), range(100)
    ):
        body = f'{{"token": "{number:064x}", "password": "a long enough passphrase"}}'.encode()
        answer = gateway.send("POST", path, typed, body)
        assert answer.status in {400, 404, 429}, answer.body
