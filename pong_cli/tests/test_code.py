"""Monitors as code, against an API that answers in the real shapes."""

import json

import pytest
import yaml
from werkzeug import Response

from pong_cli.tests.conftest import endpoint, page

ENDPOINTS = "/endpoint-service/endpoints"
CHANNELS = "/notification-service/notifications"
WINDOWS = "/endpoint-service/maintenance-windows"
PAGES = "/report-service/status-pages"
EVENTS = ["down", "up", "degraded", "recovered", "certificate", "flapping", "region_held"]
pytestmark = pytest.mark.usefixtures("logged_in")


def channel(**fields):
    return {
        "id": 5, "name": "Team", "kind": "email", "enabled": True, "settings": {"addresses": ["a@example.com"]},
        "events": EVENTS, "endpoint_ids": [], "tags": [], "quiet_from": None, "quiet_to": None, "delay": 0,
        "remind_every": 0, "unconfirmed_addresses": [], "disabled_reason": "",
    } | fields  # fmt: skip


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**sections):
        (tmp_path / "pong.yaml").write_text(yaml.safe_dump({"version": 1, **sections}, sort_keys=False))

    return write


@pytest.fixture
def account(api):
    """What the account has; imports are dry and answer `updated`."""

    def have(endpoints=(), channels=(), windows=(), pages=(), updated=0):
        for path, items in ((ENDPOINTS, endpoints), (CHANNELS, channels), (WINDOWS, windows), (PAGES, pages)):
            api.expect_request(path, method="GET").respond_with_json(page(*items))
        api.expect_request(f"{ENDPOINTS}/import", method="POST", query_string="dry_run=true").respond_with_json(
            {"status": "ok", "created": 0, "updated": updated, "unchanged": 0}
        )

    return have


def bulk(api):
    """Bulk calls go well; returns what was sent."""
    sent = []

    def answer(request):
        body = request.get_json()
        sent.append(body)
        count = len(body.get("endpoints") or body["ids"])
        results = [{"index": index, "status": "ok", "id": 100 + index} for index in range(count)]
        text = json.dumps({"status": "ok", "succeeded": count, "failed": 0, "results": results})
        return Response(text, content_type="application/json")

    api.expect_request(f"{ENDPOINTS}/bulk", method="POST").respond_with_handler(answer)
    return sent


def test_what_the_account_has_already_is_no_change(write, account, pong):
    write(endpoints=[{"key": "site1", "url": "https://site1.example.com/"}], channels=[
        {"name": "Team", "kind": "email", "settings": {"addresses": ["a@example.com"]}, "events": EVENTS[::-1]},
    ])  # fmt: skip
    account(endpoints=[endpoint()], channels=[channel()])
    ended = pong("plan")
    assert (ended.code, ended.out) == (0, "0 to make, 0 to change, 0 to remove, 2 as they are.\n"), ended.err


def test_a_plan_says_what_changes_and_changes_nothing(write, account, pong, api):
    write(endpoints=[
        {"key": "site1", "url": "https://site1.example.com/", "interval": 30}, {"key": "new", "url": "https://new"},
    ])  # fmt: skip
    account(endpoints=[endpoint(), endpoint(2)], updated=1)
    ended = pong("plan")
    assert "~ endpoints site1\n    interval: 60 -> 30\n+ endpoints new\n" in ended.out
    assert "1 to make, 1 to change, 0 to remove" in ended.out
    assert {request.method for request, _answer in api.log if "dry_run" not in request.url} == {"GET"}


def test_apply_makes_and_changes_in_bulk_and_gives_ids_to_what_names_endpoints(write, account, pong, api):
    write(
        endpoints=[{"key": "site1", "url": "https://site1.example.com/", "interval": 30}, {"key": "new", "url": "b"}],
        channels=[{"name": "New", "kind": "email", "settings": {"addresses": ["b@x"]}, "endpoints": ["new", "site1"]}],
        status_pages=[{"slug": "acme", "title": "ACME", "groups": [{"endpoints": [{"key": "new"}]}]}],
    )
    account(endpoints=[endpoint()], updated=1)
    sent = bulk(api)
    made = {}
    for path in (CHANNELS, PAGES):

        def answer(request, path=path):
            made[path] = request.get_json()
            return Response("{}", 201, content_type="application/json")

        api.expect_request(path, method="POST").respond_with_handler(answer)
    ended = pong("apply")
    assert ended.code == 0, ended.err
    assert [body["action"] for body in sent] == ["create", "update"]
    assert sent[0]["endpoints"][0]["key"] == "new"
    assert (sent[1]["endpoints"][0]["id"], sent[1]["endpoints"][0]["interval"]) == (1, 30)
    assert made[CHANNELS]["endpoint_ids"] == [100, 100]
    assert made[PAGES]["groups"] == [{"name": "", "endpoints": [{"endpoint_id": 100}]}]


