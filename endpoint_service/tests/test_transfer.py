"""Export and import."""

import jsonschema_rs
import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.contracts.fields import MASK
from common.testing.contracts import assert_error, assert_ok
from endpoint_service.models import Endpoint

pytestmark = pytest.mark.django_db
IMPORT, EXPORT = "/api/endpoints/import", "/api/endpoints/export"
NOTHING = {"created": 0, "updated": 0, "unchanged": 0}


def import_yaml(client, text: str):
    return client.generic("POST", IMPORT, text, content_type="application/yaml")


def test_what_was_exported_imports_unchanged(owner, make) -> None:
    make("https://a.example", headers={"Cookie": "a"}, options={"auth": {"kind": "bearer", "token": "t"}})
    make("b.example:443", kind="tls", enabled=False, tags=["x"])
    exported = owner.get(EXPORT).json()
    assert assert_ok(owner.post(IMPORT, exported)) == {
        "status": "ok",
        "created": 0,
        "updated": 0,
        "unchanged": 2,
        "maintenance_windows": NOTHING,
    }
    assert exported["endpoints"][0]["headers"] == {"Cookie": MASK}


def test_an_export_in_yaml_says_the_same(owner, outsider, make) -> None:
    make("https://한국.example/경로", name="한국", interval=30, expected_status="200,304")
    text = owner.get(f"{EXPORT}?format=yaml")
    assert text["Content-Type"].startswith("application/yaml")
    assert "한국" in text.content.decode()
    assert yaml.safe_load(text.content) == owner.get(EXPORT).json()
    assert assert_ok(import_yaml(outsider, text.content.decode()))["created"] == 1
    assert outsider.get(EXPORT).json() == owner.get(EXPORT).json()


@pytest.mark.parametrize("asked", [{"data": {"format": "yaml"}}, {"headers": {"Accept": "application/yaml"}}])
def test_an_error_is_json_whatever_file_was_asked_for(anonymous, asked) -> None:
    response = anonymous.get(EXPORT, **asked)
    assert_error(response, 401, "NOT_LOGGED_IN")
    assert response["Content-Type"] == "application/json"


def test_an_export_follows_the_published_schema(owner, make) -> None:
    make("https://a.example", headers={"Cookie": "a"}, assertions=[{"kind": "body_contains", "value": "ok"}])
    make("a.example", kind="dns", options={"record_type": "MX", "expected": ["mx.example"], "degraded_ms": 90})
    schema = owner.get("/api/endpoints/schema").json()
    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.validate(schema, owner.get(EXPORT).json())
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, {"endpoints": [{"url": "a.example", "intervall": 3}]})


def test_an_import_makes_and_changes_by_key(owner, make) -> None:
    made = make(key="shop", headers={"X-Key": "s"}, interval=30)
    entries = [{"key": "shop", "url": "https://example.com/shop", "headers": {"X-Key": MASK}}, {"url": "new.example"}]
    assert assert_ok(owner.post(IMPORT, {"endpoints": entries})) == {
        "status": "ok",
        "created": 1,
        "updated": 1,
        "unchanged": 0,
        "maintenance_windows": NOTHING,
    }
    now = owner.get(f"/api/endpoints/{made['id']}").json()
    assert (now["url"], now["interval"], now["version"]) == ("https://example.com/shop", 60, 2)
    assert Endpoint.objects.get(id=made["id"]).secrets["headers"] == {"X-Key": "s"}


def test_a_second_import_of_a_file_without_keys_makes_nothing(owner) -> None:
    entries = [{"url": "a.example"}, {"url": "a.example/b"}, {"url": "c.example:5432", "kind": "tcp"}]
    assert assert_ok(owner.post(IMPORT, {"endpoints": entries}))["created"] == 3
    assert assert_ok(owner.post(IMPORT, {"endpoints": entries}))["unchanged"] == 3


def test_a_wrong_entry_stops_the_whole_import_and_says_where(owner) -> None:
    entries = [{"url": "a.example"}, {"url": "ftp://b"}, {"url": "c.example", "intervall": 3}, {"key": 5}, "x"]
    body = assert_error(owner.post(IMPORT, {"endpoints": entries}), 400, "VALIDATION_FAILED")
    assert {"endpoints.1.url", "endpoints.2.intervall", "endpoints.3.url", "endpoints.4"} <= set(body["errors"])
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0


