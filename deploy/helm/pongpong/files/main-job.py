"""`helm test`: the main job through the gateway, as a stranger would do it. Signs up, watches a site, and tidies up."""

import json
import os
import secrets
import time
import urllib.error
import urllib.request

API = os.environ["API"]
WEB = os.environ["WEB"]
SITE = os.environ["SITE"]
SECONDS = float(os.environ["SECONDS"])


def call(method, path, body=None, key=None):
    """The answer's status and JSON."""
    headers = {"Content-Type": "application/json", "Accept-Language": "en"}
    if key:
        headers["apikey"] = key
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(API + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def expect(status, got):
    if got[0] != status:
        raise SystemExit(f"Expected {status}, got {got[0]}: {got[1]}")
    return got[1]


def main():
    # The web app answers, and what is not for the world does not exist at the gateway.
    with urllib.request.urlopen(WEB + "/login", timeout=20) as page:
        assert page.status == 200
    for path in ("/user-service/users/me", "/endpoint-service/endpoints"):
        expect(401, call("GET", path))
    for path in ("/metrics", "/health/live", "/user-service/../metrics"):
        expect(404, call("GET", path))

    password = secrets.token_urlsafe(24)
    email = f"helm-test-{secrets.token_hex(8)}@example.com"
    user = expect(201, call("POST", "/user-service/users", {"email": email, "password": password}))
    if "key" not in user:
        print("Sign-up waits for a confirmed address here (EMAIL_CONFIRMATION): the rest cannot be tested.")
        return
    try:
        watch(user["key"])
    finally:
        call("DELETE", f"/user-service/users/{user['id']}", {"password": password}, user["key"])


def watch(key):
    """An endpoint is made, checked, and its result reported."""
    endpoint = expect(201, call("POST", "/endpoint-service/endpoints", {"url": SITE, "interval": 10}, key))
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        reports = expect(200, call("GET", f"/report-service/reports?endpoint_id={endpoint['id']}", None, key))["items"]
        if reports:
            print(f"{SITE} was checked: {reports[0]['status']}, {reports[0]['total_ms']} ms")
            return
        time.sleep(1)
    raise SystemExit(f"No result of {SITE} after {SECONDS:.0f} s")


if __name__ == "__main__":
    main()
