"""What one owner does holds back no feed and no other owner."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from common.testing.cast import OUTSIDER_ID, OWNER_ID, client_for
from common.testing.contracts import assert_error, assert_ok
from endpoint_service.endpoints import owner_lock, parsing
from endpoint_service.endpoints.values import EndpointValues
from endpoint_service.models import Endpoint, MaintenanceWindow

pytestmark = pytest.mark.django_db(transaction=True)
BULK, IMPORT = "/api/endpoints/bulk", "/api/endpoints/import"
WINDOW = {"name": "W", "cron": "0 3 * * *", "duration": 60}


@pytest.fixture
def reading(monkeypatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """`(begun, go on)`: the first item of a call takes as long to read as the test wants."""
    begun, go_on = threading.Event(), threading.Event()
    read = parsing.Parser.fields

    def slowly(parser: Any, item: Any, *, partial: bool = False) -> EndpointValues:
        if isinstance(item, dict) and item.get("name") == "slow":
            begun.set()
            assert go_on.wait(30)
        return read(parser, item, partial=partial)

    monkeypatch.setattr(parsing.Parser, "fields", slowly)
    yield begun, go_on
    go_on.set()


def in_thread(act: Callable[[], Any]) -> Any:
    def run() -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(run)
    finally:
        pool.shutdown(wait=False)


def feed(client) -> list[int]:
    return [item["id"] for item in client.get("/endpoints").json()["items"]]


def test_a_call_that_takes_long_to_read_holds_nobody_back(owner, outsider, internal, reading) -> None:
    begun, go_on = reading
    mine, foreign = (client.post("/api/endpoints", {"url": "a.example"}).json()["id"] for client in (owner, outsider))
    calls = [
        (BULK, {"action": "create", "endpoints": [{"url": "b.example", "name": "slow"}]}),
        (BULK, {"action": "update", "endpoints": [{"id": foreign, "name": "x"}, {"id": mine, "name": "slow"}]}),
        (IMPORT, {"endpoints": [{"key": "c", "url": "c.example", "name": "slow"}]}),
    ]
    for path, body in calls:
        begun.clear()
        go_on.clear()
        running = in_thread(partial(client_for(OWNER_ID).post, path, body))
        assert begun.wait(30)
        assert outsider.patch(f"/api/endpoints/{foreign}", {"name": path}).status_code == 200
        assert owner.patch(f"/api/endpoints/{mine}", {"name": "meanwhile"}).status_code == 200
        made = outsider.post("/api/endpoints", {"url": "new.example"}).json()["id"]
        assert made in feed(internal)
        go_on.set()
        assert running.result(30).status_code == 200


def test_rows_of_others_are_never_locked(owner, outsider) -> None:
    foreign = outsider.post("/api/endpoints", {"url": "a.example"}).json()["id"]
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM endpoint_service_endpoint WHERE id = %s FOR UPDATE", [foreign])
        calls = [
            {"action": "update", "endpoints": [{"id": foreign, "name": "x"}]},
            *({"action": action, "ids": [foreign]} for action in ("pause", "resume", "delete")),
            {"action": "tag", "ids": [foreign], "tags": ["x"]},
        ]
        for call in calls:
            running = in_thread(partial(client_for(OWNER_ID).post, BULK, call))
            [result] = assert_ok(running.result(30))["results"]
            assert result["code"] == "FORBIDDEN"
    finally:
        other.close()


def test_a_large_import_is_written_in_parts(owner, monkeypatch) -> None:
    monkeypatch.setattr(owner_lock, "PART", 10)
    file: dict[str, list[dict[str, Any]]] = {
        "endpoints": [{"url": f"{number}.example", "key": f"k{number}"} for number in range(35)],
        "maintenance_windows": [WINDOW | {"name": f"W{number}", "endpoints": ["k34"]} for number in range(25)],
    }

    def transactions(model: Any) -> int:
        return len(set(model.objects.values_list("changed_xid", flat=True)))

    assert assert_ok(owner.post(IMPORT, file))["created"] == 35
    assert (transactions(Endpoint), transactions(MaintenanceWindow)) == (4, 3)
    for entry in (*file["endpoints"], *file["maintenance_windows"]):
        entry["name"] = entry.get("name", "Changed")
    for window in file["maintenance_windows"]:
        window["duration"] = 120
    assert assert_ok(owner.post(IMPORT, file))["updated"] == 35
    assert (transactions(Endpoint), transactions(MaintenanceWindow)) == (4, 3)
    assert set(MaintenanceWindow.objects.values_list("duration", flat=True)) == {120}


def test_the_owners_lock_is_given_back_whatever_happens(owner) -> None:
    assert_error(owner.post(IMPORT, {"endpoints": [{"url": "a.example", "headers": {"Cookie": "••••••"}}]}), 400)
    with pytest.raises(ZeroDivisionError), owner_lock.owner_locked_for_parts(OWNER_ID):
        raise ZeroDivisionError
    running = in_thread(lambda: client_for(OWNER_ID).post("/api/endpoints", {"url": "a.example"}))
    assert running.result(30).status_code == 201


def test_who_waits_too_long_for_an_own_change_is_told_so(owner) -> None:
    other = psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})

    def impatient() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 50")
        return [
            client_for(OWNER_ID).post("/api/endpoints", {"url": "a.example"}),
            client_for(OWNER_ID).post(IMPORT, {"endpoints": []}),
            client_for(OUTSIDER_ID).post("/api/endpoints", {"url": "a.example"}),
        ]

    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [OWNER_ID])
        one, many, stranger = in_thread(impatient).result(30)
        assert_error(one, 429, "CHANGES_BUSY")
        assert_error(many, 429, "CHANGES_BUSY")
        assert one["Retry-After"] == "2"
        assert stranger.status_code == 201
    finally:
        other.close()


def test_what_takes_too_long_to_read_is_refused_and_the_rest_is_done(owner, monkeypatch) -> None:
    items = [{"url": "a.example"}, {"url": "b.example"}]
    monkeypatch.setattr(parsing, "MOST_SECONDS", -1)
    body = assert_ok(owner.post(BULK, {"action": "create", "endpoints": items}))
    assert [result["code"] for result in body["results"]] == ["TOO_MUCH_WORK"] * 2
    assert list(assert_error(owner.post(IMPORT, {"endpoints": items}), 400)["errors"]) == ["endpoints.0", "endpoints.1"]
