"""Channels, keys, maintenance windows and status pages."""

import pytest

from pong_cli.tests.conftest import endpoint, page
from pong_cli.tests.test_code import CHANNELS, ENDPOINTS, PAGES, WINDOWS, channel

KEYS = "/user-service/keys"
KEY = {
    "id": 4, "name": "ci", "created_at": "2026-01-01T00:00:00Z", "expires_at": None, "last_used_at": None,
}  # fmt: skip
pytestmark = pytest.mark.usefixtures("logged_in")


def test_a_channel_is_made_with_its_rules(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    sent = {
        "kind": "slack", "name": "Ops", "settings": {"channel": "#ops", "token": "xoxb"}, "endpoint_ids": [1],
        "events": ["down"], "tags": ["shop"],
    }  # fmt: skip
    api.expect_request(CHANNELS, method="POST", json=sent).respond_with_json(channel(name="Ops"), 201)
    ended = pong("channels", "add", "slack", "Ops", "--channel", "#ops", "--token", "xoxb", "--endpoint", "site1",
                 "--event", "down", "--tag", "shop")  # fmt: skip
    assert ended.code == 0, ended.err
    assert "xoxb" not in ended.out


def test_an_address_that_must_be_confirmed_is_told(api, pong):
    made = channel(unconfirmed_addresses=["b@example.com"])
    api.expect_request(CHANNELS, method="POST").respond_with_json(made, 201)
    assert "pong channels confirm 5 CODE" in pong("channels", "add", "email", "Team", "b@example.com").out
    api.expect_request(CHANNELS).respond_with_json(page(made))
    api.expect_request(f"{CHANNELS}/5/confirm", json={"code": "123"}).respond_with_json({"status": "ok"})
    assert pong("channels", "confirm", "team", "123").code == 0


def test_the_receivers_reason_is_shown_where_a_test_fails(api, pong):
    api.expect_request(CHANNELS).respond_with_json(page(channel()))
    api.expect_request(f"{CHANNELS}/5/test", method="POST").respond_with_json(
        {"status": "fail", "message": "invalid_auth"}
    )
    ended = pong("channels", "test", "5")
    assert ended.code == 4
    assert "invalid_auth" in ended.err


def test_a_group_alone_is_its_list(api, pong):
    api.expect_request(CHANNELS).respond_with_json(page(channel()))
    assert pong("channels", "-o", "json").out == pong("channels", "ls", "-o", "json").out


def test_a_new_keys_text_stands_alone_for_scripts(api, pong):
    api.expect_request(KEYS, method="POST", json={"name": "ci"}).respond_with_json(KEY | {"key": "pong_x"}, 201)
    assert pong("keys", "add", "ci", "--quiet").out == "pong_x\n"
    ended = pong("keys", "add", "ci")
    assert (ended.out, ended.err) == ("pong_x\n", "This is the only time that the key is shown.\n")


def test_a_key_is_revoked_by_its_name(api, pong):
    api.expect_request(KEYS, method="GET").respond_with_json(page(KEY))
    api.expect_request(f"{KEYS}/4", method="DELETE").respond_with_data("", 204)
    assert pong("keys", "rm", "ci", "--yes").code == 0
    assert pong("keys", "rm", "other", "--yes").code == 4


def test_a_window_begins_now_unless_it_is_told_or_comes_again(api, pong):
    window = {"id": 9, "name": "W", "endpoint_ids": [], "tags": [], "starts_at": None, "duration": 7200,
              "cron": "0 3 * * 0", "time_zone": "Asia/Seoul", "ends_at": None}  # fmt: skip
    api.expect_request(WINDOWS, method="POST").respond_with_json(window, 201)
    assert pong("maintenance", "add", "W", "--for", "2h").code == 0
    assert api.log[-1][0].get_json()["starts_at"].endswith("Z")
    assert pong("maintenance", "add", "W", "--for", "2h", "--cron", "0 3 * * 0", "--time-zone", "Asia/Seoul").code == 0
    assert api.log[-1][0].get_json() == {
        "name": "W", "duration": 7200, "tags": [], "endpoint_ids": [], "cron": "0 3 * * 0", "time_zone": "Asia/Seoul",
    }  # fmt: skip
    api.expect_request(WINDOWS, method="GET").respond_with_json(page(window))
    assert "0 3 * * 0 (Asia/Seoul)" in pong("maintenance").out


def test_a_status_page_is_made_published_hidden_and_removed(api, pong):
    shown = {"id": 3, "slug": "acme", "title": "ACME", "description": "", "published": True,
             "groups": [{"name": "", "endpoints": [{"endpoint_id": 1, "name": "Web"}]}]}  # fmt: skip
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint()))
    sent = {"slug": "acme", "title": "ACME", "published": True,
            "groups": [{"name": "", "endpoints": [{"endpoint_id": 1}]}]}  # fmt: skip
    api.expect_request(PAGES, method="POST", json=sent).respond_with_json(shown, 201)
    assert pong("status-pages", "add", "acme", "ACME", "--endpoint", "site1").code == 0
    api.expect_request(PAGES, method="GET").respond_with_json(page(shown))
    for action, published in (("publish", True), ("unpublish", False)):
        api.expect_request(f"{PAGES}/3", method="PATCH", json={"published": published}).respond_with_json(shown)
        assert pong("status-pages", action, "acme").code == 0
    api.expect_request(f"{PAGES}/3", method="DELETE").respond_with_data("", 204)
    assert pong("status-pages", "rm", "acme", "--yes").code == 0
    assert pong("status-pages", "rm", "other", "--yes").code == 4
