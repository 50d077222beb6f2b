"""Maintenance windows through the public API."""

import pytest

from common.testing.contracts import assert_error, assert_page

pytestmark = pytest.mark.django_db
ONCE = {"name": "Move", "starts_at": "2030-03-01T01:00:00Z", "duration": 3600}
WEEKLY = {"name": "Backup", "cron": "0 3 * * sun", "duration": 1800, "time_zone": "Asia/Seoul"}
PATH = "/api/maintenance-windows"


def test_a_window_that_comes_once_ends_after_its_duration(owner) -> None:
    response = owner.post(PATH, ONCE)
    body = response.json()
    assert response.status_code == 201
    assert (body["starts_at"], body["ends_at"]) == ("2030-03-01T01:00:00.000000Z", "2030-03-01T02:00:00.000000Z")
    assert (body["endpoint_ids"], body["tags"], body["cron"], body["time_zone"]) == ([], [], "", "UTC")
    longer = owner.patch(f"{PATH}/{body['id']}", {"duration": 7200}).json()
    assert longer["ends_at"] == "2030-03-01T03:00:00.000000Z"


def test_a_recurring_window_has_a_cron_expression_in_a_time_zone(owner) -> None:
    body = owner.post(PATH, WEEKLY).json()
    assert {name: body[name] for name in WEEKLY} == WEEKLY
    assert (body["starts_at"], body["ends_at"]) == (None, None)
    assert owner.get(f"{PATH}/{body['id']}").json() == body


def test_a_window_that_becomes_recurring_has_no_end(owner) -> None:
    made = owner.post(PATH, ONCE).json()
    changed = owner.patch(f"{PATH}/{made['id']}", {"cron": "0  3 * *  *"}).json()
    assert (changed["cron"], changed["ends_at"]) == ("0 3 * * *", None)


def test_a_window_is_for_endpoints_and_tags(owner, make) -> None:
    made = make()
    body = owner.post(PATH, {**ONCE, "endpoint_ids": [made["id"], made["id"]], "tags": ["eu"]}).json()
    assert (body["endpoint_ids"], body["tags"]) == ([made["id"]], ["eu"])


def test_a_window_is_only_for_endpoints_of_its_user(owner, outsider, make) -> None:
    foreign = outsider.post("/api/endpoints", {"url": "x.example"}).json()["id"]
    for endpoint_id in (foreign, foreign + 1):
        body = assert_error(owner.post(PATH, {**ONCE, "endpoint_ids": [endpoint_id]}), 400, "VALIDATION_FAILED")
        assert list(body["errors"]) == ["endpoint_ids"]
    window = owner.post(PATH, ONCE).json()
    assert_error(owner.patch(f"{PATH}/{window['id']}", {"endpoint_ids": [foreign]}), 400, "VALIDATION_FAILED")


def test_a_window_keeps_an_endpoint_that_was_deleted(owner, make) -> None:
    made = make()
    window = owner.post(PATH, {**ONCE, "endpoint_ids": [made["id"]]}).json()
    owner.delete(f"/api/endpoints/{made['id']}")
    assert owner.put(f"{PATH}/{window['id']}", window).json()["endpoint_ids"] == [made["id"]]


def test_windows_are_listed_and_deleted(owner, outsider) -> None:
    first, second = owner.post(PATH, ONCE).json(), owner.post(PATH, WEEKLY).json()
    assert assert_page(owner.get(PATH), total=2) == [first, second]
    assert assert_page(outsider.get(PATH), total=0) == []
    assert owner.delete(f"{PATH}/{first['id']}").status_code == 204
    assert assert_page(owner.get(PATH), total=1) == [second]


def test_a_user_has_a_limited_number_of_windows(owner, settings) -> None:
    settings.MAX_MAINTENANCE_WINDOWS_PER_USER = 1
    owner.post(PATH, ONCE)
    assert_error(owner.post(PATH, ONCE), 400, "TOO_MANY_MAINTENANCE_WINDOWS")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"starts_at": None}, "starts_at"),
        ({"duration": 59}, "duration"),
        ({"duration": 31 * 86400}, "duration"),
        ({"cron": "@daily"}, "cron"),
        ({"cron": "0 3 * *"}, "cron"),
        ({"cron": "0 0 3 * * *"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
        ({"cron": "R 3 * * *"}, "cron"),
        ({"cron": "H 3 * * *"}, "cron"),
        ({"cron": "61 3 * * *"}, "cron"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"endpoint_ids": [0]}, "endpoint_ids.0"),
        ({"endpoint_ids": [2**63]}, "endpoint_ids.0"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"cron": "0 3 * * *", "ends_at": "2030-02-01T00:00:00Z"}, "ends_at"),
    ],
)
def test_a_malformed_window_is_refused(owner, change, field) -> None:
    body = assert_error(owner.post(PATH, {**ONCE, **change}), 400, "VALIDATION_FAILED")
    assert [name.partition(".")[0] for name in body["errors"]] == [field.partition(".")[0]]


@pytest.mark.parametrize("when", ["0176-12-02T07:27:33Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+10:00"])
@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_times_beyond_every_calendar_are_refused(owner, when, field):
    body = {"name": "Odd", "starts_at": "2031-01-01T00:00:00Z", "duration": 3600, "cron": "0 3 * * *", field: when}
    assert field in assert_error(owner.post("/api/maintenance-windows", body), 400, "VALIDATION_FAILED")["errors"]


def test_a_window_tells_before_it_is_saved_when_it_would_open(owner) -> None:
    body = owner.post(f"{PATH}/preview", {name: WEEKLY[name] for name in ("cron", "duration", "time_zone")}).json()
    saved = owner.post(PATH, WEEKLY).json()
    assert body == {"status": "ok", "occurrences": saved["occurrences"]}
    assert owner.get(PATH).json()["page"]["total_count"] == 1
    assert owner.post(f"{PATH}/preview", {**ONCE, "starts_at": "2020-01-01T00:00:00Z"}).json()["occurrences"] == []


def test_a_preview_is_for_users_with_times_that_are_possible(owner, anonymous) -> None:
    assert_error(anonymous.post(f"{PATH}/preview", WEEKLY), 401, "NOT_LOGGED_IN")
    assert list(assert_error(owner.post(f"{PATH}/preview", {"duration": 60}), 400)["errors"]) == ["starts_at"]
    assert "cron" in assert_error(owner.post(f"{PATH}/preview", {**WEEKLY, "cron": "x"}), 400)["errors"]
