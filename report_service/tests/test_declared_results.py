"""Every field of a result that the contract declares comes in, is kept, and is shown where the contract says so."""

import csv
import io

import pytest
from django.db import connection

from common.contracts.fields import described
from common.contracts.results import PHASES, Result
from report_service.models import Report
from report_service.results.result_columns import LATEST, STORED
from report_service.tests.samples import midday, result, send

pytestmark = pytest.mark.django_db
FULL = {
    "endpoint_id": 10,
    "region": "seoul",
    "status": "degraded",
    "state": "degraded",
    "incident_id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "covers_ms": 30_000,
    "http_status": 299,
    "error_code": "response_too_slow",
    "message": "The response took 150 ms, over 100 ms",
    "total_ms": 150.5,
    "phases": {name: number + 0.5 for number, name in enumerate(PHASES, 1)},
    "resolved_ip": "93.184.215.14",
    "certificate_expires_at": "2030-01-01T00:00:00.000000Z",
    "certificate_issuer": "Somebody",
    "manual": True,
    "cause_data": {"code": "slow", "params": {"time": 150, "limit": 100}},
    "response_headers": {"Server": "nginx"},
    "response_body": "Later",
}
FIELDS = described(Result)
SHOWN = {name: field.about.shown for name, field in FIELDS.items() if field.about.shown}


def columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def test_the_table_and_the_model_have_the_columns_of_the_contract():
    assert columns("report") == {field.column for field in Report._meta.fields} == set(STORED)
    assert columns("latest_result") == {"endpoint_id", "region", *LATEST}


def test_every_field_is_shown_as_it_was_sent(owner):
    sent = result(**FULL)
    assert SHOWN.keys() == sent.keys() | {"checked_at"}, "Say here what a new field looks like."
    assert send(sent)["refused"] == []
    [listed] = owner.get("/api/reports").json()["items"]
    detail = owner.get(f"/api/reports/{listed['id']}").json()
    expected = sent | {"checked_at": f"{midday():%Y-%m-%dT%H:%M:%S.%f}Z"}
    assert detail == {"id": listed["id"]} | expected
    assert listed == {name: value for name, value in detail.items() if SHOWN.get(name, "list") == "list"}


def test_an_export_has_every_cell(owner):
    send(result(**FULL))
    [row] = csv.DictReader(io.StringIO(b"".join(owner.get("/api/reports/export").streaming_content).decode()))
    told = {name for name, where in SHOWN.items() if where == "list"} - {"phases", "cause_data"}
    assert row.keys() == {"id", *told, *PHASES}
    assert {row[name] for name in told if FULL.get(name) is not None} == {
        str(FULL[name]) for name in FULL.keys() & told
    }
