"""`GET /reports`, its detail and its exports."""

import csv
import io
import json
import uuid
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.utils import timezone

from common.formats.ids import uuid7
from common.testing.contracts import assert_error, assert_page
from report_service.models import Report
from report_service.results import listing
from report_service.tests.samples import MINUTE, endpoint, midday, result, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored():
    """Ten results of two endpoints, one of them down, in two regions; one of somebody else."""
    endpoint(10)
    endpoint(11)
    endpoint(20, user_id=2)
    send(*[result(checked_at=midday() + MINUTE * n) for n in range(7)])
    send(result(endpoint_id=11, status="down", state="confirming"), result(endpoint_id=11, region="seoul"))
    send(result(endpoint_id=11, checked_at=midday(3), status="degraded"), result(endpoint_id=20, user_id=2))


@pytest.mark.usefixtures("stored")
def test_results_are_listed_newest_first_in_pages(owner):
    first = assert_page(owner.get("/api/reports?per_page=6"), total=10)
    second = assert_page(owner.get("/api/reports?per_page=6&page=2"), total=10)
    times = [row["checked_at"] for row in first + second]
    assert times == sorted(times, reverse=True)
    assert len({row["id"] for row in first + second}) == 10
    assert first[0]["phases"] == {
        "name_lookup_ms": 1.5, "connect_ms": 10, "tls_ms": None, "first_byte_ms": 100, "transfer_ms": 9,
        "redirect_ms": None,
    }  # fmt: skip
    assert first[0]["status"] == "up"
    assert first[0]["total_ms"] == 120.5


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("endpoint_id=10", 7),
        ("endpoint_id=11", 3),
        ("status=down", 1),
        ("status=up", 8),
        ("endpoint_id=11&status=degraded", 1),
        ("region=seoul", 1),
        ("region=default&endpoint_id=11", 2),
        ("from={noon}", 9),
        ("to={noon}", 1),
        ("from={noon}&to={noon}", 0),
        ("from={soon}", 5),
        ("from={noon}&to={soon}", 4),
        ("endpoint_id=10&from={noon}&to={soon}&status=up", 2),
        ("from={later}", 0),
    ],
)
def test_filters_narrow_the_list_and_its_count(owner, query, count):
    moments = {"noon": midday(), "soon": midday() + 2 * MINUTE, "later": timezone.now() + timedelta(days=9)}
    query = query.format(**{name: quote(value.isoformat()) for name, value in moments.items()})
    assert len(assert_page(owner.get(f"/api/reports?per_page=100&{query}"), total=count)) == count


@pytest.mark.usefixtures("stored")
def test_a_plus_that_came_as_a_blank_is_understood(owner):
    assert_page(owner.get(f"/api/reports?from={midday():%Y-%m-%dT%H:%M:%S}+00:00"), total=9)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-01-01T00:00:00", "from"),
        ("from=2026-01-01", "from"),
        ("to=yesterday", "to"),
        ("from=2026-13-01T00:00:00Z", "from"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
        ("status=fine", "status"),
        ("endpoint_id=x", "endpoint_id"),
        ("endpoint_id=0", "endpoint_id"),
        ("region=a%20b", "region"),
        ("page=0", "page"),
        ("per_page=101", "per_page"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_a_clear_400(owner, query, field):
    body = assert_error(owner.get(f"/api/reports?{query}"), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == [field]


def test_a_page_beyond_the_ten_thousandth_row_says_what_to_do(owner):
    body = assert_error(owner.get("/api/reports?page=101&per_page=100"), 400, "PAGE_TOO_DEEP")
    assert "from" in body["message"]


@pytest.mark.usefixtures("stored")
def test_another_users_endpoint_is_forbidden_and_an_unknown_one_not_found(owner, httpserver, settings):
    settings.SERVICE_URLS = {"endpoint_service": httpserver.url_for("").rstrip("/")}
    httpserver.expect_request("/endpoints/999").respond_with_json({"message": "x", "code": "NOT_FOUND"}, status=404)
    assert_error(owner.get("/api/reports?endpoint_id=20"), 403)
    assert_error(owner.get("/api/reports?endpoint_id=999"), 404)


def test_an_endpoint_that_was_just_created_has_an_empty_list(owner, httpserver, settings):
    settings.SERVICE_URLS = {"endpoint_service": httpserver.url_for("").rstrip("/")}
    item = {"id": 77, "user_id": 1, "name": "new", "url": "https://new.example", "options": {"degraded_ms": 400}}
    httpserver.expect_oneshot_request("/endpoints/77").respond_with_json(item)
    assert_page(owner.get("/api/reports?endpoint_id=77"), total=0)
    assert_page(owner.get("/api/reports?endpoint_id=77"), total=0)


def test_where_the_owner_of_endpoints_does_not_answer_it_is_a_503(owner):
    assert_error(owner.get("/api/reports?endpoint_id=78"), 503)


@pytest.mark.parametrize(
    "path",
    [
        "reports", "reports/export", f"reports/{uuid.uuid4()}", "endpoints/10/summary", "endpoints/10/series", "overview",
        "incidents", f"incidents/{uuid.uuid4()}",
    ],
)  # fmt: skip
def test_nobody_sees_anything(anonymous, path):
    assert_error(anonymous.get(f"/api/{path}"), 401)


@pytest.mark.usefixtures("stored")
def test_an_outsider_sees_none_of_it(outsider):
    assert_page(outsider.get("/api/reports"), total=1)
    assert_error(outsider.get("/api/reports?endpoint_id=10"), 403)
    assert_error(outsider.get("/api/reports/export?endpoint_id=10"), 403)
    mine = Report.objects.filter(user_id=1)[0]
    assert_error(outsider.get(f"/api/reports/{mine.id}"), 403)


@pytest.mark.usefixtures("stored")
def test_a_result_is_found_by_its_id(owner):
    row = Report.objects.get(region="seoul")
    body = owner.get(f"/api/reports/{row.id}").json()
    assert body["id"] == str(row.id)
    assert body["region"] == "seoul"
    assert body["endpoint_id"] == 11


@pytest.mark.parametrize("report_id", [uuid.uuid4(), uuid7(midday()), uuid.UUID(int=2**128 - 1)])
def test_an_unknown_id_is_not_found(owner, report_id):
    assert_error(owner.get(f"/api/reports/{report_id}"), 404)


@pytest.mark.usefixtures("stored")
def test_the_csv_export_holds_every_matching_result(owner):
    response = owner.get("/api/reports/export?format=csv&endpoint_id=10")
    assert response.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert len(rows) == 7
    assert rows[0]["status"] == "up"
    assert rows[0]["first_byte_ms"] == "100.0"


@pytest.mark.usefixtures("stored")
def test_the_jsonl_export_goes_on_behind_each_chunk(owner, monkeypatch):
    monkeypatch.setattr(listing, "EXPORT_CHUNK", 3)
    response = owner.get("/api/reports/export?format=jsonl")
    lines = [json.loads(line) for line in b"".join(response.streaming_content).splitlines()]
    listed = owner.get("/api/reports?per_page=100").json()["items"]
    assert [line["id"] for line in lines] == [item["id"] for item in listed]
    assert lines[0] == listed[0]


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(owner):
    send(result(message="=cmd()"))
    response = owner.get("/api/reports/export")
    assert "'=cmd()" in b"".join(response.streaming_content).decode()


def test_an_unknown_export_format_is_a_400(owner):
    assert_error(owner.get("/api/reports/export?format=xml"), 400)


def test_the_browsable_api_shows_the_list(owner):
    send(result())
    response = owner.get("/api/reports", headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert b"120.5" in response.content
