"""Causes as data: kept beside their sentences, answered everywhere, and of old rows the sentence alone."""

from typing import Any

import pytest
from django.utils import timezone

from common.contracts.causes import because
from common.testing.contracts import assert_page
from report_service.models import Incident, Report
from report_service.tests.samples import endpoint, incident, midday, result, send

pytestmark = pytest.mark.django_db
INCIDENT = "00000000-0000-7000-8000-00000000000a"
REFUSED = {"code": "refused", "params": {"address": "192.0.2.1:80", "time": 12}}
SENTENCE = str(because("refused", address="192.0.2.1:80", time=12))


def down(**fields: Any) -> dict[str, Any]:
    change = {
        "event": "down", "incident_id": INCIDENT, "cause": SENTENCE, "started_at": midday().isoformat(), "ended_at": None,
        "cause_data": REFUSED,
    }  # fmt: skip
    failing = {"status": "down", "state": "down", "error_code": "connection_refused", "message": SENTENCE}
    return result(**failing | {"cause_data": REFUSED, "transition": change} | fields)


def answered(owner: Any) -> list[Any]:
    """The cause, from every answer that has one."""
    (item,) = assert_page(owner.get("/api/reports"), total=1)
    (listed,) = assert_page(owner.get("/api/incidents"), total=1)
    detail = owner.get(f"/api/incidents/{INCIDENT}").json()
    (glance,) = owner.get("/api/overview").json()["items"]
    assert (item["message"], listed["cause"], glance["open_incident"]["cause"]) == (SENTENCE,) * 3
    return [
        item["cause_data"], owner.get(f"/api/reports/{item['id']}").json()["cause_data"], listed["cause_data"],
        detail["cause_data"], detail["timeline"][0]["cause_data"], glance["last_result"]["cause_data"],
        glance["open_incident"]["cause_data"],
    ]  # fmt: skip


def test_a_cause_is_answered_as_data_beside_its_sentence(owner):
    endpoint(10)
    send(down(checked_at=timezone.now()))
    assert answered(owner) == [REFUSED] * 7
    exported = b"".join(owner.get("/api/reports/export").streaming_content).decode()
    assert SENTENCE in exported
    assert "cause_data" not in exported
    assert '"code":"refused"' in b"".join(owner.get("/api/reports/export?format=jsonl").streaming_content).decode()


@pytest.mark.parametrize(
    "data", [None, "x", 7, {"code": 7}, {"params": {}}, {"code": "refused", "params": {"time": [1]}}]
)
def test_of_a_checker_without_data_the_sentence_is_the_cause(owner, data):
    endpoint(10)
    row = down(checked_at=timezone.now(), cause_data=data)
    row["transition"]["cause_data"] = data
    assert send(row)["accepted"] == 1
    assert answered(owner) == [{"code": "text", "params": {"text": SENTENCE}}] * 7


def test_a_row_of_before_and_one_that_a_process_of_before_wrote_over_have_their_sentence(owner):
    endpoint(10)
    send(down(checked_at=timezone.now()))
    Incident.objects.update(cause="The certificate expired")
    found = owner.get(f"/api/incidents/{INCIDENT}").json()["cause_data"]
    assert found == {"code": "text", "params": {"text": "The certificate expired"}}
    old = incident(endpoint_id=11, cause="Timed out")
    found = owner.get(f"/api/incidents/{old.id}").json()["cause_data"]
    assert found == {"code": "text", "params": {"text": "Timed out"}}


def test_a_good_result_has_no_cause(owner):
    endpoint(10)
    send(result())
    (item,) = assert_page(owner.get("/api/reports"), total=1)
    assert item["cause_data"] is None


def test_what_no_checker_of_ours_sends_is_bounded(owner):
    deep: dict[str, Any] = {"code": "missing", "params": {"what": "x"}}
    for _ in range(50):
        deep = {"code": "missing", "params": {"what": deep}}
    long = {"code": "text", "params": {"text": "a\0" * 10_000}}
    assert send(down(cause_data=deep), down(endpoint_id=11, cause_data=long, message="x" * 9_000))["accepted"] == 2
    kept = dict(Report.objects.values_list("endpoint_id", "cause_data"))
    assert kept[10] is None
    assert len(kept[11] or "") in range(1, 5_000)
