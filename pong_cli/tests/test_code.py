"""Monitors as code, against an API that answers in the real shapes."""

import json
import re
from typing import Any

import pytest
import yaml
from werkzeug import Response

from common.contracts.alerts import CHOICES
from pong_cli.tests.conftest import endpoint, page

ENDPOINTS = "/endpoint-service/endpoints"
CHANNELS = "/notification-service/notifications"
WINDOWS = "/endpoint-service/maintenance-windows"
PAGES = "/report-service/status-pages"
EVENTS = list(CHOICES)
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
    """What the account has; imports are dry, and would change the endpoints of the keys `updated`."""

    def have(endpoints=(), channels=(), windows=(), pages=(), updated=()):
        for path, items in ((ENDPOINTS, endpoints), (CHANNELS, channels), (WINDOWS, windows), (PAGES, pages)):
            api.expect_request(path, method="GET").respond_with_json(page(*items))
        stored = {item["key"] for item in endpoints}

        def answer(request):
            keys = [entry["key"] for entry in request.get_json()["endpoints"]]
            actions = ["create" if key not in stored else "update" if key in updated else "none" for key in keys]
            entries = [
                {"index": index, "key": key, "action": action, "fields": []}
                for index, (key, action) in enumerate(zip(keys, actions, strict=True))
            ]
            counts = {"created": actions.count("create"), "updated": actions.count("update"), "unchanged": 0}
            return Response(json.dumps({"status": "ok", **counts, "entries": entries}), content_type="application/json")

        dry = api.expect_request(f"{ENDPOINTS}/import", method="POST", query_string="dry_run=true")
        dry.respond_with_handler(answer)

    return have


@pytest.fixture
def sent(api):
    """Makes and changes of what is no endpoint go well; `(method, path, body)` of each."""
    found = []

    def answer(request):
        found.append((request.method, request.path, request.get_json()))
        return Response("{}", 201, content_type="application/json")

    for path in (CHANNELS, WINDOWS):
        api.expect_request(path, method="POST").respond_with_handler(answer)
        api.expect_request(re.compile(f"{path}/[0-9]+"), method="PATCH").respond_with_handler(answer)
    return found


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
    account(endpoints=[endpoint(), endpoint(2)], updated=["site1"])
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
    account(endpoints=[endpoint()], updated=["site1"])
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
    account(endpoints=[stored], updated=[])
    assert "1 as they are" in pong("plan").out


def test_a_secret_that_differs_is_told_without_being_shown(write, account, pong):
    write(endpoints=[{"key": "site1", "url": "https://site1.example.com/", "headers": {"Authorization": "hush"}}])
    account(endpoints=[endpoint(headers={"Authorization": "••••••"})], updated=["site1"])
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


def window(**fields):
    return {
        "id": 9, "user_id": 1, "name": "Nightly", "covers_all": True, "endpoint_ids": [], "tags": [], "starts_at": None,
        "duration": 60, "cron": "0 3 * * *", "time_zone": "UTC", "ends_at": None,
    } | fields  # fmt: skip


NIGHTLY = {"name": "Nightly", "duration": 60, "cron": "0 3 * * *"}
SCOPES = [
    ({"covers_all": True, "endpoint_ids": [], "tags": []}, {"covers_all": True}),
    ({"covers_all": False, "endpoint_ids": [1], "tags": []}, {"endpoints": ["site1"]}),
    ({"covers_all": False, "endpoint_ids": [], "tags": ["eu"]}, {"tags": ["eu"]}),
    ({"covers_all": False, "endpoint_ids": [77], "tags": []}, {"covers_all": False}),
    ({"covers_all": False, "endpoint_ids": [], "tags": []}, {"covers_all": False}),
    ({"endpoint_ids": [77], "tags": []}, {"covers_all": False}),
    ({"endpoint_ids": [], "tags": []}, {"covers_all": True}),
]
"""What a server says, the fifth and sixth as servers of before do, and what stands in a file."""


def scope(entry):
    return {name: value for name, value in entry.items() if name in {"covers_all", "endpoints", "tags"}}


