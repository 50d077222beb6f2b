"""Nobody reads or changes what is not theirs, however they ask: every route, every way to pose as somebody."""

import itertools
import json
import re
import uuid
from typing import Any

import pytest

from common.fleet import fleet as fleet_data
from common.fleet import host_name
from deploy.local.running import RunningFleet
from tests.attacks.raw import Answer, Headers, Raw, Tally, everywhere
from tests.lint import DOCUMENTS
from tests.outside import User, eventually, sign_up

CANARY = f"canary{uuid.uuid4().hex}"
"""Stands in everything of the victim's; no answer to anybody else may hold it."""
MADE_UP = "0123456789abcdef0123456789abcdef"
TRICKS = (
    "/..", "/%2e%2e", "/..%2f", "/%2e%2e%2f", "/x/../..", "//", "/./..", "/..%5c", "/..;", "%2f..%2f", "/..%252f", "/.%2e", "/%2e.", "/..%c0%af", "\\..\\", "/api/../..",
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@pytest.fixture(scope="module")
def victim(fleet: RunningFleet) -> User:
    return sign_up(fleet, f"{CANARY}@example.com", name=CANARY)


@pytest.fixture(scope="module")
def belongings(victim: User) -> dict[str, Any]:
    """One of everything, by the first segment of its path."""
    endpoint = victim.post(
        "/endpoint-service/endpoints",
        {
            "url": f"http://127.0.0.1:9/{CANARY}",
            "name": CANARY,
            "interval": 5,
            "failure_threshold": 1,
            "tags": [CANARY],
        },
    ).json()
    listed = {"endpoint_ids": [endpoint["id"]]}
    window = {"name": CANARY, "starts_at": "2031-01-01T00:00:00Z", "duration": 3600} | listed
    channel = {"name": CANARY, "kind": "email", "settings": {"addresses": [victim.email]}}
    page = {"title": CANARY, "slug": f"page-{uuid.uuid4().hex}", "is_public": False}
    incident = eventually(
        "an incident",
        lambda: victim.get("/report-service/incidents", params={"endpoint_id": endpoint["id"]}).json()["items"],
        within=60,
    )[0]
    victim.post(f"/report-service/incidents/{incident['id']}/notes", {"text": CANARY})
    return {
        "users": victim.id,
        "endpoints": endpoint["id"],
        "maintenance-windows": victim.post("/endpoint-service/maintenance-windows", window).json()["id"],
        "notifications": victim.post("/notification-service/notifications", channel).json()["id"],
        "keys": victim.post("/user-service/keys", {"name": CANARY}).json()["id"],
        "reports": victim.get("/report-service/reports").json()["items"][0]["id"],
        "incidents": incident["id"],
        "status-pages": victim.post("/report-service/status-pages", page).json().get("id", 1),
    }


def operations() -> list[tuple[str, str, str]]:
    """`(service, method, path)` of every public operation."""
    found = []
    for name in fleet_data().public:
        document = json.loads((DOCUMENTS / f"{name}.public.json").read_text())
        found += [
            (name, method.upper(), path)
            for path, methods in document["paths"].items()
            for method in methods
            if method in {"get", "post", "put", "patch", "delete"}
        ]
    return found


def at(service: str, path: str, belongings: dict[str, Any]) -> str:
    """The path with the victim's ids in it."""
    mine = belongings.get(path.split("/")[1], 1)
    path = re.sub(r"{\w+}", str(mine), path, count=1)
    path = re.sub(r"{incident_id}", str(belongings["incidents"]), path)
    return f"/{host_name(service)}" + re.sub(r"{\w+}", "1", path)


def poses(attacker: User, victim: User) -> list[Headers]:
    """Every way to pose as the victim that we can think of."""
    me, name, token = str(attacker.key), str(victim.id), MADE_UP
    spoofs = [
        (header, name)
        for header in (
            "X-Consumer-Custom-ID", "x-consumer-custom-id", "X_Consumer_Custom_ID", "X-Consumer_Custom-ID",
            "X-Consumer-Username", "X-Consumer-ID", "X-Credential-Identifier", "X-Forwarded-User", "X-User-ID",
        )
    ]  # fmt: skip
    with_tokens = [
        [spoof, (header, token)]
        for spoof in spoofs[:3]
        for header in ("X-Internal-Token", "X-Gateway-Token", "X_Internal_Token", "X_Gateway_Token")
    ]
    return [
        [],
        [("apikey", MADE_UP)],
        [("apikey", "")],
        [("apikey", me)],
        [("apikey", me), ("apikey", me)],
        [("Authorization", f"Bearer {victim.id}")],
        [("Connection", "X-Consumer-Custom-ID"), ("apikey", me)],
        *([spoof] for spoof in spoofs),
        *([spoof, ("apikey", me)] for spoof in spoofs),
        *([spoof, spoof] for spoof in spoofs[:4]),
        *with_tokens,
        [*spoofs, ("apikey", me)],
        [("X-HTTP-Method-Override", "GET"), ("apikey", me)],
        [("X-Original-URL", "/users"), ("X-Rewrite-URL", "/users")],
        [("Host", "user-service")],
    ]


def snapshot(victim: User) -> str:
    """Everything of the victim's that others might change."""
    lists = ("/endpoint-service/endpoints", "/endpoint-service/maintenance-windows", "/notification-service/notifications",
             "/user-service/keys", "/user-service/users/me", "/report-service/status-pages")  # fmt: skip
    moving = {"state", "state_changed_at", "last_checked_at", "last_used_at"}
    found = [victim.get(path, params={"per_page": 100}).json() for path in lists]
    return _without(found, moving)


def _without(value: Any, names: set[str]) -> str:
    def kept(one: Any) -> Any:
        if isinstance(one, dict):
            return {key: kept(inner) for key, inner in one.items() if key not in names}
        return [kept(inner) for inner in one] if isinstance(one, list) else one

    return json.dumps(kept(value), sort_keys=True)


def test_nobody_gets_at_what_is_the_victims(  # noqa: PLR0917  fixtures
    gateway: Raw, tally: Tally, attacker: User, victim: User, belongings: dict[str, Any], unharmed: Any
) -> None:
    before = snapshot(victim)
    body = json.dumps({"user_id": victim.id, "name": "taken", "text": "taken"}).encode()
    tries = [
        (method, at(service, path, belongings), pose)
        for (service, method, path), pose in itertools.product(operations(), poses(attacker, victim))
        if "{" in path
    ]

    def attempt(one: tuple[str, str, Headers]) -> tuple[str, str, Headers, Answer]:
        method, path, headers = one
        sent = [*headers, *([("Content-Type", "application/json")] if method != "GET" else [])]
        return method, path, headers, gateway.send(method, path, sent, body if method != "GET" else None)

    with unharmed():
        answers = everywhere(attempt, tries)
    for method, path, headers, answer in answers:
        if answer.let_in or CANARY in answer.body or answer.status >= 500:
            tally.got_in(f"{method} {path} {headers}: {answer.status} {answer.body[:200]}")
    assert not tally.let_in, "\n".join(tally.let_in)
    assert snapshot(victim) == before


def test_lists_show_the_victims_things_to_nobody_else(
    gateway: Raw, tally: Tally, attacker: User, victim: User, belongings: dict[str, Any]
) -> None:
    queries = ["", f"?user_id={victim.id}", f"?endpoint_id={belongings['endpoints']}", "?per_page=100", f"?q={CANARY}",
               f"?search={CANARY}", f"?tag={CANARY}", f"?apikey={MADE_UP}&apikey={attacker.key}"]  # fmt: skip
    tries = [
        (f"/{host_name(service)}{path}{query}", pose)
        for service, method, path in operations()
        if method == "GET" and "{" not in path
        for query in queries
        for pose in poses(attacker, victim)
    ]
    for (path, pose), answer in zip(
        tries, everywhere(lambda one: gateway.send("GET", one[0], one[1]), tries), strict=True
    ):
        # A search that is refused may repeat what was searched for.
        found = CANARY in answer.body.replace(f"={CANARY}", "")
        if found or answer.status >= 500:
            tally.got_in(f"GET {path} {pose}: {answer.status} {answer.body[:200]}")
    assert not tally.let_in, "\n".join(tally.let_in)


def test_no_way_leads_to_an_internal_route(gateway: Raw, tally: Tally, attacker: User, victim: User) -> None:
    inside = {"/health/live", "/health/ready", "/metrics", "/schema", "/docs"}
    for name in fleet_data().services:
        if name != "frontend":
            inside |= set(json.loads((DOCUMENTS / f"{name}.internal.json").read_text())["paths"])
    paths = [re.sub(r"{\w+}", str(victim.id), path) for path in sorted(inside)]
    prefixes = ["", *(f"/{host_name(name)}" for name in fleet_data().services)]
    headers: list[Headers] = [[], [("apikey", str(attacker.key)), ("X-Internal-Token", MADE_UP)]]
    tries = [
        (f"{prefix}{trick}{path}", one)
        for prefix, trick, path, one in itertools.product(prefixes, ("", *TRICKS), paths, headers)
        # Below a public prefix the same words may name a public route, which is another test's; an empty segment is none.
        if trick.strip("/") or prefix.lstrip("/").replace("-", "_") not in fleet_data().public
    ]
    chosen = tries[:: max(1, len(tries) // 6000)]
    for (path, _headers), answer in zip(
        chosen, everywhere(lambda one: gateway.send("GET", one[0], one[1]), chosen), strict=True
    ):
        refused = answer.status in {0, 301, 307, 308, 400, 401, 403, 404, 405}
        # Where a gateway tidies the path up, it is the public document, which is for everybody.
        public = answer.status == 200 and "(public)" in answer.body and "(internal)" not in answer.body
        if not (refused or public) or CANARY in answer.body or "python_info" in answer.body:
            tally.got_in(f"GET {path}: {answer.status} {answer.body[:200]}")
    assert not tally.let_in, "\n".join(tally.let_in)


def test_pages_of_the_web_app_open_for_their_owner_alone(
    web: Raw, tally: Tally, victim: User, belongings: dict[str, Any]
) -> None:
    ids = {"endpoint": belongings["endpoints"], "incident": belongings["incidents"], "page": belongings["status-pages"]}
    paths = ["/dashboard", "/settings", "/incidents", f"/endpoints/{ids['endpoint']}", f"/endpoints/{ids['endpoint']}/data",
             f"/endpoints/{ids['endpoint']}/edit", f"/incidents/{ids['incident']}", "/keys", "/notifications"]  # fmt: skip
    cookies = ["", "sessionid=", f"sessionid={MADE_UP}", f"sessionid={victim.id}", "csrftoken=x; sessionid=../../etc"]
    for path, cookie, method in itertools.product(paths, cookies, ("GET", "POST", "DELETE")):
        answer = web.send(method, path, [("Cookie", cookie)] if cookie else [])
        if answer.let_in or CANARY in answer.body or answer.status >= 500:
            tally.got_in(f"{method} {path} {cookie}: {answer.status} {answer.body[:200]}")
    assert not tally.let_in, "\n".join(tally.let_in)


def test_all_this_were_ten_thousand_attempts(tally: Tally) -> None:
    """Of this file alone, in the order of its tests."""
    assert tally.attempts >= 10_000