def test_two_entries_of_one_key_are_refused(owner) -> None:
    entries = [{"url": "a.example", "key": "k"}, {"url": "b.example", "key": "k"}]
    body = assert_error(owner.post(IMPORT, {"endpoints": entries}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == ["endpoints.1.key"]


def test_a_dry_run_counts_and_does_nothing(owner) -> None:
    response = owner.post(f"{IMPORT}?dry_run=true", {"endpoints": [{"url": "a.example"}]})
    assert assert_ok(response)["created"] == 1
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0


def test_a_dry_run_tells_what_would_become_of_each_entry_and_locks_nothing(owner, make) -> None:
    make("https://a.example", key="a", headers={"Cookie": "x"})
    make("https://b.example", key="b", interval=30)
    entries: list[dict[str, object]] = [
        {"key": "new", "url": "new.example"},
        {"key": "a", "url": "https://a.example", "headers": {"Cookie": MASK}},
        {"key": "b", "url": "https://b.example", "name": "B", "headers": {"Cookie": "y"}},
    ]
    with CaptureQueriesContext(connection) as captured:
        body = assert_ok(owner.post(f"{IMPORT}?dry_run=true", {"endpoints": entries}))
    assert body["entries"] == [
        {"index": 0, "key": "new", "action": "create", "fields": []},
        {"index": 1, "key": "a", "action": "none", "fields": []},
        {"index": 2, "key": "b", "action": "update", "fields": ["headers", "interval", "name", "secrets"]},
    ]
    assert not [query for query in captured if not query["sql"].startswith("SELECT") or "lock" in query["sql"]]
    entries[1]["headers"] = {"Cookie": "other"}
    again = assert_ok(owner.post(f"{IMPORT}?dry_run=true", {"endpoints": entries}))
    assert again["entries"][1] == {"index": 1, "key": "a", "action": "update", "fields": ["secrets"]}


def test_an_import_reads_yaml(owner) -> None:
    text = "version: 1\nendpoints:\n  - url: a.example\n    name: 2030-01-01\n    tags: [eu]\n    headers: {Accept: text/html}\n"
    assert assert_ok(import_yaml(owner, text))["created"] == 1
    [item] = owner.get("/api/endpoints").json()["items"]
    assert (item["name"], item["tags"], item["headers"]) == ("2030-01-01", ["eu"], {"Accept": "text/html"})


@pytest.mark.parametrize(
    "text",
    [
        "endpoints: [",
        "[" * 100_000,
        "endpoints: " + ":".join(["1"] * 292_000),
        "endpoints:\n  - url: a.example\n    interval: !!int ''",
        "endpoints: [{url: !!timestamp x}]",
        "endpoints: [{url: a.example, interval: .inf}]",
        "endpoints: [{url: a.example, interval: 1e999}]",
        "endpoints: [{url: a.example, url: b.example}]",
        "endpoints: &e [*e]",
        "a\n---\nb",
        "",
        "a: &a [x]\nendpoints: [*a, *a]",
        "endpoints: !!python/object/apply:os.system [ls]",
        "? [a, b]\n: 1",
        "\x00",
        "a: {b: &x c, *x : d}",
    ],
)
def test_odd_yaml_is_refused(owner, text) -> None:
    response = import_yaml(owner, text)
    assert response.status_code == 400
    assert response.json()["code"] in {"UNREADABLE_FILE", "VALIDATION_FAILED"}


@pytest.mark.parametrize("text", ["endpoints: []\nx: !!int ''", "endpoints: []\nx: [}", "endpoints: []\nx: .nan"])
def test_what_cannot_be_read_is_told_with_its_line(owner, text) -> None:
    body = assert_error(import_yaml(owner, text), 400, "UNREADABLE_FILE")
    assert "2" in body["message"].partition(":")[0]


def test_times_and_merges_are_read_as_people_mean_them(owner) -> None:
    text = (
        "endpoints: [&base {url: a.example, interval: 30, tags: [22:00, no]}, {<<: *base, url: b.example, name: 1:30}]"
    )
    assert assert_ok(import_yaml(owner, text))["created"] == 2
    item = owner.get("/api/endpoints").json()["items"][1]
    assert (item["interval"], item["tags"], item["name"]) == (30, ["22:00", "no"], "1:30")


@pytest.mark.parametrize("name", ["08", "1e5", "0o7", "22:00", "yes", "~", "1_000", "${HOME}"])
def test_a_name_that_looks_like_something_else_stays_a_name(owner, outsider, make, name) -> None:
    make(name=name)
    text = owner.get(f"{EXPORT}?format=yaml").content.decode()
    assert assert_ok(import_yaml(outsider, text))["created"] == 1
    assert outsider.get("/api/endpoints").json()["items"][0]["name"] == name


@pytest.mark.parametrize("body", [{}, {"endpoints": {}}, {"version": 2, "endpoints": []}, [], "x"])
def test_a_file_that_is_no_list_of_endpoints_is_refused(owner, body) -> None:
    assert_error(owner.post(IMPORT, body), 400, "VALIDATION_FAILED")


def test_an_import_keeps_to_the_limit(owner, settings) -> None:
    settings.MAX_ENDPOINTS_PER_USER = 1
    body = assert_error(owner.post(IMPORT, {"endpoints": [{"url": "a.example"}, {"url": "b.example"}]}), 400)
    assert list(body["errors"]) == ["endpoints.1"]
