"""What is our own fault costs no uptime, opens and ends no incident, and is shown as ours."""

import json
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from common.contracts.results import OURS, STATUSES
from common.testing.contracts import assert_page
from report_service.models import Incident, Report
from report_service.results.result_columns import CODES
from report_service.tests.samples import MINUTE, endpoint, incident, midday, result, send

pytestmark = pytest.mark.django_db
FAULT = {
    "status": "unknown", "state": "unknown", "error_code": "internal_error", "message": "It broke: ValueError",
    "covers_ms": 0, "http_status": None,
}  # fmt: skip
OLDER = FAULT | {"status": "down", "state": "up", "covers_ms": 60_000}
"""As checkers of the version before tell it, but for the code."""


def day(days_ago: int = 1) -> str:
    begins = midday(days_ago).replace(hour=0)
    return f"from={begins:%Y-%m-%dT%H:%M:%SZ}&to={begins.replace(hour=23):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    "fault", [FAULT, FAULT | {"covers_ms": 60_000}, *(OLDER | {"error_code": code} for code in OURS)]
)
@pytest.mark.parametrize("among_others", [True, False], ids=["in a batch of one endpoint", "alone"])
def test_it_costs_no_uptime_however_it_is_told(owner, fault, among_others):
    endpoint(10)
    rows = [result(), result(checked_at=midday() + MINUTE, **fault)]
    for part in [rows] if among_others else [[row] for row in rows]:
        assert send(*part)["accepted"] == len(part)
    summary = owner.get(f"/api/endpoints/10/summary?{day()}").json()
    assert (summary["uptime"], summary["covered_ms"], summary["down_ms"]) == (100, 60_000, 0)
    counts = {"total": 2, "up": 1, "degraded": 0, "down": 0, "maintenance": 0, "unknown": 1, "offline": 0}
    assert summary["checks"] == counts
    assert summary["apdex"]["score"] == 1
    points = owner.get(f"/api/endpoints/10/series?{day()}").json()["points"]
    assert {(point["uptime"], point["down"], point["down_ms"]) for point in points if point["uptime"]} == {(100, 0, 0)}
    (stored,) = assert_page(owner.get("/api/reports?status=unknown&endpoint_id=10"), total=1)
    assert (stored["status"], stored["covers_ms"]) == ("unknown", 0)
    assert_page(owner.get("/api/reports?status=unknown"), total=1)
    assert_page(owner.get("/api/reports?status=down"), total=0)
    assert owner.get(f"/api/reports/{stored['id']}").json()["status"] == "unknown"
    assert ",unknown," in b"".join(owner.get("/api/reports/export").streaming_content).decode()


def test_where_nothing_but_faults_was_found_there_is_no_uptime(owner):
    endpoint(10)
    send(result(checked_at=timezone.now(), **FAULT))
    assert owner.get("/api/endpoints/10/summary?period=24h").json()["uptime"] is None
    (glance,) = owner.get("/api/overview").json()["items"]
    assert (glance["bars"][-1], glance["hour_bars"][-1], glance["uptime"]["24h"]) == (None, None, None)
    assert glance["sparkline"][-1] is None


@pytest.mark.parametrize("fault", [FAULT, OLDER])
def test_it_opens_no_incident_and_ends_none(fault):
    endpoint(10)
    old = incident()
    for number, event in enumerate(("down", "up")):
        for identity in (uuid.uuid4(), old.id):
            change = {"event": event, "incident_id": str(identity), "cause": "c", "started_at": midday().isoformat()}
            at = midday() + MINUTE * (number + 1 if identity == old.id else number + 11)
            send(result(checked_at=at, transition=change, **fault))
    assert [(one.id, one.resolved_at, one.cause) for one in Incident.objects.all()] == [(old.id, None, "")]


def test_the_overview_says_unknown_and_what_one_region_cannot_tell_another_one_can(owner):
    endpoint(10)
    now = timezone.now()
    send(result(checked_at=now, **FAULT))
    (glance,) = owner.get("/api/overview").json()["items"]
    assert glance["state"] == glance["last_result"]["status"] == "unknown"
    assert glance["last_result"]["error_code"] == "internal_error"
    send(result(checked_at=now - MINUTE, region="eu"))
    (glance,) = owner.get("/api/overview").json()["items"]
    assert glance["state"] == "up"


def test_processes_of_the_version_before_can_read_the_latest_result():
    before = ("up", "degraded", "down", "maintenance")
    assert STATUSES[: len(before)] == before, "the numbers of rows that are there"
    send(result(checked_at=timezone.now(), **FAULT))
    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM latest_result")
        assert before[cursor.fetchone()[0]]
    assert Report.objects.get().status == CODES["unknown"]


@pytest.mark.parametrize(("state", "shown", "fault"), [
    ("unknown", "unknown", True),
    ("down", "down", False),
    ("pending", "unknown", False),
])  # fmt: skip
def test_a_status_page_says_whose_fault_it_is(owner, anonymous, state, shown, fault):
    endpoint(10)
    endpoint(11)
    groups = [{"name": "", "endpoints": [{"endpoint_id": number} for number in (10, 11)]}]
    owner.post("/api/status-pages", {"slug": "acme", "title": "Acme", "published": True, "groups": groups})
    now = timezone.now()
    send(result(checked_at=now, **FAULT | {"state": state}), result(endpoint_id=11, checked_at=now))
    if state == "down":
        incident()
    page = anonymous.get("/api/status/acme?lang=en").json()
    entry = page["groups"][0]["endpoints"][0]
    assert (entry["state"], entry["fault"]) == (shown, fault)
    assert page["state"] == ("down" if state == "down" else "up")
    assert ("could not be checked" in page["sentence"]) == fault
    assert "internal_error" not in json.dumps(page)


@pytest.mark.parametrize(("language", "word"), [("en", "could not be checked"), ("ko", "확인하지 못함")])
def test_a_badge_says_that_it_could_not_be_checked(owner, anonymous, language, word):
    endpoint(10)
    send(result(checked_at=timezone.now(), **FAULT))
    token = owner.get("/api/endpoints/10/badges").json()["token"]
    assert f">{word}<" in anonymous.get(f"/api/badges/{token}.svg?lang={language}").content.decode()
