"""Maintenance windows in exports and imports."""

import jsonschema_rs
import pytest
import yaml

from common.testing.contracts import assert_error, assert_ok
from endpoint_service.models import MaintenanceWindow

pytestmark = pytest.mark.django_db
IMPORT, EXPORT, WINDOWS = "/api/endpoints/import", "/api/endpoints/export", "/api/maintenance-windows"
NIGHTLY = {"name": "Nightly", "cron": "0 3 * * *", "duration": 3600, "time_zone": "Asia/Seoul", "tags": ["eu"]}


@pytest.fixture
def windows(owner, make):
    """One that recurs for a tag, one that comes once for an endpoint, and two of one name."""
    shop = make("https://shop.example", key="shop")
    once = {"name": "Move", "starts_at": "2030-01-01T00:00:00Z", "duration": 600, "endpoint_ids": [shop["id"]]}
    for window in (NIGHTLY, once, {**NIGHTLY, "name": "Twice"}, {**NIGHTLY, "name": "Twice", "cron": "0 4 * * *"}):
        assert owner.post(WINDOWS, window).status_code == 201


def counts(created: int = 0, updated: int = 0, unchanged: int = 0) -> dict[str, int]:
    return {"created": created, "updated": updated, "unchanged": unchanged}


def test_exported_windows_name_endpoints_by_key_and_import_unchanged(owner, windows) -> None:
    exported = owner.get(EXPORT).json()
    jsonschema_rs.validate(owner.get("/api/endpoints/schema").json(), exported)
    move = exported["maintenance_windows"][1]
    assert (move["name"], move["endpoints"], move["starts_at"]) == ("Move", ["shop"], "2030-01-01T00:00:00.000000Z")
    assert assert_ok(owner.post(IMPORT, exported))["maintenance_windows"] == counts(unchanged=4)


def test_another_account_gets_the_same_windows_for_its_own_endpoints(owner, outsider, windows) -> None:
    text = owner.get(f"{EXPORT}?format=yaml").content.decode()
    answer = outsider.generic("POST", IMPORT, text, content_type="application/yaml")
    assert assert_ok(answer)["maintenance_windows"] == counts(created=4)
    assert outsider.get(EXPORT).json() == owner.get(EXPORT).json() == yaml.safe_load(text)
    [theirs] = outsider.get("/api/endpoints").json()["items"]
    assert theirs["id"] in MaintenanceWindow.objects.filter(name="Move").latest("id").endpoint_ids


def test_an_import_changes_the_window_of_the_same_name(owner, windows) -> None:
    file = owner.get(EXPORT).json()
    file["maintenance_windows"][3]["duration"] = 60
    file["maintenance_windows"].append({"name": "New", "cron": "0 0 1 * *", "duration": 60, "endpoints": ["shop"]})
    answer = assert_ok(owner.post(IMPORT, file))
    assert answer["maintenance_windows"] == counts(created=1, updated=1, unchanged=3)
    assert list(MaintenanceWindow.objects.filter(name="Twice").order_by("id").values_list("duration", flat=True)) == [
        3600,
        60,
    ]


def test_a_window_may_name_an_endpoint_of_the_same_file(owner) -> None:
    window = {"name": "W", "cron": "0 0 * * *", "duration": 60, "endpoints": ["new"]}
    file = {"endpoints": [{"url": "new.example", "key": "new"}], "maintenance_windows": [window]}
    assert assert_ok(owner.post(f"{IMPORT}?dry_run=true", file))["maintenance_windows"] == counts(created=1)
    assert not MaintenanceWindow.objects.exists()
    assert assert_ok(owner.post(IMPORT, file))["maintenance_windows"] == counts(created=1)
    [endpoint] = owner.get("/api/endpoints").json()["items"]
    assert MaintenanceWindow.objects.get().endpoint_ids == [endpoint["id"]]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"endpoints": ["nowhere"]}, ".endpoints"),
        ({"endpoints": "shop"}, ".endpoints"),
        ({"endpoints": [{}]}, ".endpoints"),
        ({"cron": "odd"}, ".cron"),
        ({"duration": 0}, ".duration"),
        ({"crom": "0 0 * * *"}, ".crom"),
        ({"endpoint_ids": [1]}, ".endpoint_ids"),
        ({"cron": ""}, ".starts_at"),
    ],
)
def test_a_wrong_window_stops_the_whole_import_and_says_where(owner, fields, path) -> None:
    file = {"endpoints": [{"url": "a.example", "key": "shop"}], "maintenance_windows": [NIGHTLY, NIGHTLY | fields]}
    body = assert_error(owner.post(IMPORT, file), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == [f"maintenance_windows.1{path}"]
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0
    assert not MaintenanceWindow.objects.exists()


@pytest.mark.parametrize("windows", [{}, "x", [[]], [5], [None]])
def test_windows_that_are_none_are_refused(owner, windows) -> None:
    assert_error(owner.post(IMPORT, {"endpoints": [], "maintenance_windows": windows}), 400, "VALIDATION_FAILED")


def test_windows_of_others_and_of_deleted_endpoints_are_in_no_export(owner, outsider, windows) -> None:
    [shop] = owner.get("/api/endpoints").json()["items"]
    owner.delete(f"/api/endpoints/{shop['id']}")
    assert [window["name"] for window in owner.get(EXPORT).json()["maintenance_windows"]] == [
        "Nightly",
        "Twice",
        "Twice",
    ]
    assert outsider.get(EXPORT).json()["maintenance_windows"] == []
