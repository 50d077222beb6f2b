"""When a window opens next, as the API tells it; `common` has the arithmetic's own tests."""

from datetime import UTC, datetime, timedelta

import pytest

from common.testing.contracts import assert_error, assert_page
from endpoint_service.models import MaintenanceWindow
from endpoint_service.windows.occurrences import window_outlook

PATH = "/api/maintenance-windows"
NOON, HOUR, DAY = datetime(2030, 1, 1, 12, tzinfo=UTC), timedelta(hours=1), timedelta(days=1)
NEVER = ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 */31 * 5#5", "0 0 */31 * 5L", "* * */30 2 mon#3", "0 0 30,31 feb *"]
REFUSED = ["1 */30 7 */31 l5", "0 3 * * L5", *NEVER]
BROKEN = [*NEVER, "nonsense", "* * * * * *", "@daily", "0 3 * *", "61 * * * *", "9" * 100]


def outlook(now=NOON, most=4, **fields):
    window = MaintenanceWindow(**{"duration": 3600, "cron": "", "time_zone": "UTC", **fields})
    return window_outlook(window, now, most=most)


def test_a_window_that_comes_once_starts_no_more_afterwards() -> None:
    assert outlook(NOON - HOUR, starts_at=NOON).next_starts_at == NOON
    assert outlook(starts_at=NOON).next_starts_at is None
    assert outlook(NOON + HOUR / 2, starts_at=NOON).occurrences == [(NOON, NOON + HOUR)]
    assert outlook(NOON + HOUR, starts_at=NOON).occurrences == []


def test_a_recurring_window_is_cut_by_its_bounds() -> None:
    daily = {"cron": "0 12 * * *"}
    assert outlook(**daily).next_starts_at == NOON + DAY
    assert outlook(**daily, starts_at=NOON + 5 * DAY).next_starts_at == NOON + 5 * DAY
    assert outlook(**daily, ends_at=NOON + DAY).next_starts_at is None
    within = outlook(NOON - HOUR, **daily, starts_at=NOON + HOUR / 4, ends_at=NOON + DAY + HOUR / 2)
    assert within.occurrences == [(NOON + HOUR / 4, NOON + HOUR), (NOON + DAY, NOON + DAY + HOUR / 2)]


def test_the_occurrences_begin_with_the_one_that_is_open() -> None:
    daily = {"cron": "0 12 * * *"}
    assert outlook(NOON + HOUR / 2, most=2, **daily).occurrences == [
        (NOON, NOON + HOUR),
        (NOON + DAY, NOON + DAY + HOUR),
    ]
    assert outlook(NOON + HOUR, most=1, **daily).occurrences == [(NOON + DAY, NOON + DAY + HOUR)]


def test_times_that_touch_are_one() -> None:
    quarters = outlook(cron="*/15 9-16 * * *", duration=1800)
    assert quarters.occurrences[0] == (NOON - HOUR / 4, NOON + 5 * HOUR + HOUR / 4)
    assert quarters.next_starts_at == NOON + 21 * HOUR


@pytest.mark.django_db
def test_the_api_tells_the_next_start(owner) -> None:
    body = {"name": "w", "cron": "0 3 * * *", "time_zone": "Asia/Seoul", "duration": 600}
    made = owner.post(PATH, body).json()
    starts = datetime.fromisoformat(made["next_starts_at"])
    assert (starts.hour, starts.minute) == (18, 0)
    assert 3 <= len(made["occurrences"]) <= 4
    assert made["occurrences"][-1]["ends_at"] > made["occurrences"][-1]["starts_at"] >= made["next_starts_at"]
    assert datetime.now(UTC) < starts < datetime.now(UTC) + timedelta(days=1)
    assert made["problem"] is None
    past = owner.post(PATH, {"name": "w", "starts_at": "2020-01-01T00:00:00Z", "duration": 60})
    assert past.json()["next_starts_at"] is None


@pytest.mark.django_db
@pytest.mark.parametrize("cron", REFUSED)
def test_a_window_that_would_never_open_is_refused_and_not_saved(owner, cron) -> None:
    body = {"name": "w", "cron": cron, "duration": 600}
    kept = owner.post(PATH, body | {"cron": "0 3 * * *"}).json()
    calls = [
        owner.post(PATH, body),
        owner.post(f"{PATH}/preview", {"cron": cron, "duration": 600}),
        owner.patch(f"{PATH}/{kept['id']}", {"cron": cron}),
        owner.put(f"{PATH}/{kept['id']}", body),
    ]
    assert [list(assert_error(call, 400, "VALIDATION_FAILED")["errors"]) for call in calls] == [["cron"]] * 4
    imported = owner.post("/api/endpoints/import", {"endpoints": [], "maintenance_windows": [body]})
    assert "maintenance_windows.0.cron" in assert_error(imported, 400)["errors"]
    assert [row["cron"] for row in assert_page(owner.get(PATH), total=1)] == ["0 3 * * *"]


@pytest.mark.django_db
@pytest.mark.parametrize("cron", ["0 0 29 2 */7", "0 0 * 2 mon#5", "0 3 * * 5L", "0 22-2 * * fri-mon", "0 0 l * *"])
def test_a_rare_window_is_taken(owner, cron) -> None:
    made = owner.post(PATH, {"name": "w", "cron": cron, "duration": 600})
    assert made.status_code == 201
    assert made.json()["next_starts_at"]


@pytest.mark.django_db(transaction=True)
def test_windows_that_are_broken_already_are_shown_as_such_and_break_nothing_else(owner, internal) -> None:
    good = owner.post(PATH, {"name": "good", "cron": "0 3 * * *", "duration": 600}).json()
    user_id = good["user_id"]
    for cron in BROKEN:
        MaintenanceWindow.objects.create(user_id=user_id, name="broken", cron=cron, duration=60, time_zone="UTC")
    MaintenanceWindow.objects.create(
        user_id=user_id, name="broken", cron="0 3 * * *", duration=60, time_zone="Mars/Olympus"
    )
    MaintenanceWindow.objects.create(
        user_id=user_id, name="broken", cron="0 3 * * *", duration=10**9, time_zone="UTC",
        starts_at=datetime.max.replace(tzinfo=UTC),
    )  # fmt: skip
    rows = assert_page(owner.get(f"{PATH}?per_page=100"), total=len(BROKEN) + 3)
    assert rows[0]["problem"] is None
    shown = {row["cron"]: row for row in rows if row["name"] == "broken"}
    for cron in BROKEN:
        assert shown[cron]["problem"]
        assert (shown[cron]["occurrences"], shown[cron]["next_starts_at"]) == ([], None)
    assert sum(bool(row["problem"]) for row in rows) == len(BROKEN) + 2
    assert owner.get("/api/endpoints/export").status_code == 200
    assert len(internal.get("/maintenance-windows").json()["items"]) == len(BROKEN) + 3
    one = f"{PATH}/{shown['nonsense']['id']}"
    assert "cron" in assert_error(owner.patch(one, {"name": "still"}), 400, "VALIDATION_FAILED")["errors"]
    mended = owner.patch(one, {"cron": "0 4 * * *"})
    assert (mended.status_code, mended.json()["problem"]) == (200, None)
