"""What a status page tells beside states: updates of incidents, and maintenance."""

import uuid
from datetime import timedelta
from time import process_time

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from common.clocks.time_zones import time_zones
from common.testing.contracts import assert_error, assert_page
from report_service.models import EndpointCopy, WindowCopy
from report_service.tests.samples import endpoint, incident

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def page(owner):
    endpoint(10, tags=["web"])
    endpoint(11, tags=["secret-tag"])
    groups = [{"name": "Web", "endpoints": [{"endpoint_id": 10, "name": "Shop"}]}]
    return owner.post("/api/status-pages", {"slug": "acme", "title": "Acme", "groups": groups}).json()


def updates(page, shown):
    return f"/api/status-pages/{page['id']}/incidents/{shown.id}/updates"


def test_updates_of_an_incident_are_written_changed_and_taken_back(owner, anonymous, page):
    shown = incident()
    first = owner.post(updates(page, shown), {"stage": "investigating", "text": "We look."})
    assert first.status_code == 201
    owner.post(updates(page, shown), {"stage": "identified", "text": "A disk."})
    assert [row["text"] for row in assert_page(owner.get(updates(page, shown)), total=2)] == ["A disk.", "We look."]
    public = anonymous.get("/api/status/acme").json()["incidents"][0]["updates"]
    assert [(row["stage"], row["text"]) for row in public] == [("identified", "A disk."), ("investigating", "We look.")]
    assert set(public[0]) == {"stage", "text", "created_at"}
    one = f"{updates(page, shown)}/{first.json()['id']}"
    assert owner.patch(one, {"text": "We looked."}).json()["text"] == "We looked."
    assert b"We looked." in anonymous.get("/api/status/acme/feed").content
    assert owner.delete(one).status_code == 204
    assert_page(owner.get(updates(page, shown)), total=1)
    assert_error(owner.post(updates(page, shown), {"stage": "fun", "text": ""}), 400)


def test_an_incident_that_is_not_on_the_page_has_no_updates_there(owner, page):
    for hidden in (incident(endpoint_id=11), incident(user_id=2, endpoint_id=20)):
        assert_error(owner.get(updates(page, hidden)), 404)
        assert_error(owner.post(updates(page, hidden), {"stage": "identified", "text": "x"}), 404)
        assert_error(owner.patch(f"{updates(page, hidden)}/1", {}), 404)


def test_updates_of_another_user_are_forbidden_and_nobody_must_log_in(outsider, anonymous, page):
    shown = incident()
    for path in (updates(page, shown), f"{updates(page, shown)}/1"):
        method = "patch" if path.endswith("/1") else "post"
        assert_error(getattr(outsider, method)(path, {"stage": "identified", "text": "x"}), 403)
        assert_error(getattr(anonymous, method)(path, {}), 401)
    assert_error(outsider.get(updates(page, shown)), 403)
    assert_error(outsider.delete(f"{updates(page, shown)}/1"), 403)
    assert_error(anonymous.delete(f"{updates(page, shown)}/1"), 401)


def test_an_update_stays_on_the_page_that_it_was_written_for(owner, anonymous, page):
    shown = incident()
    owner.post("/api/status-pages", {"slug": "other", "title": "o", "groups": page["groups"]})
    owner.post(updates(page, shown), {"stage": "identified", "text": "A disk."})
    theirs = anonymous.get("/api/status/other").json()["incidents"][0]
    assert theirs["updates"] == []
    assert theirs["key"] != anonymous.get("/api/status/acme").json()["incidents"][0]["key"]


def window(**fields):
    return WindowCopy.objects.create(**{"id": uuid.uuid4().int >> 70, "user_id": 1, "duration": 3600.0} | fields)


