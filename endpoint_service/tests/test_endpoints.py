"""Endpoints through the public API."""

import pytest

from common.contracts.fields import MASK
from common.testing.contracts import assert_error, assert_ok, assert_page
from endpoint_service.models import Endpoint

pytestmark = pytest.mark.django_db


def test_a_url_alone_is_enough(owner) -> None:
    response = owner.post("/api/endpoints", {"url": "Shop.Example.com/cart"})
    assert response.status_code == 201
    body = response.json()
    assert {
        name: body[name] for name in body if name not in {"id", "created_at", "updated_at", "state_changed_at"}
    } == {
        "user_id": 1,
        "key": "shop.example.com",
        "name": "shop.example.com",
        "kind": "http",
        "url": "https://shop.example.com/cart",
        "method": "GET",
        "headers": {},
        "body": "",
        "interval": 60,
        "timeout": 10,
        "expected_status": "200-299",
        "assertions": [],
        "failure_threshold": 3,
        "recovery_threshold": 2,
        "enabled": True,
        "options": {},
        "tags": [],
        "state": "pending",
        "last_checked_at": None,
        "version": 1,
    }
    assert body["state_changed_at"] == body["created_at"]


def test_the_address_says_the_kind_where_nobody_does(owner) -> None:
    made = owner.post("/api/endpoints", {"url": "tcp://db.example.com:5432"}).json()
    assert (made["kind"], made["url"]) == ("tcp", "db.example.com:5432")
    assert owner.patch(f"/api/endpoints/{made['id']}", {"url": "db.example.com:1"}).json()["kind"] == "tcp"
    said = owner.post("/api/endpoints", {"url": "tcp://db.example.com:5432", "kind": "http"})
    assert_error(said, 400, "VALIDATION_FAILED")


def test_a_websocket_is_an_endpoint_like_others(owner) -> None:
    options = {"message": "ping", "verify_tls": False, "auth": {"kind": "bearer", "token": "t"}}
    conditions = [{"kind": "body_regex", "target": "", "operator": "", "value": "^pong$"}]
    given = {"url": "wss://example.com", "headers": {"Cookie": "a=b"}, "options": options, "assertions": conditions}
    made = owner.post("/api/endpoints", given).json()
    assert (made["kind"], made["options"]["message"], made["assertions"]) == ("websocket", "ping", conditions)
    assert (made["headers"], made["options"]["auth"]["token"]) == ({"Cookie": MASK}, MASK)
    for wrong in (
        {"url": "wss://example.com", "body": "x"},
        {"url": "wss://example.com", "options": {"max_redirects": 1}},
        {"url": "https://example.com", "options": {"message": "ping"}},
        {"url": "wss://example.com", "options": {"message": "x" * 4097}},
        {"url": "https://example.com", "kind": "websocket"},
    ):
        assert_error(owner.post("/api/endpoints", wrong), 400, "VALIDATION_FAILED")


def test_every_field_of_an_endpoint_is_kept(owner, make) -> None:
    fields = {
        "key": "api",
        "name": "API",
        "method": "POST",
        "headers": {"Accept": "application/json"},
        "body": '{"ping": true}',
        "interval": 30,
        "timeout": 5,
        "expected_status": "200-299,304",
        "assertions": [{"kind": "json_path", "target": "$.status", "operator": "equals", "value": "ok"}],
        "failure_threshold": 1,
        "recovery_threshold": 5,
        "enabled": False,
        "options": {"follow_redirects": False, "degraded_ms": 800, "http_version": "2"},
        "tags": ["eu", "shop"],
    }
    made = make("https://api.example.com/health?x=1", **fields)
    stored = owner.get(f"/api/endpoints/{made['id']}").json()
    assert stored == made
    assert {name: stored[name] for name in fields} == fields
    assert stored["state"] == "paused"


def test_endpoints_of_one_host_get_different_keys(make) -> None:
    assert [make()["key"] for _ in range(3)] == ["example.com", "example.com-2", "example.com-3"]


def test_joined_emoji_survive_in_names_and_tags(owner, outsider, make) -> None:
    name = "👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 🏴\U000e0067\U000e0062\U000e007f"
    made = make(name=name, tags=[name])
    assert (made["name"], made["tags"]) == (name, [name])
    assert [item["id"] for item in owner.get("/api/endpoints", {"search": "👨\u200d👩"}).json()["items"]] == [
        made["id"]
    ]
    text = owner.get("/api/endpoints/export?format=yaml").content
    assert outsider.generic("POST", "/api/endpoints/import", text, content_type="application/yaml").status_code == 200
    assert outsider.get("/api/endpoints").json()["items"][0]["name"] == name


