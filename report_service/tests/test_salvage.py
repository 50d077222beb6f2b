"""No result is refused for one field: what is good of it is kept, and what cannot be kept is set aside with its reason."""

import json
import uuid

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.models import DeadLetter
from report_service.models import Incident, Report
from report_service.tests.samples import endpoint, midday, result, send

pytestmark = pytest.mark.django_db


def send_raw(internal, *texts):
    """Post a list of JSON texts as they are; returns the answer."""
    body = b"[" + b",".join(text if isinstance(text, bytes) else text.encode() for text in texts) + b"]"
    response = internal.generic("POST", "/reports", body, content_type="application/json")
    assert response.status_code == 201, response.content
    return response.json()


def stored(owner, change):
    """What is shown of a result with a change, beside whose neighbours all are kept."""
    answer = send(result(endpoint_id=11), result() | change, result(endpoint_id=12))
    assert (answer["accepted"], answer["refused"]) == (3, [])
    return owner.get(f"/api/reports/{Report.objects.get(endpoint_id=10).id}").json()


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({"certificate_expires_at": "9999-12-31T23:59:59Z"}, None),
        ({"certificate_expires_at": "0001-01-01T00:00:00+10:00"}, None),
        ({"certificate_expires_at": "99999-01-01T00:00:00Z"}, None),
        ({"certificate_expires_at": 7}, None),
        ({"message": "a\u0000b"}, "a\ufffdb"),
        ({"message": "x" * 10_000}, "x" * 4000),
        ({"message": ["x"]}, None),
        ({"covers_ms": -1}, 0),
        ({"covers_ms": 1e300}, 0),
        ({"covers_ms": None}, 0),
        ({"total_ms": 1e12}, None),
        ({"total_ms": "120.5"}, 120.5),
        ({"http_status": 1000}, None),
        ({"http_status": -1}, None),
        ({"http_status": 2**70}, None),
        ({"error_code": "two words"}, None),
        ({"error_code": "x" * 65}, None),
        ({"state": "\u0000"}, ""),
        ({"state": 1}, ""),
        ({"resolved_ip": "nowhere at all"}, None),
        ({"incident_id": "odd"}, None),
        ({"manual": "perhaps"}, False),
        ({"certificate_issuer": "a\ud800"}, "a\ufffd"),
        ({"response_headers": {"a\u0000": "b\ud800", "c": 1}}, {"a\ufffd": "b\ufffd"}),
        ({"response_headers": "x"}, None),
        ({"response_body": "\udfff" + "x" * 5000}, "\ufffd" + "x" * 2047),
        ({"response_body": {}}, None),
    ],
)
def test_a_field_that_cannot_be_kept_is_mended_or_left_out(owner, change, kept):
    [name] = change
    assert stored(owner, change)[name] == kept
    assert not DeadLetter.objects.exists()


def test_each_phase_stands_for_itself(owner):
    odd = {"connect_ms": -5, "tls_ms": 3, "first_byte_ms": "x", "transfer_ms": 1e99, "unknown": 1}
    phases = stored(owner, {"phases": odd})["phases"]
    assert {name: value for name, value in phases.items() if value is not None} == {"tls_ms": 3}
    assert set(phases) > {"connect_ms"}


def test_an_odd_transition_keeps_what_an_incident_needs():
    number = uuid.uuid4()
    change = {
        "event": "down",
        "incident_id": str(number),
        "cause": "c\ud800" + "x" * 9000,
        "started_at": "9999-12-31T00:00:00Z",
    }
    send(result(status="down", transition=change))
    found = Incident.objects.get(id=number)
    assert found.cause == "c\ufffd" + "x" * 3998
    assert found.started_at == found.confirmed_at == midday()
    send(result(endpoint_id=11, transition={"event": 7}))
    assert Report.objects.count() == 2


def test_bytes_that_are_no_utf8_nan_and_numbers_beyond_every_type_are_their_fields_alone(internal):
    plain = json.dumps(result(message="MESSAGE", total_ms=7, http_status=8))
    odd = [
        plain.replace("MESSAGE", "\\ud800").replace("10,", "11,", 1),
        plain.replace("MESSAGE", "ÿ").encode("latin-1").replace(b"10,", b"12,", 1),
        plain.replace('"total_ms": 7', '"total_ms": NaN').replace("10,", "13,", 1),
        plain.replace('"total_ms": 7', '"total_ms": 1e999').replace("10,", "14,", 1),
        plain.replace('"http_status": 8', f'"http_status": {"9" * 20_000}').replace("10,", "15,", 1),
        plain.replace('"http_status": 8', '"http_status": -0.0').replace("10,", "16,", 1),
    ]
    assert send_raw(internal, plain, *odd)["refused"] == []
    assert list(Report.objects.order_by("endpoint_id").values_list("endpoint_id", "total_ms")) == [
        (10, 7), (11, 7), (12, 7), (13, None), (14, None), (15, 7), (16, 7),
    ]  # fmt: skip
    assert set(Report.objects.filter(endpoint_id__in=(11, 12)).values_list("message", flat=True)) == {"\ufffd"}


