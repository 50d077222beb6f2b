"""Endpoints from the command line."""

import pytest

from pong_cli.tests.conftest import endpoint, page

PATH = "/endpoint-service/endpoints"
pytestmark = pytest.mark.usefixtures("logged_in")


def test_an_address_alone_is_enough(api, pong):
    api.expect_request(PATH, method="POST", json={"url": "https://site1.example.com"}).respond_with_json(
        endpoint(), 201
    )
    ended = pong("add", "https://site1.example.com")
    assert (ended.code, ended.out) == (0, "Watching https://site1.example.com/ as site1.\n")


def test_every_option_reaches_the_api_under_its_own_name(api, pong, tmp_path):
    (tmp_path / "body.json").write_text("{}")
    expected = {
        "url": "https://x", "name": "X", "key": "x", "kind": "http", "method": "POST", "headers": {"Accept": "a/b"},
        "body": "{}", "interval": 90, "timeout": 5, "expected_status": "200", "tags": ["a", "b"],
        "assertions": [
            {"kind": "body_contains", "value": "ok"}, {"kind": "response_time", "value": 800},
            {"kind": "header", "target": "A", "value": "b"}, {"kind": "json_path", "target": "$.n", "value": 3},
        ],
        "failure_threshold": 1, "recovery_threshold": 4,
        "options": {
            "follow_redirects": False, "max_redirects": 3, "max_body_kib": 5120, "verify_tls": False, "degraded_ms": 500,
            "http_version": "2", "ip_version": "6", "certificate_warnings": [60, 7, 0.5],
            "auth": {"kind": "basic", "username": "me", "password": "a:b"},
        },
    }  # fmt: skip
    api.expect_request(PATH, method="POST", json=expected).respond_with_json(endpoint(), 201)
    ended = pong(
        "add", "https://x", "--name", "X", "--key", "x", "--kind", "http", "-X", "POST", "-H", "Accept: a/b",
        "--body", f"@{tmp_path / 'body.json'}", "--interval", "1m30s", "--timeout", "5", "--expect", "200",
        "-t", "a", "-t", "b", "--assert", "body_contains=ok", "--assert", "response_time=800",
        "--assert", '{"kind": "header", "target": "A", "value": "b"}', "--assert", "json_path:$.n=3", "--failures", "1", "--recoveries", "4",
        "--no-redirects", "--max-redirects", "3", "--max-body", "5120", "--no-verify-tls", "--slow-after", "500", "--http", "2",
        "--ip", "6", "--basic-auth", "me:a:b", "--warn-days", "60, 7,0.5", "-q",
    )  # fmt: skip
    assert (ended.code, ended.out) == (0, "site1\n"), ended.err


def test_a_websocket_and_its_message_are_typed_like_any_other(api, pong, tmp_path):
    (tmp_path / "hello.json").write_text('{"type": "ping"}')
    expected = {
        "url": "wss://x", "headers": {"Origin": "https://x"}, "assertions": [{"kind": "body_contains", "value": "pong"}],
        "options": {"message": '{"type": "ping"}', "verify_tls": False, "auth": {"kind": "bearer", "token": "t"}},
    }  # fmt: skip
    api.expect_request(PATH, method="POST", json=expected).respond_with_json(endpoint(), 201)
    ended = pong(
        "add", "wss://x", "--message", f"@{tmp_path / 'hello.json'}", "--assert", "body_contains=pong", "-H",
        "Origin: https://x", "--no-verify-tls", "--bearer-token", "t", "-q",
    )  # fmt: skip
    assert (ended.code, ended.out) == (0, "site1\n"), ended.err


def test_a_list_comes_from_all_pages(api, pong):
    for number in (1, 2):
        api.expect_request(PATH, query_string={"page": str(number), "per_page": "100", "sort": "id"}).respond_with_json(
            page(endpoint(number), total=2, number=number)
        )
    assert pong("ls", "--quiet").out == "site1\nsite2\n"


def test_a_list_with_something_down_exits_with_one(api, pong):
    api.expect_request(PATH).respond_with_json(page(endpoint(), endpoint(2, state="down")))
    api.expect_request("/report-service/overview").respond_with_json(page())
    ended = pong("ls")
    assert ended.code == 1
    assert "☒ Down" in ended.out
    assert "● Up" in ended.out