def test_a_key_is_unique_among_the_users_own_endpoints(owner, outsider, make) -> None:
    make(key="shop")
    other = make()
    body = assert_error(owner.post("/api/endpoints", {"url": "a.example", "key": "shop"}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == ["key"]
    assert_error(owner.patch(f"/api/endpoints/{other['id']}", {"key": "shop"}), 400, "VALIDATION_FAILED")
    assert outsider.post("/api/endpoints", {"url": "a.example", "key": "shop"}).status_code == 201


def test_a_deleted_endpoints_key_is_free_again(owner, make) -> None:
    owner.delete(f"/api/endpoints/{make(key='shop')['id']}")
    make(key="shop")


def test_a_change_of_the_spec_makes_a_new_version(owner, make) -> None:
    made = make()
    changed = owner.patch(f"/api/endpoints/{made['id']}", {"interval": 30}).json()
    assert (changed["interval"], changed["version"]) == (30, 2)
    assert changed["updated_at"] > made["updated_at"]


@pytest.mark.parametrize("change", [{"name": "Shop"}, {"tags": ["a"]}, {"key": "k"}, {"interval": 60}, {}])
def test_what_the_checker_need_not_know_makes_no_new_version(owner, make, change) -> None:
    assert owner.patch(f"/api/endpoints/{make()['id']}", change).json()["version"] == 1


def test_a_put_resets_what_it_does_not_give(owner, make) -> None:
    made = make(interval=30, tags=["a"], key="shop", name="Shop")
    replaced = owner.put(f"/api/endpoints/{made['id']}", {"url": "https://b.example"}).json()
    assert (replaced["interval"], replaced["tags"], replaced["key"], replaced["name"]) == (60, [], "shop", "Shop")


def test_a_deleted_endpoint_is_gone_for_its_user(owner, make) -> None:
    path = f"/api/endpoints/{make()['id']}"
    assert owner.delete(path).status_code == 204
    assert_error(owner.get(path), 404, "NOT_FOUND")
    assert_error(owner.delete(path), 404, "NOT_FOUND")
    assert_page(owner.get("/api/endpoints"), total=0)


def test_pausing_and_resuming_set_enabled_and_the_state_at_once(owner, make) -> None:
    path = f"/api/endpoints/{make()['id']}"
    paused = assert_ok(owner.post(f"{path}/pause"))["endpoint"]
    assert (paused["enabled"], paused["state"], paused["version"]) == (False, "paused", 2)
    assert assert_ok(owner.post(f"{path}/pause"))["endpoint"] == paused
    resumed = assert_ok(owner.post(f"{path}/resume"))["endpoint"]
    assert (resumed["enabled"], resumed["state"], resumed["version"]) == (True, "pending", 3)


def test_a_patch_of_enabled_pauses_too(owner, make) -> None:
    path = f"/api/endpoints/{make()['id']}"
    assert owner.patch(path, {"enabled": False}).json()["state"] == "paused"
    assert owner.patch(path, {"enabled": True}).json()["state"] == "pending"


def test_a_clone_has_everything_but_the_identity(owner, make) -> None:
    made = make(tags=["a"], headers={"Authorization": "Bearer x"}, interval=30)
    response = owner.post(f"/api/endpoints/{made['id']}/clone", {})
    clone = response.json()
    assert response.status_code == 201
    assert (clone["key"], clone["name"], clone["interval"], clone["tags"]) == (
        "example.com-2",
        "example.com (copy)",
        30,
        ["a"],
    )
    assert Endpoint.objects.get(id=clone["id"]).secrets == Endpoint.objects.get(id=made["id"]).secrets
    named = owner.post(f"/api/endpoints/{made['id']}/clone", {"name": "Two", "key": "two"}).json()
    assert (named["name"], named["key"]) == ("Two", "two")


def test_a_user_has_a_limited_number_of_endpoints(owner, make, settings) -> None:
    settings.MAX_ENDPOINTS_PER_USER = 2
    made = make()
    make()
    assert_error(owner.post("/api/endpoints", {"url": "c.example"}), 400, "TOO_MANY_ENDPOINTS")
    assert_error(owner.post(f"/api/endpoints/{made['id']}/clone", {}), 400, "TOO_MANY_ENDPOINTS")
    owner.delete(f"/api/endpoints/{made['id']}")
    make()


def test_a_list_is_filtered_searched_and_sorted(owner, outsider, make) -> None:
    a = make("https://a.example", name="Alpha", tags=["eu", "web"])
    b = make("b.example:443", kind="tls", name="Beta", tags=["eu"])
    c = make("https://c.example", name="Gamma", enabled=False)
    outsider.post("/api/endpoints", {"url": "d.example", "tags": ["eu"]})

    def ids(query: str) -> list[int]:
        return [item["id"] for item in assert_page(owner.get(f"/api/endpoints?{query}"))]

    assert ids("") == [a["id"], b["id"], c["id"]]
    assert ids("tag=eu") == [a["id"], b["id"]]
    assert ids("tag=eu&tag=web") == [a["id"]]
    assert ids("kind=tls") == [b["id"]]
    assert ids("enabled=false") == [c["id"]]
    assert ids("state=paused") == [c["id"]]
    assert ids("state=paused&state=pending&sort=-name") == [c["id"], b["id"], a["id"]]
    assert ids("search=ALPHA") == ids("search=a.ex") == [a["id"]]
    assert ids("search=%25") == []
    assert ids("per_page=1&page=2") == [b["id"]]


@pytest.mark.parametrize(
    "field", ["name", "key", "url", "kind", "state", "state_changed_at", "last_checked_at", "created_at", "updated_at"]
)
def test_every_order_is_stable(owner, make, field) -> None:
    ids = [make(name="same")["id"] for _ in range(3)]
    pages = [owner.get(f"/api/endpoints?sort={field}&per_page=1&page={page}").json()["items"] for page in (1, 2, 3)]
    assert sorted(item["id"] for page in pages for item in page) == ids


@pytest.mark.parametrize("query", ["state=odd", "sort=secrets", "kind=x", "enabled=7", "page=0", "per_page=101"])
def test_an_unknown_filter_is_refused(owner, query) -> None:
    assert_error(owner.get(f"/api/endpoints?{query}"), 400, "VALIDATION_FAILED")


def test_a_list_costs_the_same_queries_however_long(owner, make, django_assert_num_queries) -> None:
    for _ in range(5):
        make()
    with django_assert_num_queries(2):
        assert_page(owner.get("/api/endpoints"), total=5)


def test_messages_are_korean_by_default(owner) -> None:
    response = owner.post("/api/endpoints", {"url": "ftp://x"}, HTTP_ACCEPT_LANGUAGE="")
    assert "http://" in response.json()["errors"]["url"][0]
    assert (
        response.json()["errors"]["url"][0]
        != owner.post("/api/endpoints", {"url": "ftp://x"}).json()["errors"]["url"][0]
    )


def test_secret_values_are_masked_and_encrypted(owner, make) -> None:
    made = make(
        headers={"Authorization": "Bearer abc", "X-Api-Key": "k-123", "Accept": "*/*"},
        options={"auth": {"kind": "basic", "username": "u", "password": "p-456"}},
    )
    assert made["headers"] == {"Authorization": MASK, "X-Api-Key": MASK, "Accept": "*/*"}
    assert made["options"]["auth"] == {"kind": "basic", "username": "u", "password": MASK}
    row = Endpoint.objects.filter(id=made["id"]).extra(select={"raw": "secrets"}).values("raw", "headers", "options")[0]
    assert not any(secret in str(row) for secret in ("abc", "k-123", "p-456"))
    assert Endpoint.objects.get(id=made["id"]).secrets == {
        "headers": {"Authorization": "Bearer abc", "X-Api-Key": "k-123"},
        "auth": {"kind": "basic", "username": "u", "password": "p-456"},
    }


def test_a_mask_sent_back_keeps_the_stored_value(owner, make) -> None:
    made = make(headers={"Authorization": "a", "X-Key": "b"}, options={"auth": {"kind": "bearer", "token": "c"}})
    changed = owner.put(
        f"/api/endpoints/{made['id']}",
        {
            "url": made["url"],
            "headers": {"authorization": MASK, "X-Key": "new"},
            "options": {"auth": {"kind": "bearer", "token": MASK}, "degraded_ms": 5},
        },
    ).json()
    assert changed["version"] == 2
    assert Endpoint.objects.get(id=made["id"]).secrets == {
        "headers": {"authorization": "a", "X-Key": "new"},
        "auth": {"kind": "bearer", "token": "c"},
    }
    owner.patch(f"/api/endpoints/{made['id']}", {"headers": {}})
    assert Endpoint.objects.get(id=made["id"]).secrets == {"headers": {}, "auth": {"kind": "bearer", "token": "c"}}
    owner.patch(f"/api/endpoints/{made['id']}", {"options": {"auth": None}})
    assert Endpoint.objects.get(id=made["id"]).secrets is None


def test_sending_back_what_was_answered_changes_nothing(owner, make) -> None:
    made = make(headers={"Cookie": "a=b"}, options={"auth": {"kind": "bearer", "token": "c"}})
    assert owner.put(f"/api/endpoints/{made['id']}", made).json() == made


def test_a_mask_that_stands_for_nothing_is_refused(owner, make) -> None:
    body = assert_error(owner.post("/api/endpoints", {"url": "a.example", "headers": {"Cookie": MASK}}), 400)
    assert list(body["errors"]) == ["headers.Cookie"]
    made = make(options={"auth": {"kind": "bearer", "token": "c"}})
    auth = {"kind": "basic", "username": "u", "password": MASK}
    body = assert_error(owner.patch(f"/api/endpoints/{made['id']}", {"options": {"auth": auth}}), 400)
    assert list(body["errors"]) == ["options.auth.password"]


def test_a_deleted_endpoint_forgets_its_secrets(owner, make) -> None:
    made = make(headers={"Cookie": "a=b"})
    owner.delete(f"/api/endpoints/{made['id']}")
    assert Endpoint.objects.get(id=made["id"]).secrets is None
