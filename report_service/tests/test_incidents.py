"""Incidents: their list, timeline, acknowledgement and notes."""

import uuid

import pytest

from common.models import Owner
from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_error, assert_ok, assert_page
from report_service.models import IncidentNote
from report_service.tests.samples import MINUTE, endpoint, incident, midday, result, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def alerts(httpserver, settings):
    """notification_service, as docs/architecture.md describes it."""
    settings.SERVICE_URLS = {"notification_service": httpserver.url_for("").rstrip("/")}
    return httpserver


def test_incidents_are_listed_newest_first_and_filtered(owner):
    endpoint(10)
    old = incident(started_at=midday(5), resolved_at=midday(4))
    new = incident()
    incident(user_id=2)
    items = assert_page(owner.get("/api/incidents"), total=2)
    assert [item["id"] for item in items] == [str(new.id), str(old.id)]
    assert [item["status"] for item in items] == ["open", "resolved"]
    assert_page(owner.get("/api/incidents?status=open&endpoint_id=10"), total=1)
    assert_page(owner.get(f"/api/incidents?to={midday():%Y-%m-%dT%H:%M:%SZ}"), total=1)
    assert_page(owner.get(f"/api/incidents?from={midday():%Y-%m-%dT%H:%M:%SZ}"), total=1)
    assert_error(owner.get("/api/incidents?status=closed"), 400)


def test_the_timeline_tells_what_happened_in_order(owner, alerts):
    mine = incident(cause="Timed out", confirmed_at=midday() + MINUTE)
    alerts.expect_request(f"/incidents/{mine.id}/acknowledge", method="POST").respond_with_json({"status": "ok"})
    assert_ok(owner.post(f"/api/incidents/{mine.id}/acknowledge"))
    note = owner.post(f"/api/incidents/{mine.id}/notes", {"text": "The disk was full."})
    assert note.status_code == 201
    body = owner.get(f"/api/incidents/{mine.id}").json()
    assert [event["event"] for event in body["timeline"]] == ["detected", "confirmed", "acknowledged", "note"]
    assert body["timeline"][0]["text"] == "Timed out"
    assert body["notes"][0] | {"created_at": ""} == {
        "id": note.json()["id"],
        "text": "The disk was full.",
        "created_at": "",
    }


