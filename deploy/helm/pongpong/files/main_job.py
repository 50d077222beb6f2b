"""`helm test`: the main job through the gateway, as a stranger would do it. Signs up, watches a site that has to be up, has
an alert sent that has to arrive, and tidies up.

It runs as one text in a container of the services' image, so it imports nothing of ours. What it is told: the addresses
API and WEB, the SITE to watch, how many SECONDS each step may take, and where one does not simply sign up, the KEY of a user.
The alert goes to the channels of that user, or to EMAIL, the address that signs up (else one of example.com).
"""

import json
import os
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any


def call(method: str, path: str, body: dict[str, Any] | None = None, *, key: str = "", status: int) -> Any:
    """The answer's JSON; ends the test where the answer's status is another one."""
    headers = {"Content-Type": "application/json", "Accept-Language": "en"} | ({"apikey": key} if key else {})
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(os.environ["API"] + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            got, text = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        got, text = error.code, error.read()
    if got != status:
        raise SystemExit(f"{method} {path}: expected {status}, got {got}: {text.decode(errors='replace')}")
    return json.loads(text) if text and got < 400 else None


def wait_for(what: str, look: Callable[[], tuple[bool, str]]) -> str:
    """What `look` says as soon as it holds; ends the test where it does not within SECONDS."""
    until = time.monotonic() + float(os.environ["SECONDS"])
    while True:
        holds, said = look()
        if holds:
            return said
        if time.monotonic() > until:
            raise SystemExit(f"{what}: not within {os.environ['SECONDS']} s. {said}")
        time.sleep(1)


def watched(key: str, **spec: Any) -> int:
    """The id of a new endpoint for SITE."""
    body = {"url": os.environ["SITE"], "interval": 10, "failure_threshold": 1, **spec}
    endpoint: int = call("POST", "/endpoint-service/endpoints", body, key=key, status=201)["id"]
    return endpoint


def comes_up(endpoint: int, key: str) -> tuple[bool, str]:
    """Whether the newest result says so."""
    reports = call("GET", f"/report-service/reports?endpoint_id={endpoint}", key=key, status=200)["items"]
    if not reports:
        return False, "It was not checked at all."
    newest = reports[0]
    said = f"{os.environ['SITE']} was checked: {newest['status']}, {newest['total_ms']} ms"
    return newest["status"] == "up", said if newest["status"] == "up" else f"{said}: {newest['message']}"


def alert_arrives(endpoint: int, key: str) -> tuple[bool, str]:
    """Whether a channel was told that the endpoint is down, and what its last attempt said otherwise."""
    said = "No channel has an alert of it yet."
    for channel in call("GET", "/notification-service/notifications", key=key, status=200)["items"]:
        path = f"/notification-service/notifications/{channel['id']}/deliveries"
        for delivery in call("GET", path, key=key, status=200)["items"]:
            if endpoint not in {alert["endpoint_id"] for alert in delivery["alerts"]}:
                continue
            if delivery["state"] == "delivered":
                return True, f"an alert was delivered by {channel['kind']}"
            answers = [attempt["answer"] for attempt in delivery["attempts"]]
            said = f"The alert by {channel['kind']} is {delivery['state']}: {answers[-1:] or 'no attempt yet'}"
    return False, said


def main_job(key: str, made: list[int]) -> None:
    """A site is seen up, and of one that is down an alert arrives. Notes in `made` what has to be tidied up."""
    made.append(watched(key, name="helm test: up"))
    print(wait_for("The site is up", lambda: comes_up(made[0], key)))
    # The same site, of which something is expected that it never answers.
    made.append(watched(key, name="helm test: down, as it should be", expected_status="599"))
    print(wait_for("The alert arrives", lambda: alert_arrives(made[1], key)))


def main() -> None:
    """What is closed stays closed, and the main job is done by a new user, or by the one of KEY."""
    with urllib.request.urlopen(os.environ["WEB"] + "/login", timeout=20):
        pass  # an error would have been raised
    for path in ("/user-service/users/me", "/endpoint-service/endpoints"):
        call("GET", path, status=401)
    for path in ("/metrics", "/health/live", "/user-service/../metrics"):
        call("GET", path, status=404)
    made: list[int] = []
    if key := os.environ.get("KEY"):
        try:
            main_job(key, made)
        finally:
            for endpoint in made:
                call("DELETE", f"/endpoint-service/endpoints/{endpoint}", key=key, status=204)
        return
    password = secrets.token_urlsafe(24)
    email = os.environ.get("EMAIL") or f"helm-test-{secrets.token_hex(8)}@example.com"
    user = call("POST", "/user-service/users", {"email": email, "password": password}, status=201)
    if "key" not in user:
        raise SystemExit(
            "Sign-up waits for a confirmed address here (EMAIL_CONFIRMATION): give the test tests.keySecret."
        )
    try:
        main_job(user["key"], made)
    finally:
        call("DELETE", f"/user-service/users/{user['id']}", {"password": password}, key=user["key"], status=204)


if __name__ == "__main__":
    main()
