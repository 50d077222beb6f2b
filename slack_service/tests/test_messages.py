"""What `POST /messages` promises, against a real HTTP server that stands for Slack."""

import time
from typing import Any
from urllib.parse import unquote

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.testing.contracts import assert_error, assert_ok

MESSAGE = {
    "domain": "acme",
    "channel": "#ops",
    "text": "다운: api.example.com",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*다운*"}}],
    "token": "xoxb-1-good",
}


@pytest.fixture
def slack(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    settings.SLACK_API_URL = httpserver.url_for("/api/")
    return httpserver


def send(client: Any, **changes: Any) -> Any:
    return client.post("/messages", MESSAGE | changes)


def fails(slack: HTTPServer, error: str, status: int = 200, **headers: str) -> None:
    slack.expect_request("/api/chat.postMessage").respond_with_json(
        {"ok": False, "error": error}, status=status, headers=headers
    )


def test_a_message_goes_to_the_channel_with_the_token(internal, slack):
    seen: dict[str, Any] = {}

    def answer(request: Request) -> Response:
        seen.update(request.form.to_dict() or request.get_json(), authorization=request.headers["Authorization"])
        return Response('{"ok": true, "ts": "17.1"}', content_type="application/json")

    slack.expect_request("/api/chat.postMessage", method="POST").respond_with_handler(answer)
    assert assert_ok(send(internal, idempotency_key="delivery-7"))["message_id"] == "17.1"
    assert seen["authorization"] == "Bearer xoxb-1-good"
    assert seen["channel"] == "#ops"
    assert seen["text"] == MESSAGE["text"]
    assert "section" in str(seen["blocks"])
    assert "delivery-7" in str(seen["metadata"])
    assert "acme" not in str(seen)


@pytest.mark.parametrize("reason", ["invalid_auth", "channel_not_found", "not_in_channel", "account_inactive"])
def test_what_slack_refuses_for_good_is_permanent_with_its_own_reason(internal, slack, reason):
    fails(slack, reason)
    body = send(internal).json()
    assert body == {
        "status": "fail",
        "code": reason.upper(),
        "message": f"Slack: {reason}",
        "permanent": True,
        "retry_after": None,
    }


@pytest.mark.parametrize("reason", ["internal_error", "fatal_error", "service_unavailable"])
def test_what_passes_by_itself_is_temporary(internal, slack, reason):
    fails(slack, reason)
    assert send(internal).json()["permanent"] is False


def test_a_rate_limit_says_when_to_come_again(internal, slack):
    fails(slack, "ratelimited", 429, **{"Retry-After": "17"})
    body = send(internal).json()
    assert (body["status"], body["permanent"], body["retry_after"]) == ("fail", False, 17.0)


def test_a_broken_slack_is_temporary(internal, slack):
    slack.expect_request("/api/chat.postMessage").respond_with_data("<h1>Oops</h1>", status=500)
    body = send(internal).json()
    assert (body["status"], body["permanent"]) == ("fail", False)


def test_a_slack_that_answers_nonsense_is_temporary(internal, slack):
    slack.expect_request("/api/chat.postMessage").respond_with_data("nonsense", content_type="text/html")
    body = send(internal).json()
    assert (body["status"], body["permanent"]) == ("fail", False)


def test_a_slack_that_hangs_is_temporary(internal, slack, settings):
    def hang(_: Request) -> Response:
        time.sleep(0.5)
        return Response("{}")

    settings.SLACK_TIMEOUT = 0.2
    slack.expect_request("/api/chat.postMessage").respond_with_handler(hang)
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "TIMEOUT", False)


def test_a_slack_that_is_away_is_temporary(internal, settings):
    settings.SLACK_API_URL = "http://127.0.0.1:9/api/"
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "UNREACHABLE", False)


def webhook(client: Any, url: str) -> Any:
    return client.post("/messages", {"webhook_url": url, "text": "down"})


def test_an_incoming_webhook_gets_text_and_blocks(internal, slack):
    slack.expect_request("/services/T/B/x", json={"text": "down", "blocks": [{"type": "divider"}]}).respond_with_data(
        "ok"
    )
    assert_ok(
        internal.post(
            "/messages",
            {"webhook_url": slack.url_for("/services/T/B/x"), "text": "down", "blocks": [{"type": "divider"}]},
        )
    )


def test_attachments_bring_colour_both_ways(internal, slack):
    bar = [{"color": "#b42318", "blocks": [{"type": "divider"}]}]
    slack.expect_request("/services/x", json={"text": "down", "attachments": bar}).respond_with_data("ok")
    url = slack.url_for("/services/x")
    assert_ok(internal.post("/messages", {"webhook_url": url, "text": "down", "attachments": bar}))
    slack.expect_request("/api/chat.postMessage").respond_with_json({"ok": True, "ts": "1.2"})
    assert_ok(send(internal, attachments=bar, blocks=None))
    assert "#b42318" in unquote(slack.log[-1][0].get_data(as_text=True))


@pytest.mark.parametrize(
    ("status", "reason", "permanent"),
    [(404, "no_service", True), (410, "channel_is_archived", True), (500, "rollup_error", False), (302, "", True)],
)
def test_a_refused_webhook_tells_slacks_reason(internal, slack, status, reason, permanent):
    slack.expect_request("/hook").respond_with_data(reason, status=status, content_type="text/plain")
    body = webhook(internal, slack.url_for("/hook")).json()
    assert (body["status"], body["permanent"]) == ("fail", permanent)
    assert (reason or "http_302") in body["message"]


def test_a_webhook_over_its_rate_says_when_to_come_again(internal, slack):
    slack.expect_request("/hook").respond_with_data("", status=429, headers={"Retry-After": "5"})
    assert webhook(internal, slack.url_for("/hook")).json()["retry_after"] == 5.0


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.slack.com/services/x",
        "https://hooks.slack.com.evil.example/x",
        "https://hooks.slack.com@evil.example/x",
        "https://user@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://evil.example/hooks.slack.com",
        "https://169.254.169.254/latest",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "https://hooks.slack.com/a b\r\nX: y",
        "https://[hooks.slack.com/x",
        "",
    ],
)
def test_no_address_but_slacks_own_is_ever_called(internal, slack, url):
    assert_error(webhook(internal, url), 400, "VALIDATION_FAILED")
    assert slack.log == []


@pytest.mark.parametrize(
    "changes",
    [
        {"token": None},
        {"token": "x\r\nHost: evil"},
        {"text": ""},
        {"blocks": "none"},
        {"blocks": [{}] * 51},
        {"attachments": [{}] * 21},
    ],
)
def test_what_is_no_message_is_refused(internal, slack, changes):
    assert_error(send(internal, **changes), 400, "VALIDATION_FAILED")


def test_token_and_channel_are_needed_without_a_webhook(internal, slack):
    body = assert_error(internal.post("/messages", {"text": "down"}), 400, "VALIDATION_FAILED")
    assert set(body["errors"]) == {"channel", "token"}


def test_without_the_fleets_token_the_path_does_not_exist(anonymous, owner, slack):
    for client in (anonymous, owner):
        assert_error(client.post("/messages", MESSAGE), 404)
        assert_error(client.post("/api/messages", MESSAGE), 404)
    assert slack.log == []


def test_a_newer_message_is_put_off_for_who_knows_it(internal, slack):
    slack.expect_request("/api/chat.postMessage").respond_with_json({"ok": True, "ts": "17.1"})
    body = send(internal, contract=99).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "UNKNOWN_CONTRACT", False)
    assert assert_ok(send(internal, contract=1))["message_id"] == "17.1"