def test_only_prune_removes_and_only_in_sections_of_the_file(write, account, pong, api):
    write(endpoints=[])
    account(endpoints=[endpoint()], channels=[channel()])
    assert "0 to remove" in pong("plan").out
    sent = bulk(api)
    ended = pong("apply", "--prune", "--yes")
    assert "- endpoints site1" in ended.out
    assert sent == [{"action": "delete", "ids": [1]}]


def test_the_api_decides_whether_a_secret_differs(write, account, pong):
    write(endpoints=[{"key": "site1", "url": "https://site1.example.com/", "headers": {"Authorization": "x"}}])
    stored = endpoint(headers={"Authorization": "••••••"})
    account(endpoints=[stored], updated=0)
    assert "1 as they are" in pong("plan").out


def test_a_secret_that_differs_is_told_without_being_shown(write, account, pong):
    write(endpoints=[{"key": "site1", "url": "https://site1.example.com/", "headers": {"Authorization": "hush"}}])
    account(endpoints=[endpoint(headers={"Authorization": "••••••"})], updated=1)
    ended = pong("plan")
    assert "~ endpoints site1\n    secrets: differs\n" in ended.out
    assert "hush" not in ended.out


def test_a_channels_secret_is_sent_again_when_asked(write, account, pong):
    write(channels=[{"name": "Team", "kind": "slack", "settings": {"webhook_url": "https://new"}}])
    account(channels=[channel(kind="slack", settings={"webhook_url": "••••••"})])
    assert "1 as they are" in pong("plan").out
    assert "~ channels Team\n    secrets: differs\n" in pong("plan", "--secrets").out


def test_what_the_api_refuses_is_told_with_the_files_line(write, account, pong, api):
    write(endpoints=[{"key": "a", "url": "https://fine"}, {"key": "b", "url": "ftp://x"}])
    api.expect_request(ENDPOINTS, method="GET").respond_with_json(page())
    api.expect_request(f"{ENDPOINTS}/import", method="POST").respond_with_json(
        {"message": "Some fields are not valid.", "code": "VALIDATION_FAILED",
         "errors": {"endpoints.1.url": ["Only http."]}}, 400,
    )  # fmt: skip
    ended = pong("apply")
    assert ended.code == 2
    assert "pong.yaml:6: b.url: Only http." in ended.err


def test_one_refusal_of_a_bulk_call_stops_no_other_and_ends_with_four(write, account, pong, api):
    write(endpoints=[{"key": "a", "url": "https://a"}, {"key": "b", "url": "https://b"}])
    account()
    results = [{"index": 0, "status": "ok", "id": 1}, {"index": 1, "status": "fail", "code": "X", "message": "Full."}]
    api.expect_request(f"{ENDPOINTS}/bulk", method="POST").respond_with_json(
        {"status": "ok", "succeeded": 1, "failed": 1, "results": results}
    )
    ended = pong("apply")
    assert ended.code == 4
    assert "1 done." in ended.out
    assert "pong.yaml:5: b: Full." in ended.err


def test_names_must_be_known_and_stand_once(write, account, pong):
    write(endpoints=[{"key": "a", "url": "x"}, {"key": "a", "url": "y"}],
          maintenance=[{"name": "M", "duration": 60, "cron": "0 0 * * *", "endpoints": ["nowhere"]}])  # fmt: skip
    account()
    ended = pong("plan")
    assert ended.code == 2
    assert "pong.yaml:5: a stands here twice." in ended.err
    assert "There is no endpoint nowhere." in ended.err


def test_an_export_says_only_what_differs_from_the_defaults_and_is_a_plan_without_changes(account, pong, tmp_path):
    window = {
        "id": 9, "user_id": 1, "name": "M", "endpoint_ids": [1], "tags": [], "starts_at": "2026-12-30T18:00:00Z",
        "duration": 60, "cron": "", "time_zone": "UTC", "ends_at": "2026-12-30T18:01:00Z",
    }  # fmt: skip
    status_page = {
        "id": 3, "slug": "acme", "title": "ACME", "description": "", "published": True, "show_response_times": False,
        "groups": [{"name": "", "endpoints": [{"endpoint_id": 1, "name": "Web"}]}],
    }  # fmt: skip
    account(
        endpoints=[endpoint(interval=30)], channels=[channel(endpoint_ids=[1])], windows=[window], pages=[status_page]
    )
    ended = pong("export")
    found = yaml.safe_load(ended.out)
    assert found["endpoints"] == [
        {"key": "site1", "name": "site1.example.com", "url": "https://site1.example.com/", "interval": 30}
    ]
    assert found["channels"][0]["endpoints"] == ["site1"]
    assert "ends_at" not in found["maintenance"][0]
    (tmp_path / "pong.yaml").write_text(ended.out)
    assert (
        "0 to make, 0 to change, 0 to remove, 4 as they are." in pong("plan", "--file", str(tmp_path / "pong.yaml")).out
    )
