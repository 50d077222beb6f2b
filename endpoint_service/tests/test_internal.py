"""What the other services are told and tell."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from common.contracts.fields import MASK
from common.contracts.messages import FEEDS
from common.models import DeadLetter
from common.security.crypto import decrypt
from common.testing.contracts import assert_error, assert_ok
from endpoint_service.feeds.serializers import EndpointFeedSerializer
from endpoint_service.models import Endpoint, EndpointState

pytestmark = pytest.mark.django_db


def in_minutes(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def tell(internal, endpoint_id: int, state: str, changed: float, checked: float | None = None) -> None:
    said = {"endpoint_id": endpoint_id, "state": state, "changed_at": in_minutes(changed), "version": 1}
    said["checked_at"] = in_minutes(changed if checked is None else checked)
    assert_ok(internal.post("/endpoints/states", {"states": [said]}))


@pytest.mark.django_db(transaction=True)
def test_the_feed_has_every_field_but_the_state(owner, internal, make) -> None:
    made = make(headers={"Cookie": "a=b"}, options={"auth": {"kind": "bearer", "token": "t"}}, tags=["x"])
    [item] = internal.get("/endpoints").json()["items"]
    secrets = item.pop("secrets")
    for field in ("state", "state_changed_at", "last_checked_at"):
        del made[field]
    assert item == {**made, "deleted": False}
    assert item["headers"] == {"Cookie": MASK}
    assert decrypt(secrets) == {"headers": {"Cookie": "a=b"}, "auth": {"kind": "bearer", "token": "t"}}


@pytest.mark.django_db(transaction=True)
def test_the_feed_goes_on_from_its_cursor(owner, internal, make) -> None:
    first, second = make(), make()
    page = internal.get("/endpoints?per_page=1").json()
    assert [item["id"] for item in page["items"]] == [first["id"]]
    page = internal.get("/endpoints", {"changed_since": page["cursor"]}).json()
    assert [item["id"] for item in page["items"]] == [second["id"]]
    assert internal.get("/endpoints", {"changed_since": page["cursor"]}).json()["items"] == []


@pytest.mark.django_db(transaction=True)
def test_the_feed_tells_of_changes_and_deletions(owner, internal, make) -> None:
    made = make()
    cursor = internal.get("/endpoints").json()["cursor"]
    owner.patch(f"/api/endpoints/{made['id']}", {"name": "New"})
    page = internal.get("/endpoints", {"changed_since": cursor}).json()
    assert [item["name"] for item in page["items"]] == ["New"]
    owner.delete(f"/api/endpoints/{made['id']}")
    [item] = internal.get("/endpoints", {"changed_since": page["cursor"]}).json()["items"]
    assert (item["id"], item["deleted"], item["secrets"]) == (made["id"], True, None)


@pytest.mark.django_db(transaction=True)
def test_the_feed_is_one_query_a_page(internal, make, django_assert_num_queries) -> None:
    for _ in range(3):
        make()
    with django_assert_num_queries(2):  # the cluster's identifier is the other
        assert len(internal.get("/endpoints").json()["items"]) == 3


def test_a_malformed_cursor_is_refused(internal) -> None:
    assert_error(internal.get("/endpoints?changed_since=odd"), 400, "VALIDATION_FAILED")
    assert_error(internal.get("/maintenance-windows?changed_since=odd"), 400, "VALIDATION_FAILED")


@pytest.mark.django_db(transaction=True)
def test_one_endpoint_is_the_feeds_item(owner, internal, make) -> None:
    made = make()
    assert internal.get(f"/endpoints/{made['id']}").json() == internal.get("/endpoints").json()["items"][0]
    assert_error(internal.get(f"/endpoints/{made['id'] + 1}"), 404, "NOT_FOUND")


def test_a_state_reaches_the_user(owner, internal, make) -> None:
    made = make()
    tell(internal, made["id"], "down", 1, checked=2)
    now = owner.get(f"/api/endpoints/{made['id']}").json()
    assert now["state"] == "down"
    assert made["created_at"] < now["state_changed_at"] < now["last_checked_at"]
    assert now["updated_at"] == made["updated_at"]


def test_an_older_state_changes_nothing(owner, internal, make) -> None:
    path = f"/api/endpoints/{make()['id']}"
    endpoint_id = int(path.rpartition("/")[2])
    tell(internal, endpoint_id, "down", 2)
    before = owner.get(path).json()
    tell(internal, endpoint_id, "up", 1)
    assert owner.get(path).json() == before


def test_a_state_moves_no_feed(internal, make) -> None:
    made = make()
    xid = Endpoint.objects.get(id=made["id"]).changed_xid
    tell(internal, made["id"], "up", 1)
    assert Endpoint.objects.get(id=made["id"]).changed_xid == xid


def test_unknown_endpoints_are_ignored(internal, make) -> None:
    made = make()
    rows: list[dict[str, Any]] = [
        {"endpoint_id": endpoint_id, "state": "up", "changed_at": in_minutes(1), "version": 1}
        for endpoint_id in (made["id"] + 1, made["id"])
    ]
    assert_ok(internal.post("/endpoints/states", {"states": rows}))
    assert EndpointState.objects.get().state == "up"
    assert_ok(internal.post("/endpoints/states", {"states": []}))


def test_of_two_states_of_one_endpoint_the_later_counts(internal, make) -> None:
    made = make()
    rows = [
        {
            "endpoint_id": made["id"],
            "state": state,
            "changed_at": in_minutes(at),
            "checked_at": in_minutes(at),
            "version": 1,
        }
        for state, at in (("down", 1), ("up", 3), ("degraded", 2))
    ]
    assert_ok(internal.post("/endpoints/states", {"states": rows}))
    assert EndpointState.objects.get().state == "up"


def test_a_paused_endpoint_stays_paused(owner, internal, make) -> None:
    path = f"/api/endpoints/{make()['id']}"
    owner.post(f"{path}/pause")
    tell(internal, int(path.rpartition("/")[2]), "down", 1)
    assert owner.get(path).json()["state"] == "paused"


def test_a_resumed_endpoint_takes_the_first_word_after_it(owner, internal, make) -> None:
    made = make()
    path = f"/api/endpoints/{made['id']}"
    owner.post(f"{path}/pause")
    owner.post(f"{path}/resume")
    tell(internal, made["id"], "paused", 1)
    assert owner.get(path).json()["state"] == "pending"
    tell(internal, made["id"], "up", -10, checked=-5)
    assert owner.get(path).json()["state"] == "pending"
    tell(internal, made["id"], "up", -10, checked=1)
    assert owner.get(path).json()["state"] == "up"


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"endpoint_id": 0, "state": "up", "changed_at": "2030-01-01T00:00:00Z", "version": 1},
        {"endpoint_id": 1, "state": "odd", "changed_at": "2030-01-01T00:00:00Z", "version": 1},
        {"endpoint_id": 1, "state": "up", "changed_at": "yesterday", "version": 1},
        {"endpoint_id": 1, "state": "up", "changed_at": "2030-01-01T00:00:00", "version": 1},
        {"endpoint_id": 2**63, "state": "up", "changed_at": "2030-01-01T00:00:00Z", "version": 1},
    ],
)
def test_a_malformed_state_is_refused(internal, state) -> None:
    assert_error(internal.post("/endpoints/states", {"states": [state]}), 400, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    "odd",
    [
        {},
        "odd",
        {"endpoint_id": 1, "state": "odd", "changed_at": "2030-01-01T00:00:00Z", "version": 1},
        {"endpoint_id": 1, "state": "up", "changed_at": "9999-12-31T23:59:59-10:00", "version": 1},
        {"endpoint_id": 1, "state": "up", "changed_at": "0001-01-01T00:00:00+10:00", "version": 1},
        {"endpoint_id": 1, "state": "\ud800", "changed_at": "2030-01-01T00:00:00Z", "version": 1},
    ],
)
def test_a_malformed_state_fails_alone(internal, make, odd) -> None:
    fine = {"endpoint_id": make()["id"], "state": "up", "changed_at": in_minutes(1), "version": 1}
    text = json.dumps({"states": [odd, fine, odd]})
    answer = internal.generic("POST", "/endpoints/states", text, content_type="application/json")
    assert_ok(answer)
    assert EndpointState.objects.get().state == "up"
    assert list(DeadLetter.objects.values_list("queue", flat=True)) == ["states"] * 2


@pytest.mark.parametrize("contract", [2, 99, 0, "2", None, True])
def test_a_state_of_a_newer_contract_is_skipped(internal, make, contract) -> None:
    fine = {"endpoint_id": make()["id"], "state": "up", "changed_at": in_minutes(1), "version": 1}
    newer = {"endpoint_id": make()["id"], "state": {"of": "another shape"}, "contract": contract}
    before = REGISTRY.get_sample_value("pongpong_messages_skipped_total", {"message": "states"}) or 0
    assert_ok(internal.post("/endpoints/states", {"states": [newer, fine | {"contract": 1}]}))
    assert_ok(internal.post("/endpoints/states", {"states": [newer]}))
    assert_ok(internal.post("/endpoints/states", {"states": [fine | {"state": "down"}], "contract": 2}))
    assert sorted(EndpointState.objects.values_list("state", flat=True)) == ["pending", "up"]
    assert REGISTRY.get_sample_value("pongpong_messages_skipped_total", {"message": "states"}) == before + 3
    assert not DeadLetter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_page_of_the_feed_says_its_contract(internal, make) -> None:
    make()
    for path in ("/endpoints", "/maintenance-windows"):
        assert internal.get(path).json()["contract"] == FEEDS[path]


def test_a_moment_of_any_zone_is_taken(owner, internal, make) -> None:
    made = make()
    said = {"endpoint_id": made["id"], "state": "up", "changed_at": "2031-01-01T00:00:00+23:59", "version": 1}
    assert_ok(internal.post("/endpoints/states", {"states": [said]}))
    shown = owner.get(f"/api/endpoints/{made['id']}").json()
    assert shown["state_changed_at"] == "2030-12-31T00:01:00.000000Z"


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_told_holds_back_no_other_of_the_feed(owner, internal, make, monkeypatch) -> None:
    ids = [make()["id"] for _ in range(4)]
    told = EndpointFeedSerializer.to_representation

    def failing(self, instance):
        if instance.id == ids[1]:
            raise ValueError("odd")
        return told(self, instance)

    monkeypatch.setattr(EndpointFeedSerializer, "to_representation", failing)
    page = internal.get("/endpoints").json()
    assert [item["id"] for item in page["items"]] == [ids[0], ids[2], ids[3]]
    assert internal.get(f"/endpoints?changed_since={page['cursor']}").json()["items"] == []
    assert "ValueError" in DeadLetter.objects.get(queue="feed").reason


def test_5000_states_are_one_statement(internal, django_assert_num_queries) -> None:
    rows = [
        {"endpoint_id": number, "state": "up", "changed_at": "2030-01-01T00:00:00Z", "version": 1}
        for number in range(1, 5001)
    ]
    with django_assert_num_queries(1):
        assert_ok(internal.post("/endpoints/states", {"states": rows}))
    assert_error(internal.post("/endpoints/states", {"states": [*rows, rows[0]]}), 400, "VALIDATION_FAILED")


@pytest.mark.django_db(transaction=True)
def test_the_windows_feed_has_deleted_ones_too(owner, internal) -> None:
    window = {"name": "w", "starts_at": "2030-01-01T00:00:00Z", "duration": 60}
    made = owner.post("/api/maintenance-windows", window).json()
    del made["next_starts_at"], made["occurrences"], made["problem"]
    assert internal.get("/maintenance-windows").json()["items"] == [{**made, "deleted": False}]
    owner.delete(f"/api/maintenance-windows/{made['id']}")
    assert [item["deleted"] for item in internal.get("/maintenance-windows").json()["items"]] == [True]
