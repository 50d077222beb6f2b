"""What one owner may use of report_service, and that it is theirs alone."""

import threading
import uuid
from datetime import timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.utils import timezone

from common.limits.token_buckets import client
from common.models import Owner
from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_error, assert_page
from report_service.exports import concurrency
from report_service.models import EvidenceUse, IncidentEvidence, Report, StatusPage
from report_service.results import evidence_quota
from report_service.tests.samples import MINUTE, endpoint, midday, result, send

pytestmark = pytest.mark.django_db


def failing(minute=0, body="Bad gateway", **fields):
    shown = {"response_headers": {"Server": "nginx", "Date": f"now {minute}"}, "response_body": body}
    return result(checked_at=midday() + minute * MINUTE, status="down", http_status=502) | shown | fields


def kept():
    """The minutes of the results that show what the site answered."""
    rows = Report.objects.exclude(response_body=None).order_by("checked_at")
    return [(row.checked_at - midday()) // MINUTE for row in rows]


def test_of_an_incident_the_first_answers_are_kept_and_then_those_that_differ():
    mine = {"incident_id": str(uuid.uuid4())}
    send(*[failing(minute, f"Bad gateway, request {minute:08x}", **mine) for minute in range(4)])
    for minute in range(4, 8):
        send(failing(minute, **mine, body="Bad gateway, request 12345678"))
    assert kept() == [0, 1, 2]
    send(failing(8, "Not found", **mine), failing(9, "Not found", **mine), failing(10, "Bad gateway", **mine))
    assert kept() == [0, 1, 2, 8, 10]
    assert Report.objects.count() == 11, "the results themselves are all there"
    other = {"incident_id": str(uuid.uuid4())}
    send(*[failing(minute, **other) for minute in range(20, 25)])
    assert kept() == [0, 1, 2, 8, 10, 20, 21, 22]


def test_answers_that_never_are_the_same_are_kept_once_a_minute():
    mine = {"incident_id": str(uuid.uuid4())}
    words = ["alpha", "beta", "gamma", "delta", "omega", "zeta", "theta", "kappa"]
    rows = [
        failing(0, f"{word}", **mine) | {"checked_at": (midday() + n * MINUTE / 4).isoformat()}
        for n, word in enumerate(words)
    ]
    send(*rows)
    assert Report.objects.exclude(response_body=None).count() == 4


def test_beyond_an_owners_bytes_of_a_day_results_are_kept_without_answers(owner):
    Owner.objects.create(id=OWNER_ID, quotas={"evidence_bytes_per_day": 5000})
    body = "가" * 500
    assert send(*[failing(minute, body) for minute in range(10)])["accepted"] == 10
    send(failing(11, body), failing(12, body, endpoint_id=20, user_id=2))
    assert kept() == [0, 1, 2, 12], "another owner's are theirs"
    assert Report.objects.count() == 12
    [row] = [row for row in owner.get("/api/usage").json()["items"] if row["name"] == "evidence_bytes_per_day"]
    assert row["most"] == 5000
    assert 4500 < row["used"] <= 5000
    EvidenceUse.objects.update(start=timezone.now() - timedelta(hours=25))
    send(failing(13, body))
    assert 13 in kept()


def test_a_result_that_comes_twice_counts_once():
    send(failing(0))
    send(failing(0))
    send(failing(0), failing(1))
    used = evidence_quota.evidence_used([OWNER_ID])[OWNER_ID]
    shown = [f"{row.response_headers}{row.response_body}" for row in Report.objects.all()]
    assert used == len("".join(shown).encode())


def test_what_counts_no_more_is_forgotten():
    send(failing(0, incident_id=str(uuid.uuid4())))
    EvidenceUse.objects.update(start=timezone.now() - timedelta(days=3))
    evidence_quota.evidence_forget(before=timezone.now())
    assert not EvidenceUse.objects.exists()
    assert not IncidentEvidence.objects.exists()


@pytest.fixture
def no_exports():
    """None runs, before and after."""

    def forget():
        keys = client().keys("report_service:exports:*")
        if keys:
            client().delete(*keys)

    forget()
    yield
    forget()


def places(monkeypatch, count):
    """So many exports at once in this process."""
    found = threading.BoundedSemaphore(count)
    monkeypatch.setattr(concurrency, "_places", lambda: found)


@pytest.mark.usefixtures("no_exports")
def test_an_owner_runs_so_many_exports_at_once(owner, outsider, monkeypatch):
    places(monkeypatch, 10)
    endpoint(10)
    send(result())
    running = [owner.get("/api/reports/export"), owner.get("/api/reports/export?format=jsonl")]
    assert concurrency.exports_running(OWNER_ID) == 2
    refused = owner.get("/api/reports/export")
    assert_error(refused, 429, "QUOTA_EXCEEDED")
    assert int(refused.headers["Retry-After"]) > 0
    assert outsider.get("/api/reports/export").status_code == 200
    assert next(iter(running[0].streaming_content))
    assert len(b"".join(running[1].streaming_content).splitlines()) == 1
    assert owner.get("/api/reports/export").status_code == 200
    running[0].close()
    assert concurrency.exports_running(OWNER_ID) == 1


@pytest.mark.usefixtures("no_exports")
def test_all_exports_together_leave_threads_for_everybody_else(owner, outsider, monkeypatch):
    places(monkeypatch, 1)
    running = owner.get("/api/reports/export")
    assert_error(outsider.get("/api/reports/export"), 429, "TOO_MANY_REQUESTS")
    running.close()
    running.close()
    outsider.get("/api/reports/export").close()


@pytest.mark.usefixtures("no_exports")
def test_an_export_that_was_killed_counts_no_more_after_its_lease(owner, monkeypatch):
    places(monkeypatch, 10)
    client().zadd(concurrency._key(OWNER_ID), {"killed": 1})
    assert concurrency.exports_running(OWNER_ID) == 0
    owner.get("/api/reports/export").close()


def test_without_valkey_exports_go_on(owner, monkeypatch):
    away = redis.Redis.from_url("redis://127.0.0.1:9/0")
    monkeypatch.setattr(concurrency, "client", lambda: away)
    places(monkeypatch, 1)
    response = owner.get("/api/reports/export")
    assert b"".join(response.streaming_content).startswith(b"id,")
    assert concurrency.exports_running(OWNER_ID) == 0


def test_usage_tells_what_is_used_and_what_may_be(owner, anonymous):
    StatusPage.objects.create(user_id=OWNER_ID, slug="s", title="t")
    rows = {row["name"]: row for row in assert_page(owner.get("/api/usage"), total=3)}
    assert set(rows) == {"evidence_bytes_per_day", "exports_at_once", "status_pages"}
    assert (rows["status_pages"]["used"], rows["status_pages"]["most"]) == (1, 100)
    assert_error(anonymous.get("/api/usage"), 401)
    assert django_settings.EXPORTS_AT_ONCE == 2