@pytest.mark.usefixtures("page")
def test_maintenance_is_told_by_the_names_on_the_page_alone(anonymous):
    now = timezone.now()
    window(endpoint_ids=[10, 11], starts_at=now - HOUR / 2)
    window(tags=["web", "secret-tag"], starts_at=now + HOUR)
    window(starts_at=now + 3 * HOUR)
    window(endpoint_ids=[11], starts_at=now)
    window(user_id=2, starts_at=now)
    window(starts_at=now - 2 * HOUR)
    window(starts_at=now + timedelta(days=15))
    response = anonymous.get("/api/status/acme")
    shown = response.json()["maintenance"]
    assert [(row["under_way"], row["endpoints"]) for row in shown] == [(True, ["Shop"])] + [(False, ["Shop"])] * 2
    assert b"secret" not in response.content
    assert anonymous.get("/api/status/acme/feed").content.count(b"<entry>") == 3


@pytest.mark.usefixtures("page")
def test_a_recurring_window_is_told_two_weeks_ahead_at_the_clock_of_its_zone(anonymous):
    start = timezone.now() + timedelta(days=1)
    window(cron="0 3 * * *", time_zone="Asia/Seoul", starts_at=start, ends_at=start + timedelta(days=3))
    shown = anonymous.get("/api/status/acme").json()["maintenance"]
    assert [row["starts_at"][11:16] for row in shown] == ["18:00"] * 3


@pytest.mark.usefixtures("page")
def test_a_window_that_cannot_be_understood_does_not_take_the_page_away(anonymous):
    window(cron="nonsense")
    window(cron="0 0 30 2 *")
    window(cron="0 3 * * *", time_zone="Mars/Olympus")
    window(cron="0 3 * * *", endpoint_ids=[[]])
    window(starts_at=timezone.now() - HOUR / 2)
    assert [row["under_way"] for row in anonymous.get("/api/status/acme").json()["maintenance"]] == [True]


@pytest.mark.usefixtures("page")
def test_a_recurring_window_is_told_as_the_checker_takes_it_cut_by_its_bounds(anonymous):
    now = timezone.now().replace(second=0, microsecond=0)
    starts_at, ends_at = now + timedelta(minutes=10), now + timedelta(minutes=20)
    window(cron=f"{now.minute} {now.hour} * * *", duration=1800, starts_at=starts_at, ends_at=ends_at)
    [shown] = anonymous.get("/api/status/acme").json()["maintenance"]
    assert [parse_datetime(shown[name]) for name in ("starts_at", "ends_at")] == [starts_at, ends_at]


@pytest.mark.usefixtures("page")
def test_a_window_that_is_for_none_any_more_is_told_of_no_endpoint(anonymous):
    window(covers_all=False, starts_at=timezone.now())
    assert anonymous.get("/api/status/acme").json()["maintenance"] == []


@pytest.mark.usefixtures("page")
def test_hundreds_of_odd_windows_slow_no_page(anonymous):
    crons = ["* * * * *", "0 0 29 2 */7", "0 0 */31 * 5L", "1 */30 7 */31 l5", "*/2 * * * *", "nonsense"]
    zones = sorted(time_zones())
    WindowCopy.objects.bulk_create(
        WindowCopy(id=number, user_id=1, duration=60 if number % 2 else 30 * 86_400, cron=crons[number % len(crons)],
                   time_zone=zones[number % len(zones)])
        for number in range(1, 501)
    )  # fmt: skip
    anonymous.get("/api/status/acme")
    began = process_time()
    shown = anonymous.get("/api/status/acme").json()["maintenance"]
    assert process_time() - began < 1
    assert 0 < len(shown) <= 50


@pytest.mark.usefixtures("page")
def test_the_page_says_in_words_how_it_goes(anonymous):
    assert anonymous.get("/api/status/acme", headers={"accept-language": "en"}).json()["sentence"] == (
        "Nothing is known yet."
    )
    incident()
    EndpointCopy.objects.update(enabled=True)
    assert anonymous.get("/api/status/acme").json()["sentence"] != ""
