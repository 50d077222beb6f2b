"""`helm test`: the main job through the gateway, as a stranger would do it. Signs up, watches a site, and tidies up.

It runs as one text in a container of the services' image, so it imports nothing of ours. What it is told: the addresses
API and WEB, the SITE to watch, and how many SECONDS its first result may take.
"""

import json
import os
import secrets
import time
import urllib.error
import urllib.request
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


def watch(key: str) -> str:
    """An endpoint is made, checked, and its result reported."""
    site, seconds = os.environ["SITE"], float(os.environ["SECONDS"])
    endpoint = call("POST", "/endpoint-service/endpoints", {"url": site, "interval": 10}, key=key, status=201)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        path = f"/report-service/reports?endpoint_id={endpoint['id']}"
        if reports := call("GET", path, key=key, status=200)["items"]:
            return f"{site} was checked: {reports[0]['status']}, {reports[0]['total_ms']} ms"
        time.sleep(1)
    raise SystemExit(f"No result of {site} after {seconds:.0f} s")


def main() -> None:
    """What is closed stays closed, and a new user's site is watched."""
    with urllib.request.urlopen(os.environ["WEB"] + "/login", timeout=20):
        pass  # an error would have been raised
    for path in ("/user-service/users/me", "/endpoint-service/endpoints"):
        call("GET", path, status=401)
    for path in ("/metrics", "/health/live", "/user-service/../metrics"):
        call("GET", path, status=404)
    password = secrets.token_urlsafe(24)
    new = {"email": f"helm-test-{secrets.token_hex(8)}@example.com", "password": password}
    user = call("POST", "/user-service/users", new, status=201)
    if "key" not in user:
        print("Sign-up waits for a confirmed address here (EMAIL_CONFIRMATION): the rest cannot be tested.")
        return
    try:
        print(watch(user["key"]))
    finally:
        call("DELETE", f"/user-service/users/{user['id']}", {"password": password}, key=user["key"], status=204)


if __name__ == "__main__":
    main()
