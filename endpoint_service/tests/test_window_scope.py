"""What a window is for: all endpoints, some, or none that is left."""

import pytest

from common.testing.contracts import assert_error, assert_ok
from endpoint_service.feeds.serializers import MaintenanceWindowFeedSerializer
from endpoint_service.models import LIVE, MaintenanceWindow

pytestmark = pytest.mark.django_db
PATH, IMPORT, EXPORT = "/api/maintenance-windows", "/api/endpoints/import", "/api/endpoints/export"
NIGHTLY = {"name": "Nightly", "cron": "0 3 * * *", "duration": 3600}


def scope(window) -> tuple[bool, list[int], list[str]]:
    return window["covers_all"], window["endpoint_ids"], window["tags"]


def fed() -> list[bool]:
    """What the feed says of each window."""
    rows = MaintenanceWindow.objects.filter(LIVE).order_by("id")
    return [item["covers_all"] for item in MaintenanceWindowFeedSerializer(rows, many=True).data]


@pytest.mark.parametrize(
    ("said", "covers_all"),
    [
        ({}, True),
        ({"tags": ["eu"]}, False),
        ({"covers_all": True}, True),
        ({"covers_all": True, "tags": [], "endpoint_ids": []}, True),
        ({"covers_all": False}, False),
        ({"covers_all": False, "tags": ["eu"]}, False),
        ({"covers_all": None}, True),
    ],
)
def test_a_new_window_is_for_all_unless_it_says_less(owner, said, covers_all) -> None:
    response = owner.post(PATH, NIGHTLY | said)
    assert response.status_code == 201
    assert scope(response.json()) == (covers_all, [], said.get("tags", []))


@pytest.mark.parametrize("said", [{"tags": ["eu"]}, {"endpoint_ids": [1]}])
def test_all_and_some_is_a_contradiction(owner, said) -> None:
    body = assert_error(owner.post(PATH, NIGHTLY | said | {"covers_all": True}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == ["covers_all"]


def test_a_window_whose_last_endpoint_is_deleted_is_for_none(owner, make) -> None:
    made = make()
    window = owner.post(PATH, NIGHTLY | {"endpoint_ids": [made["id"]]}).json()
    assert owner.delete(f"/api/endpoints/{made['id']}").status_code == 204
    stored = owner.get(f"{PATH}/{window['id']}").json()
    assert stored["covers_all"] is False
    assert fed() == [False]
    again = owner.put(f"{PATH}/{window['id']}", stored)
    assert (again.status_code, again.json()["covers_all"]) == (200, False)


@pytest.mark.parametrize(
    ("change", "covers_all"),
    [
        ({"endpoint_ids": []}, False),
        ({"endpoint_ids": [], "tags": []}, False),
        ({"name": "Other"}, False),
        ({"covers_all": None, "endpoint_ids": []}, False),
        ({"covers_all": False, "endpoint_ids": []}, False),
        ({"covers_all": True}, True),
        ({"covers_all": True, "endpoint_ids": []}, True),
    ],
)
def test_only_who_says_so_widens_a_window_to_all(owner, make, change, covers_all) -> None:
    window = owner.post(PATH, NIGHTLY | {"endpoint_ids": [make()["id"]]}).json()
    changed = owner.patch(f"{PATH}/{window['id']}", change)
    assert changed.status_code == 200
    assert changed.json()["covers_all"] is covers_all
    assert changed.json()["endpoint_ids"] == ([] if covers_all or "endpoint_ids" in change else window["endpoint_ids"])
    assert fed() == [covers_all]


def test_a_window_for_all_is_narrowed_by_naming_something(owner) -> None:
    window = owner.post(PATH, NIGHTLY).json()
    assert scope(owner.patch(f"{PATH}/{window['id']}", {"tags": ["eu"]}).json()) == (False, [], ["eu"])
    assert scope(owner.patch(f"{PATH}/{window['id']}", {"tags": []}).json()) == (False, [], [])
    assert scope(owner.patch(f"{PATH}/{window['id']}", {"covers_all": True}).json()) == (True, [], [])


def test_what_was_made_before_the_field_or_by_a_process_of_before_is_read_as_it_was_meant(owner) -> None:
    MaintenanceWindow.objects.create(user_id=1, name="all", duration=60, cron="0 3 * * *", time_zone="UTC")
    MaintenanceWindow.objects.create(
        user_id=1, name="some", duration=60, cron="0 3 * * *", time_zone="UTC", tags=["eu"], covers_all=True
    )
    MaintenanceWindow.objects.create(
        user_id=1, name="gone", duration=60, cron="0 3 * * *", time_zone="UTC", endpoint_ids=[9]
    )
    assert [window["covers_all"] for window in owner.get(PATH).json()["items"]] == [True, False, False]
    assert fed() == [True, False, False]


def test_an_import_widens_nothing_that_it_does_not_state(owner, make) -> None:
    shop = make(key="shop")
    owner.post(PATH, NIGHTLY | {"endpoint_ids": [shop["id"]]})
    file = {"endpoints": [], "maintenance_windows": [NIGHTLY | {"duration": 60}]}
    assert assert_ok(owner.post(IMPORT, file))["maintenance_windows"]["updated"] == 1
    [stored] = owner.get(PATH).json()["items"]
    assert (*scope(stored), stored["duration"]) == (False, [shop["id"]], [], 60)
    file["maintenance_windows"][0]["covers_all"] = True
    assert assert_ok(owner.post(IMPORT, file))["maintenance_windows"]["updated"] == 1
    assert scope(owner.get(PATH).json()["items"][0]) == (True, [], [])


def test_an_export_says_what_a_window_is_for_and_imports_as_that_anywhere(owner, outsider, make) -> None:
    shop = make(key="shop")
    for name, said in (("all", {}), ("none", {"covers_all": False}), ("some", {"endpoint_ids": [shop["id"]]})):
        owner.post(PATH, NIGHTLY | said | {"name": name})
    exported = owner.get(EXPORT).json()
    assert [(window["name"], window["covers_all"]) for window in exported["maintenance_windows"]] == [
        ("all", True),
        ("some", False),
    ]
    owner.delete(f"/api/endpoints/{shop['id']}")
    later = owner.get(EXPORT).json()
    assert [window["name"] for window in later["maintenance_windows"]] == ["all"]
    assert assert_ok(outsider.post(IMPORT, exported))["maintenance_windows"]["created"] == 2
    assert [window["covers_all"] for window in outsider.get(PATH).json()["items"]] == [True, False]


def test_keys_of_endpoints_that_are_not_there_are_refused_in_a_file(owner) -> None:
    file = {"endpoints": [], "maintenance_windows": [NIGHTLY | {"endpoints": ["gone"], "covers_all": False}]}
    assert list(assert_error(owner.post(IMPORT, file), 400)["errors"]) == ["maintenance_windows.0.endpoints"]


def test_replacing_a_window_sets_what_is_not_given_to_its_default(owner, make) -> None:
    window = owner.post(
        PATH, NIGHTLY | {"endpoint_ids": [make()["id"]], "tags": ["eu"], "time_zone": "Asia/Seoul"}
    ).json()
    replaced = owner.put(f"{PATH}/{window['id']}", NIGHTLY).json()
    assert (*scope(replaced), replaced["time_zone"]) == (True, [], [], "UTC")