def test_the_list_has_the_overviews_numbers_beside_the_states(api, pong):
    api.expect_request(PATH).respond_with_json(page(endpoint()))
    glance = {"endpoint_id": 1, "uptime": {"24h": 99.987}, "last_result": {"total_ms": 123.4}}
    api.expect_request("/report-service/overview").respond_with_json(page(glance))
    ended = pong("ls")
    assert "99.98 %" in ended.out
    assert "123 ms" in ended.out


@pytest.mark.parametrize("text", ["site2", "SITE2.example.com", "https://site2.example.com", "site2.example.com", "2"])
def test_an_endpoint_is_found_by_key_name_address_host_and_id(api, pong, text):
    api.expect_request(f"{PATH}/2").respond_with_json(endpoint(2))
    api.expect_request(PATH).respond_with_json(page(endpoint(1), endpoint(2)))
    assert pong("show", text, "-o", "json").json["id"] == 2


def test_what_several_have_in_common_is_not_guessed(api, pong):
    api.expect_request(PATH).respond_with_json(page(endpoint(1, name="same"), endpoint(2, name="same")))
    ended = pong("pause", "same")
    assert ended.code == 2
    assert "site1, site2" in ended.err


def test_an_endpoint_that_is_not_there_ends_with_a_sentence(api, pong):
    api.expect_request(PATH).respond_with_json(page())
    ended = pong("show", "nothing")
    assert (ended.code, ended.err) == (4, "pong: You have no endpoint nothing.\npong ls lists them.\n")


def test_an_edit_sends_what_is_given_and_keeps_the_other_options(api, pong):
    api.expect_request(PATH).respond_with_json(page(endpoint(options={"max_redirects": 2})))
    api.expect_request(
        f"{PATH}/1", method="PATCH", json={"interval": 30, "options": {"max_redirects": 2, "verify_tls": False}}
    ).respond_with_json(endpoint())
    assert pong("edit", "site1", "--interval", "30s", "--no-verify-tls").out == "site1 is changed.\n"
    assert pong("edit", "site1").code == 2


def test_an_empty_text_empties_a_list(api, pong):
    api.expect_request(f"{PATH}/1", method="GET").respond_with_json(endpoint(tags=["a"]))
    api.expect_request(f"{PATH}/1", method="PATCH", json={"tags": [], "headers": {}}).respond_with_json(endpoint())
    assert pong("edit", "1", "--tag", "", "-H", "").code == 0


@pytest.mark.parametrize(("action", "sent"), [("pause", "pause"), ("resume", "resume"), ("rm", "delete")])
def test_several_are_switched_in_one_call(api, pong, action, sent):
    for number in (1, 2):
        api.expect_request(f"{PATH}/{number}").respond_with_json(endpoint(number))
    results = [{"index": 0, "status": "ok", "id": 1}, {"index": 1, "status": "ok", "id": 2}]
    api.expect_request(f"{PATH}/bulk", method="POST", json={"action": sent, "ids": [1, 2]}).respond_with_json(
        {"status": "ok", "succeeded": 2, "failed": 0, "results": results}
    )
    ended = pong(action, "1", "2", *(["--yes"] if action == "rm" else []))
    assert ended.code == 0, ended.err
    assert ended.out.startswith("site1 is ")


def test_removing_asks_first(api, pong, monkeypatch):
    api.expect_request(f"{PATH}/1").respond_with_json(endpoint())
    monkeypatch.setattr("typer._click.termui.visible_prompt_func", lambda _text="": "n")
    assert pong("rm", "1").code == 130
    assert not [request for request, _answer in api.log if request.method == "POST"]


@pytest.mark.parametrize(
    "wrong",
    [["--interval", "soon"], ["-H", "no colon"], ["--assert", "words"], ["--assert", "{"], ["--body", "@nofile"]],
)
def test_what_cannot_be_read_is_wrong_usage(pong, wrong):
    ended = pong("add", "https://x", *wrong)
    assert ended.code == 2
    assert ended.err.startswith("pong: ")