@pytest.mark.parametrize(
    "item",
    [
        {}, [], None, 7, "x", result() | {"endpoint_id": -1}, result() | {"user_id": 2**64}, result() | {"status": "fine"},
        result() | {"region": "a b"}, result() | {"checked_at": None}, {"status": "up", "\ud800": "\u0000"},
    ],
)  # fmt: skip
def test_a_row_without_whose_when_or_what_is_refused_alone_and_set_aside(internal, item):
    answer = send_raw(internal, json.dumps(result()), json.dumps(item), json.dumps(result(endpoint_id=12)))
    assert answer["accepted"] == 2
    assert [(row["index"], row["code"]) for row in answer["refused"]] == [(1, "INVALID")]
    letter = DeadLetter.objects.get()
    assert letter.queue == "reports"
    assert letter.reason == answer["refused"][0]["message"] != ""


def test_of_many_refused_rows_the_first_are_set_aside():
    assert len(send(*[{"status": "up"}] * 5000)["refused"]) == 5000
    assert DeadLetter.objects.count() == 20


def test_a_row_at_which_the_statement_fails_is_found_and_the_others_land(owner):
    endpoint(10)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.endpoint_id IN (113, 114) THEN RAISE 'no such row, please'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER fails BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION fails()"
        )
    answer = send(*[result(endpoint_id=number) for number in range(100, 200)])
    assert (answer["accepted"], answer["duplicates"]) == (98, 0)
    assert [(row["index"], row["code"]) for row in answer["refused"]] == [(13, "INVALID"), (14, "INVALID")]
    assert Report.objects.count() == 98
    assert owner.get("/api/reports?per_page=1").json()["page"]["total_count"] == 98
    letters = DeadLetter.objects.order_by("id")
    assert [json.loads(letter.payload)["endpoint_id"] for letter in letters] == [113, 114]
    assert "no such row, please" in letters[0].reason


texts = st.text() | st.text(st.characters(categories=["Cs", "Cc"])) | st.just("x" * 5000)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
TRANSITION = dict.fromkeys(["event", "incident_id", "cause", "started_at", "ended_at"], values)
PHASES = {f"{name}_ms": values for name in ("name_lookup", "connect", "tls", "first_byte", "transfer", "redirect")}
PLAIN = [
    "state", "incident_id", "covers_ms", "http_status", "error_code", "message", "total_ms", "resolved_ip",
    "certificate_issuer", "manual", "certificate_expires_at", "response_body",
]  # fmt: skip
NESTED = {
    "phases": values | st.fixed_dictionaries({}, optional=PHASES),
    "response_headers": values | st.dictionaries(texts, texts),
    "transition": values | st.fixed_dictionaries({}, optional=TRANSITION),
}
odd = st.fixed_dictionaries({}, optional=dict.fromkeys(PLAIN, values) | NESTED)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(odd, min_size=1, max_size=4))
def test_whatever_the_optional_fields_say_every_result_is_kept_and_read_back(owner, internal, changes):
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE report")
    rows = [result(endpoint_id=100 + number) | change for number, change in enumerate(changes)]
    answer = send_raw(internal, *map(json.dumps, [*rows, result()]))
    assert (answer["accepted"], answer["refused"]) == (len(changes) + 1, [])
    assert owner.get("/api/reports").status_code == 200
    for report in Report.objects.all():
        assert owner.get(f"/api/reports/{report.id}").status_code == 200
    assert owner.get("/api/incidents").status_code == 200


@pytest.mark.parametrize("milliseconds", [5e-324, 8e-56, 1e-31])
def test_a_time_smaller_than_the_table_holds_is_none(owner, internal, milliseconds):
    phases = {"connect_ms": milliseconds}
    answer = send_raw(internal, json.dumps(result() | {"total_ms": milliseconds, "phases": phases}))
    assert (answer["accepted"], answer["refused"]) == (1, [])
    assert owner.get("/api/reports").json()["items"][0]["total_ms"] == 0