@pytest.mark.parametrize(("stored", "written"), SCOPES)
def test_an_export_says_what_something_is_for_and_changes_nothing(account, pong, tmp_path, stored, written):
    nightly = {name: value for name, value in window(**stored).items() if name != "covers_all" or name in stored}
    account(endpoints=[endpoint()], windows=[nightly], channels=[channel(**stored)])
    ended = pong("export")
    found = yaml.safe_load(ended.out)
    assert [scope(found[section][0]) for section in ("maintenance", "channels")] == [written, written]
    (tmp_path / "pong.yaml").write_text(ended.out)
    ended = pong("plan", "--file", str(tmp_path / "pong.yaml"))
    assert "0 to make, 0 to change, 0 to remove, 3 as they are." in ended.out, ended.err


@pytest.mark.parametrize("written", [written for _stored, written in SCOPES[:5]])
def test_another_account_gets_the_same_scope(write, account, pong, sent, written):
    write(maintenance=[NIGHTLY | written])
    account(endpoints=[endpoint(5, key="site1")])
    ended = pong("apply")
    assert ended.code == 0, ended.err
    body = sent[0][2]
    assert body["covers_all"] is written.get("covers_all", False)
    assert (body["endpoint_ids"], body["tags"]) == (
        [5] if "endpoints" in written else [],
        written.get("tags", []),
    )


def test_a_scope_that_the_file_does_not_state_is_never_sent(write, account, pong, sent):
    write(maintenance=[NIGHTLY | {"duration": 120}, NIGHTLY | {"name": "New"}])
    account(endpoints=[endpoint()], windows=[window(covers_all=False, endpoint_ids=[1])])
    ended = pong("apply")
    assert "~ maintenance Nightly\n    duration: 60 -> 120\n+ maintenance New\n    for all endpoints\n" in ended.out
    assert [(method, scope(body), "endpoint_ids" in body) for method, _path, body in sent] == [
        ("PATCH", {}, False),
        ("POST", {}, False),
    ]


def test_a_plan_shows_that_something_becomes_for_all(write, account, pong, sent):
    write(maintenance=[NIGHTLY | {"covers_all": True}])
    account(endpoints=[endpoint()], windows=[window(covers_all=False, endpoint_ids=[1])])
    ended = pong("apply")
    assert "covers_all: False -> True" in ended.out
    assert "endpoints: ['site1'] -> []" in ended.out
    assert sent[0][2] | {"covers_all": True, "endpoint_ids": [], "tags": []} == sent[0][2]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"endpoints": []}, "say covers_all: true or false"),
        ({"tags": []}, "say covers_all: true or false"),
        ({"covers_all": True, "tags": ["eu"]}, "not both"),
    ],
)
def test_an_empty_list_alone_is_neither_all_nor_none(write, account, pong, said, sentence):
    write(maintenance=[NIGHTLY | said])
    account()
    ended = pong("plan")
    assert (ended.code, "pong.yaml:3: " in ended.err, sentence in ended.err) == (2, True, True)


def test_nothing_of_an_export_is_taken_from_the_environment(account, pong, tmp_path, monkeypatch, api):
    monkeypatch.setenv("HOME", "/home/secret")
    texts: dict[str, Any] = {"body": "${HOME} $$ $5 $", "name": "${HOME}", "headers": {"X-Cost": "$${HOME}"}}
    account(endpoints=[endpoint(**texts)])
    ended = pong("export")
    assert "$${HOME} $$$$ $$5 $$" in ended.out
    assert "secret" not in ended.out
    (tmp_path / "pong.yaml").write_text(ended.out)
    api.clear()
    account(endpoints=[])
    made = bulk(api)
    assert pong("apply", "--file", str(tmp_path / "pong.yaml")).code == 0
    assert {name: made[0]["endpoints"][0][name] for name in texts} == texts


def test_a_server_that_only_counts_is_understood(write, pong, api):
    write(endpoints=[{"key": "site1", "url": "https://site1.example.com/", "headers": {"Authorization": "x"}}])
    api.expect_request(ENDPOINTS, method="GET").respond_with_json(page(endpoint(headers={"Authorization": "••••••"})))
    dry = api.expect_request(f"{ENDPOINTS}/import", method="POST")
    dry.respond_with_json({"status": "ok", "created": 0, "updated": 0, "unchanged": 1})
    assert "1 as they are" in pong("plan").out