def test_the_timeline_tells_who_was_told(owner, alerts):
    mine = incident(cause="Timed out", resolved_at=midday() + 5 * MINUTE)
    told = {"id": 1, "notification_id": 2, "name": "Mail", "kind": "email", "event": "down", "state": "delivered"}
    alerts.expect_request(f"/incidents/{mine.id}/deliveries").respond_with_json({
        "items": [
            told | {"delivered_at": (midday() + MINUTE).isoformat()},
            told | {"name": "Slack", "state": "pending", "delivered_at": None},
        ]
    })  # fmt: skip
    timeline = owner.get(f"/api/incidents/{mine.id}").json()["timeline"]
    assert [(event["event"], event["text"]) for event in timeline] == [
        ("detected", "Timed out"), ("alerted", "Mail"), ("recovered", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [404, 503])
def test_the_timeline_is_shown_without_whom_where_notification_service_is_away(owner, alerts, status):
    mine = incident()
    alerts.expect_request(f"/incidents/{mine.id}/deliveries").respond_with_data("", status=status)
    assert [event["event"] for event in owner.get(f"/api/incidents/{mine.id}").json()["timeline"]] == ["detected"]


def test_acknowledging_twice_keeps_the_first_moment(owner, alerts):
    mine = incident()
    alerts.expect_request(f"/incidents/{mine.id}/acknowledge", method="POST").respond_with_json({"status": "ok"})
    first = assert_ok(owner.post(f"/api/incidents/{mine.id}/acknowledge"))["incident"]["acknowledged_at"]
    assert first
    assert assert_ok(owner.post(f"/api/incidents/{mine.id}/acknowledge"))["incident"]["acknowledged_at"] == first


def test_an_incident_that_nobody_was_told_of_is_acknowledged_all_the_same(owner, alerts):
    mine = incident()
    alerts.expect_request(f"/incidents/{mine.id}/acknowledge").respond_with_json({"code": "NOT_FOUND"}, status=404)
    assert_ok(owner.post(f"/api/incidents/{mine.id}/acknowledge"))


def test_an_incident_that_is_over_needs_no_acknowledgement(owner):
    mine = incident(resolved_at=midday() + MINUTE)
    assert_error(owner.post(f"/api/incidents/{mine.id}/acknowledge"), 400, "ALREADY_RESOLVED")


@pytest.mark.parametrize("text", ["", "x" * 2001, "a\u0000b"])
def test_a_note_needs_a_text_of_bounded_length(owner, text):
    assert_error(owner.post(f"/api/incidents/{incident().id}/notes", {"text": text}), 400)


@pytest.mark.parametrize("path", ["", "/acknowledge", "/notes"])
def test_another_users_incident_is_forbidden_and_none_is_not_found(outsider, owner, anonymous, path):
    mine = incident()
    for who, which, status in [(outsider, mine.id, 403), (owner, uuid.uuid4(), 404), (anonymous, mine.id, 401)]:
        call = who.post if path else who.get
        assert_error(call(f"/api/incidents/{which}{path}"), status)


@pytest.mark.parametrize("together", [True, False])
def test_an_incident_of_an_endpoint_that_was_paused_is_resolved_though_nothing_was_checked(owner, together):
    endpoint(10)
    known, end = uuid.uuid4(), midday() + 10 * MINUTE
    change = {"incident_id": str(known), "cause": "Timed out", "started_at": midday().isoformat()}
    opened = result(status="down", state="down", transition=change | {"event": "down", "ended_at": None})
    closed = result(
        checked_at=end, status="maintenance", state="paused", covers_ms=0, manual=True,
        transition=change | {"event": "closed", "ended_at": end.isoformat()},
    )  # fmt: skip
    for batch in [[opened, closed]] if together else [[opened], [closed], [closed]]:
        assert send(*batch)["refused"] == []
    (item,) = assert_page(owner.get("/api/incidents?status=resolved"), total=1)
    assert item["resolved_at"] == f"{end:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert_page(owner.get("/api/reports?endpoint_id=10"), total=1)


def test_a_closing_of_another_endpoint_or_of_an_ended_incident_changes_nothing(owner):
    endpoint(10)
    mine = incident(resolved_at=midday() + MINUTE)
    theirs = incident(user_id=2, endpoint_id=99)
    for one in (mine, theirs):
        change = {"event": "closed", "incident_id": str(one.id), "ended_at": (midday() + 5 * MINUTE).isoformat()}
        send(result(status="maintenance", transition=change))
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.resolved_at == midday() + MINUTE
    assert theirs.resolved_at is None


def test_an_incident_holds_so_many_notes_and_shows_the_last_ones(owner):
    mine = incident()
    IncidentNote.objects.bulk_create(IncidentNote(incident=mine, text=f"{n} " + "가" * 1990) for n in range(199))
    assert owner.post(f"/api/incidents/{mine.id}/notes", {"text": "the last"}).status_code == 201
    refused = assert_error(owner.post(f"/api/incidents/{mine.id}/notes", {"text": "too many"}), 400, "QUOTA_EXCEEDED")
    assert "200" in refused["message"]
    response = owner.get(f"/api/incidents/{mine.id}")
    body = response.json()
    assert body["notes_count"] == 200
    assert [note["text"].split()[0] for note in body["notes"]] == [*(str(n) for n in range(150, 199)), "the"]
    assert sum(event["event"] == "note" for event in body["timeline"]) == 50
    assert len(response.content) < 1_000_000
    first = assert_page(owner.get(f"/api/incidents/{mine.id}/notes?per_page=100"), total=200)
    assert first[0]["text"] == "the last"
    assert (
        assert_page(owner.get(f"/api/incidents/{mine.id}/notes?per_page=100&page=2"), total=200)[-1]["text"][0] == "0"
    )


def test_an_operator_allows_an_owner_more_notes(owner):
    Owner.objects.create(id=OWNER_ID, quotas={"notes_per_incident": 1})
    mine = incident()
    assert owner.post(f"/api/incidents/{mine.id}/notes", {"text": "x"}).status_code == 201
    assert_error(owner.post(f"/api/incidents/{mine.id}/notes", {"text": "x"}), 400, "QUOTA_EXCEEDED")
    Owner.objects.update(quotas={"notes_per_incident": 2})
    assert owner.post(f"/api/incidents/{mine.id}/notes", {"text": "x"}).status_code == 201


def test_notes_of_another_users_incident_are_forbidden(outsider, anonymous):
    mine = incident()
    assert_error(outsider.get(f"/api/incidents/{mine.id}/notes"), 403)
    assert_error(anonymous.get(f"/api/incidents/{mine.id}/notes"), 401)
