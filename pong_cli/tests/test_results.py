"""Checks, results, reports and incidents."""

import json

import pytest
from werkzeug import Response

from pong_cli.tests.conftest import endpoint, page

ENDPOINTS = "/endpoint-service/endpoints"
REPORTS = "/report-service/reports"
INCIDENTS = "/report-service/incidents"
PHASES = {
    "name_lookup_ms": 1.0, "connect_ms": 10.0, "tls_ms": 30.0, "first_byte_ms": 50.0, "transfer_ms": 9.0,
    "redirect_ms": 0.0,
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("logged_in")


def result(number=1, **fields):
    return {
        "id": f"00000000-0000-7000-8000-{number:012}", "endpoint_id": 1, "user_id": 1, "region": "local",
        "checked_at": f"2026-01-01T00:00:{number:02}.000000Z", "status": "up", "state": "up", "incident_id": None,
        "covers_ms": 60000, "http_status": 200, "error_code": None, "message": None, "total_ms": 100.0,
        "phases": PHASES, "resolved_ip": "192.0.2.1", "certificate_expires_at": None, "manual": False,
    } | fields  # fmt: skip


def incident(number=1, **fields):
    return {
        "id": f"{number:08}-0000-7000-8000-000000000000", "endpoint_id": 1, "region": "local", "status": "open",
        "cause": "Connection refused", "error_code": "connection_refused",
        "started_at": "2026-01-01T00:00:00.000000Z", "resolved_at": None, "acknowledged_at": None,
    } | fields  # fmt: skip


def jsonified(body):
    return Response(json.dumps(body), content_type="application/json")


def test_a_check_shows_where_the_time_went(api, pong):
    api.expect_request(f"{ENDPOINTS}/1").respond_with_json(endpoint())
    api.expect_request(f"{ENDPOINTS}/1/check", method="POST").respond_with_json({"status": "ok", "result": result()})
    ended = pong("check", "1")
    assert ended.code == 0
    bars = [line for line in ended.out.splitlines() if "█" in line]
    assert [line.split()[0] for line in bars] == ["Name", "Connect", "TLS", "Waiting", "Transfer"]
    starts = [line.index("█") for line in bars]
    assert starts == sorted(starts)


def test_a_check_that_finds_it_down_exits_with_one(api, pong):
    down = result(status="down", http_status=None, error_code="connection_refused", message="Connection refused")
    api.expect_request(
        "/endpoint-service/checks", method="POST", json={"url": "https://x.example.com", "timeout": 3}
    ).respond_with_json({"status": "ok", "result": down})
    ended = pong("check", "https://x.example.com", "--timeout", "3")
    assert ended.code == 1
    assert "Connection refused" in ended.out


def test_a_check_that_fails_by_a_fault_of_ours_says_so_and_what_to_do(api, pong, monkeypatch):
    fault = result(status="unknown", http_status=None, error_code="not_permitted", message="No pings here")
    api.expect_request("/endpoint-service/checks", method="POST").respond_with_json({"status": "ok", "result": fault})
    ended = pong("check", "https://x.example.com")
    assert ended.code == 4
    assert "Could not be checked" in ended.out
    assert "Whoever runs pongpong has to permit it" in " ".join(ended.out.split())
    monkeypatch.setenv("LANGUAGE", "ko")
    assert "허용해야" in pong("check", "https://x.example.com").out


def test_show_tells_why_an_endpoint_could_not_be_checked(api, pong):
    api.expect_request(f"{ENDPOINTS}/1").respond_with_json(endpoint(state="unknown"))
    fault = result(status="unknown", error_code="internal_error", message="It broke: \x1b[2JValueError")
    api.expect_request(
        REPORTS, query_string={"endpoint_id": "1", "status": "unknown", "per_page": "1", "page": "1"}
    ).respond_with_json(page(fault))
    ended = pong("show", "1")
    assert "It broke" in ended.out
    assert "\x1b[2J" not in ended.out
    assert "finds the reason in the checker's log" in ended.out


def test_an_address_is_checked_without_a_login(api, pong, monkeypatch):
    monkeypatch.delenv("PONG_API_KEY")
    api.expect_request("/endpoint-service/checks", method="POST").respond_with_json(
        {"status": "ok", "result": result()}
    )
    assert pong("check", "https://example.com", "-o", "json").json["status"] == "up"
    assert "apikey" not in api.log[0][0].headers


def test_a_check_from_this_machine_needs_no_api(api, host, pong, monkeypatch):
    monkeypatch.delenv("PONG_API_KEY")
    monkeypatch.delenv("PONG_HOST")
    api.expect_request("/site").respond_with_data("Welcome")
    asserted = ["--assert", "body_contains=Welcome", "--assert", "response_time=5000"]
    found = pong("check", "--local", f"{host}/site", *asserted, "-o", "json")
    assert (found.code, found.json["status"], found.json["http_status"]) == (0, "up", 200), found.err
    assert pong("check", "--local", "http://127.0.0.1:9/").code == 1
    assert pong("check", "--local", f"{host}/site", "--assert", "nonsense=1").code == 2


def test_a_probe_that_could_not_run_is_an_error_of_the_api(api, pong):
    api.expect_request("/endpoint-service/checks", method="POST").respond_with_json(
        {"status": "fail", "code": "BUSY", "message": "No slot is free."}
    )
    ended = pong("check", "https://example.com")
    assert (ended.code, ended.err) == (4, "pong: No slot is free.\n")


def test_logs_read_with_the_newest_last(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    api.expect_request(REPORTS, query_string={"endpoint_id": "1", "page": "1", "per_page": "50", "status": "up"}
                       ).respond_with_json(page(result(2), result(1)))  # fmt: skip
    assert [row["checked_at"][17:19] for row in pong("logs", "site1", "--status", "up", "-o", "json").json] == [
        "01",
        "02",
    ]


def test_logs_take_times_as_people_say_them(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page())
    api.expect_request(REPORTS).respond_with_json(page())
    assert pong("logs", "--since", "2h").out == "No results there.\n"
    assert "from=20" in api.log[-1][0].url
    assert pong("logs", "--since", "yesterday").code == 2


def test_following_shows_each_result_once_and_none_from_before_until_ctrl_c(api, pong, monkeypatch):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    answers = iter([page(result(5), total=9), page(result(6), result(5))])
    api.expect_request(REPORTS).respond_with_handler(lambda _request: jsonified(next(answers)))
    waits = iter([None, KeyboardInterrupt])

    def sleep(_seconds):
        if stop := next(waits):
            raise stop

    monkeypatch.setattr("pong_cli.commands.results.time.sleep", sleep)
    ended = pong("logs", "--follow", "--limit", "1")
    assert ended.code == 130
    assert [line[17:19] for line in ended.out.splitlines()] == ["05", "06"]
    assert api.log[-1][0].args["from"] == "2026-01-01T00:00:05Z"


def test_a_report_of_everything_has_the_uptimes(api, pong):
    item = {
        "endpoint_id": 1, "name": "Shop", "url": "https://shop", "tags": [], "enabled": True, "state": "up",
        "last_result": None, "open_incident": None, "bars": [None] * 89 + [99.5], "sparkline": [],
        "uptime": {"24h": 100, "7d": 99.999, "30d": 98.5, "90d": None},
    }  # fmt: skip
    api.expect_request("/report-service/overview").respond_with_json(page(item))
    ended = pong("report")
    assert "100 %  99.99 %  98.50 %    –" in ended.out
    assert pong("report", "-o", "csv").out.splitlines()[1].startswith("up,Shop,100,99.999,98.5,")


def test_a_report_of_one_has_numbers_and_a_chart(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    summary = {
        "endpoint_id": 1, "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "uptime": 99.5,
        "covered_ms": 86_400_000, "down_ms": 432_000, "maintenance_ms": 0,
        "checks": {"total": 100, "up": 98, "degraded": 1, "down": 1, "maintenance": 0},
        "incidents": {"total": 1, "open": 0, "mttr_ms": 432_000, "mtbf_ms": None},
        "response_time": {"mean_ms": 90, "min_ms": 9, "max_ms": 900, "p50_ms": 80, "p90_ms": 1, "p95_ms": 200, "p99_ms": 1},
    }  # fmt: skip
    points = [
        {"at": f"2026-01-01T{hour:02}:00:00Z", "checks": 4, "down": int(hour == 3), "p95_ms": 100.0 + hour}
        for hour in range(24)
    ]
    base = "/report-service/endpoints/1"
    api.expect_request(f"{base}/summary", query_string="period=7d").respond_with_json(summary)
    api.expect_request(f"{base}/series", query_string="period=7d").respond_with_json({"step": 3600, "points": points})
    ended = pong("report", "site1", "--period", "7d")
    assert ended.code == 0, ended.err
    assert "99.50 %" in ended.out
    assert "100 (1 down, 1 slow)" in ended.out
    assert sum("█" in line for line in ended.out.splitlines()) == 8


def test_incidents_are_listed_with_the_names_of_their_endpoints(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    api.expect_request(INCIDENTS).respond_with_json(page(incident()))
    ended = pong("incidents")
    assert "☒ Ongoing" in ended.out
    assert "site1" in ended.out


@pytest.mark.parametrize("target", ["00000001", "00000001-0000-7000-8000-000000000000", "site1"])
def test_an_incident_is_acknowledged_by_its_id_its_beginning_or_what_is_down(api, pong, target):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    api.expect_request(INCIDENTS).respond_with_json(page(incident()))
    path = f"{INCIDENTS}/00000001-0000-7000-8000-000000000000"
    api.expect_request(f"{path}/acknowledge", method="POST").respond_with_json({"status": "ok", "incident": incident()})
    api.expect_request(f"{path}/notes", method="POST", json={"text": "On it"}).respond_with_json({"id": 1}, 201)
    assert pong("ack", target, "--note", "On it").code == 0


def test_what_is_not_down_cannot_be_acknowledged(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    api.expect_request(INCIDENTS).respond_with_json(page())
    assert "site1 has no open incident" in pong("ack", "site1").err
