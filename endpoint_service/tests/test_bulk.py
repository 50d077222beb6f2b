"""Many endpoints in one call."""

import pytest

from common.testing.contracts import assert_error, assert_ok

pytestmark = pytest.mark.django_db
BULK = "/api/endpoints/bulk"


def test_a_wrong_item_stops_no_other(owner) -> None:
    items = [
        {"url": "a.example"},
        {"url": "ftp://b"},
        "odd",
        {"url": "a.example", "key": "a.example"},
        {"url": "c.example"},
    ]
    body = assert_ok(owner.post(BULK, {"action": "create", "endpoints": items}))
    assert (body["succeeded"], body["failed"]) == (2, 3)
    assert [result["status"] for result in body["results"]] == ["ok", "fail", "fail", "fail", "ok"]
    assert [result["index"] for result in body["results"]] == [0, 1, 2, 3, 4]
    assert list(body["results"][1]["errors"]) == ["url"]
    assert list(body["results"][3]["errors"]) == ["key"]
    assert owner.get(f"/api/endpoints/{body['results'][4]['id']}").json()["url"] == "https://c.example"


def test_a_thousand_endpoints_are_few_queries(owner, django_assert_max_num_queries) -> None:
    items = [{"url": f"https://shop-{number}.example/", "tags": ["bulk"]} for number in range(1000)]
    with django_assert_max_num_queries(8):
        body = assert_ok(owner.post(BULK, {"action": "create", "endpoints": items}))
    assert body["succeeded"] == 1000
    ids = [result["id"] for result in body["results"]]
    with django_assert_max_num_queries(16):
        changes = [{"id": endpoint_id, "interval": 30} for endpoint_id in ids]
        assert assert_ok(owner.post(BULK, {"action": "update", "endpoints": changes}))["succeeded"] == 1000
    for action in ("pause", "resume", "delete"):
        with django_assert_max_num_queries(12):
            assert assert_ok(owner.post(BULK, {"action": action, "ids": ids}))["succeeded"] == 1000
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0


def test_the_limit_counts_within_a_bulk_call(owner, settings) -> None:
    settings.MAX_ENDPOINTS_PER_USER = 2
    body = assert_ok(owner.post(BULK, {"action": "create", "endpoints": [{"url": f"{n}.example"} for n in "abc"]}))
    assert [result.get("code") for result in body["results"]] == [None, None, "TOO_MANY_ENDPOINTS"]


def test_an_update_touches_only_ones_own(owner, outsider, make) -> None:
    mine, foreign = make(), outsider.post("/api/endpoints", {"url": "x.example"}).json()
    changes = [
        {"id": mine["id"], "interval": 30, "enabled": False},
        {"id": foreign["id"], "interval": 30},
        {"id": foreign["id"] + 1},
        {"interval": 30},
        {"id": True},
        {"id": 2**70},
        {"id": mine["id"], "interval": 1},
    ]
    body = assert_ok(owner.post(BULK, {"action": "update", "endpoints": changes}))
    assert [result.get("code") for result in body["results"]] == [
        None,
        "FORBIDDEN",
        "NOT_FOUND",
        "NOT_FOUND",
        "NOT_FOUND",
        "NOT_FOUND",
        "VALIDATION_FAILED",
    ]
    now = owner.get(f"/api/endpoints/{mine['id']}").json()
    assert (now["interval"], now["state"], now["version"]) == (30, "paused", 2)
    assert outsider.get(f"/api/endpoints/{foreign['id']}").json() == foreign


def test_keys_may_not_meet_within_an_update(owner, make) -> None:
    first, second = make(), make()
    changes = [{"id": first["id"], "key": "k"}, {"id": second["id"], "key": "k"}]
    body = assert_ok(owner.post(BULK, {"action": "update", "endpoints": changes}))
    assert [result["status"] for result in body["results"]] == ["ok", "fail"]


@pytest.mark.parametrize("action", ["pause", "resume", "delete"])
def test_an_action_touches_only_ones_own(owner, outsider, make, action) -> None:
    foreign = outsider.post("/api/endpoints", {"url": "x.example"}).json()
    mine = make()
    body = assert_ok(owner.post(BULK, {"action": action, "ids": [foreign["id"], mine["id"], 10**6]}))
    assert [result.get("code") for result in body["results"]] == ["FORBIDDEN", None, "NOT_FOUND"]
    assert outsider.get(f"/api/endpoints/{foreign['id']}").json() == foreign


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "odd", "ids": [1]},
        {"action": "pause"},
        {"action": "create", "ids": [1]},
        {"action": "pause", "ids": [0]},
        {"action": "delete", "ids": list(range(1, 1002))},
        {"action": "create", "endpoints": [{}] * 1001},
    ],
)
def test_a_malformed_call_is_refused(owner, body) -> None:
    assert_error(owner.post(BULK, body), 400, "VALIDATION_FAILED")


def test_tags_are_added_and_taken_off_and_the_others_stay(owner, outsider, make) -> None:
    mine, full = make(tags=["web"]), make(tags=[str(number) for number in range(20)])
    foreign = outsider.post("/api/endpoints", {"url": "x.example"}).json()
    call = {"action": "tag", "ids": [mine["id"], full["id"], foreign["id"]], "tags": ["eu", "web"]}
    body = assert_ok(owner.post(BULK, call))
    assert [result.get("code") for result in body["results"]] == [None, "VALIDATION_FAILED", "FORBIDDEN"]
    assert owner.get(f"/api/endpoints/{mine['id']}").json()["tags"] == ["web", "eu"]
    assert_ok(owner.post(BULK, {"action": "untag", "ids": [mine["id"]], "tags": ["web", "none"]}))
    stored = owner.get(f"/api/endpoints/{mine['id']}").json()
    assert (stored["tags"], stored["version"]) == (["eu"], mine["version"])


def test_tagging_needs_ids_and_tags(owner) -> None:
    error = assert_error(owner.post(BULK, {"action": "tag", "ids": [1]}), 400, "VALIDATION_FAILED")
    assert list(error["errors"]) == ["tags"]
