"""`POST /reports`: what is kept, what is refused, and that nothing counts twice."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from common.testing.contracts import assert_error
from report_service.models import Incident, Report
from report_service.results.partitions import partition_days
from report_service.tests.samples import MINUTE, endpoint, midday, result, send

pytestmark = pytest.mark.django_db


def checks(table: str = "rollup_hour") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(sum(checks), 0) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def test_one_object_is_taken_as_well_as_a_list(internal):
    response = internal.post("/reports", result())
    assert response.status_code == 201
    assert response.json() == {"status": "ok", "accepted": 1, "duplicates": 0, "refused": []}


def test_the_path_does_not_exist_without_the_token(owner):
    assert_error(owner.post("/reports", result()), 404)


def test_the_same_results_twice_change_nothing():
    batch = [result(checked_at=midday() + MINUTE * n) for n in range(5)]
    assert send(*batch)["accepted"] == 5
    assert send(*batch, result(endpoint_id=11)) == {"status": "ok", "accepted": 1, "duplicates": 5, "refused": []}
    assert Report.objects.count() == 6
    assert checks() == checks("rollup_day") == 6


def test_a_result_twice_in_one_batch_counts_once():
    assert send(result(), result())["duplicates"] == 1
    assert checks() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"endpoint_id": "x"}, "INVALID"),
        ({"endpoint_id": 0}, "INVALID"),
        ({"status": "fine"}, "INVALID"),
        ({"status": "up\n"}, "INVALID"),
        ({"region": "a\n"}, "INVALID"),
        ({"checked_at": "2026-11-01T00:00:00"}, "INVALID"),
        ({"checked_at": timezone.now() - timedelta(days=31)}, "TOO_OLD"),
        ({"checked_at": timezone.now() + timedelta(minutes=6)}, "IN_THE_FUTURE"),
    ],
)
def test_a_bad_row_is_refused_by_its_index_and_the_good_ones_are_kept(change, code):
    answer = send(result(), result(endpoint_id=11) | _iso(change), result(endpoint_id=12))
    assert answer["accepted"] == 2
    assert [(row["index"], row["code"]) for row in answer["refused"]] == [(1, code)]
    assert answer["refused"][0]["message"]


def _iso(change):
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in change.items()}


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b"1", b"nonsense", b"[" * 100_000])
def test_a_body_that_is_no_json_is_a_bad_request(internal, body):
    assert_error(internal.generic("POST", "/reports", body, content_type="application/json"), 400)


def test_more_than_five_thousand_rows_are_too_many(internal):
    assert_error(internal.post("/reports", [{}] * 5001), 413)


def test_texts_arrive_as_they_were_sent():
    message = 'a\tb\nc\rd\\e "f" \\N 한국어'
    send(result(message=message))
    assert Report.objects.get().message == message


def test_a_missing_day_gets_its_partition_from_the_insert():
    day = midday(7)
    assert day.date() not in partition_days()
    send(result(checked_at=day))
    assert day.date() in partition_days()


def test_results_of_a_deleted_endpoint_are_refused():
    endpoint(10, deleted=True)
    answer = send(result(), result(endpoint_id=11))
    assert answer["accepted"] == 1
    assert answer["refused"][0] | {"message": ""} == {"index": 0, "code": "ENDPOINT_DELETED", "message": ""}


def test_a_manual_check_is_kept_and_moves_no_uptime():
    send(result(manual=True, status="down", covers_ms=60_000))
    with connection.cursor() as cursor:
        cursor.execute("SELECT checks, covers_ms, down_ms FROM rollup_day")
        assert cursor.fetchone() == (1, 0, 0)
        cursor.execute("SELECT count(*) FROM latest_result")
        assert cursor.fetchone() == (0,)


def _down(incident_id: uuid.UUID, **fields):
    change = {"event": "down", "incident_id": str(incident_id), "cause": "Connection refused"}
    started = (midday() - 2 * MINUTE).isoformat()
    return result(
        status="down", state="down", error_code="CONNECT", transition=change | {"started_at": started}, **fields
    )


def _up(incident_id: uuid.UUID, **fields):
    moment = midday() + 10 * MINUTE
    change = {"event": "up", "incident_id": str(incident_id), "started_at": (midday() - 2 * MINUTE).isoformat()}
    return result(checked_at=moment, transition=change | {"ended_at": moment.isoformat()}, **fields)


@pytest.mark.parametrize("order", ["down first", "up first", "together"])
def test_down_opens_an_incident_and_up_resolves_it_in_either_order(order):
    mine = uuid.uuid4()
    if order == "together":
        send(_down(mine), _up(mine))
    else:
        for row in [_down(mine), _up(mine)][:: 1 if order == "down first" else -1]:
            send(row)
    incident = Incident.objects.get()
    assert incident.id == mine
    assert incident.status == "resolved"
    assert incident.cause == "Connection refused"
    assert incident.error_code == "CONNECT"
    assert incident.started_at == midday() - 2 * MINUTE
    assert incident.confirmed_at == midday()
    assert incident.resolved_at == midday() + 10 * MINUTE


def test_an_incident_of_another_endpoint_is_not_touched():
    mine = uuid.uuid4()
    send(_down(mine))
    send(_up(mine, endpoint_id=99, user_id=2))
    assert Incident.objects.get().status == "open"


def test_a_transition_that_is_no_incident_opens_none():
    send(result(transition={"event": "degraded", "incident_id": str(uuid.uuid4())}))
    assert not Incident.objects.exists()


def test_what_a_failing_site_answered_is_shown_in_the_detail_alone(owner):
    evidence = {
        "certificate_issuer": "Let's Encrypt R11",
        "response_headers": {"Server": 'ng"inx, 1', "X-Null": "a\0b"},
        "response_body": "<h1>\n한국어, \0" + "x" * 5000,
    }
    send(result(status="down", **evidence))
    assert evidence.keys().isdisjoint(owner.get("/api/reports").json()["items"][0])
    body = owner.get(f"/api/reports/{Report.objects.get().id}").json()
    assert body["certificate_issuer"] == "Let's Encrypt R11"
    assert body["response_headers"] == {"Server": 'ng"inx, 1', "X-Null": "a\ufffdb"}
    assert body["response_body"] == ("<h1>\n한국어, \ufffd" + "x" * 5000)[:2048]


def test_a_result_without_evidence_says_null(owner):
    send(result())
    body = owner.get(f"/api/reports/{Report.objects.get().id}").json()
    assert (body["certificate_issuer"], body["response_headers"], body["response_body"]) == (None, None, None)


def test_a_failure_of_the_regions_own_network_counts_for_nothing(owner):
    endpoint(10)
    offline = {"status": "down", "error_code": "region_offline", "covers_ms": 60_000}
    change = {"event": "down", "incident_id": str(uuid.uuid4()), "cause": "x"}
    send(result(), result(checked_at=midday() + MINUTE, transition=change, **offline))
    body = owner.get("/api/endpoints/10/summary?period=7d").json()
    assert (body["uptime"], body["down_ms"], body["covered_ms"]) == (100.0, 0, 60_000)
    assert (body["checks"]["down"], body["checks"]["offline"]) == (0, 1)
    assert body["apdex"]["score"] == 1
    assert owner.get("/api/overview").json()["items"][0]["bars"][-2] == 100.0
    assert not Incident.objects.exists()
    assert owner.get("/api/reports?status=down").json()["page"]["total_count"] == 1


def test_known_results_among_new_ones_count_once_whatever_the_batch_looks_like():
    send(result(), result(endpoint_id=11))
    assert send(result(), result(endpoint_id=12)) | {"refused": 0} == {
        "status": "ok", "accepted": 1, "duplicates": 1, "refused": 0,
    }  # fmt: skip
    assert send(*[result(checked_at=midday() + MINUTE * n) for n in range(3)])["accepted"] == 2
    assert checks() == checks("rollup_day") == checks("report_count") == Report.objects.count() == 5
