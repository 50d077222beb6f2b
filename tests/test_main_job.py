"""The job that pongpong exists for, once through the whole fleet as a stranger would do it with curl."""

from typing import Any

from pytest_httpserver import HTTPServer

from deploy.local.running import RunningFleet
from tests.conftest import SLACK_TOKEN
from tests.outside import Site, eventually, mails, plain_text, sign_up

SECONDS_TO_FIRST_RESULT = 20
SECONDS_TO_DOWN = 60
SECONDS_TO_UP = 60


def test_a_site_is_watched_goes_down_and_comes_back(  # noqa: PLR0915  one story
    pongpong: RunningFleet, slack: HTTPServer, site: Site
) -> None:
    user = sign_up(pongpong, "watcher@example.com")

    # A new user has one e-mail channel to their own address for everything.
    channels = user.get("/notification-service/notifications").json()["items"]
    assert [(channel["kind"], channel["settings"]["addresses"]) for channel in channels] == [("email", [user.email])]
    channel = user.post(
        "/notification-service/notifications",
        {
            "name": "Slack",
            "kind": "slack",
            "settings": {"domain": "example", "channel": "#alerts", "token": SLACK_TOKEN},
        },
    )
    assert channel.status_code == 201, channel.text
    assert SLACK_TOKEN not in channel.text
    test = user.post(f"/notification-service/notifications/{channel.json()['id']}/test")
    assert test.json() == {"status": "ok"}

    # The address alone is enough; within seconds its first result is there.
    created = user.post("/endpoint-service/endpoints", {"url": site.url, "interval": 5, "timeout": 2})
    assert created.status_code == 201, created.text
    endpoint = created.json()
    path = f"/endpoint-service/endpoints/{endpoint['id']}"

    def reports(**query: str) -> list[dict[str, Any]]:
        answer = user.get("/report-service/reports", params={"endpoint_id": endpoint["id"], **query})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def state() -> str:
        found: str = user.get(path).json()["state"]
        return found

    first = eventually("the first result", reports, within=SECONDS_TO_FIRST_RESULT)[-1]
    assert first["status"] == "up"
    assert first["http_status"] == 200
    assert first["resolved_ip"] == "127.0.0.1"
    assert set(first["phases"]) == {
        "name_lookup_ms", "connect_ms", "tls_ms", "first_byte_ms", "transfer_ms", "redirect_ms",
    }  # fmt: skip
    assert 0 < first["total_ms"] < 2000
    eventually("the endpoint is up", lambda: state() == "up", within=10)

    # It is checked again every interval.
    eventually("three more checks", lambda: len(reports()) >= 4, within=40)
    times = [report["checked_at"] for report in reports()]
    assert times == sorted(set(times), reverse=True)

    # A check now answers with the whole result and moves no state.
    now = user.post(f"{path}/check")
    assert now.status_code == 200, now.text
    assert now.json()["status"] == "ok"
    assert now.json()["result"]["status"] == "up"

    # The site stops: down after the confirmations, a mail and a Slack message.
    site.down()
    eventually("the endpoint is down", lambda: state() == "down", within=SECONDS_TO_DOWN)
    down = eventually(
        "the mail", lambda: [m for m in mails(pongpong, user.email) if m["Subject"].startswith("Down:")], within=15
    )
    assert len(down) == 1
    assert "127.0.0.1" in down[0]["Subject"]
    assert "refused" in plain_text(down[0]).lower()
    slack_texts = eventually(
        "the Slack message", lambda: [t for t in _slack_texts(slack) if "down" in t.lower()], within=15
    )
    assert len(slack_texts) == 1
    incidents = user.get("/report-service/incidents", params={"endpoint_id": endpoint["id"]}).json()["items"]
    assert [incident["status"] for incident in incidents] == ["open"]

    # It comes back: up, with how long it was down, by both ways.
    site.up()
    eventually("the endpoint is up again", lambda: state() == "up", within=SECONDS_TO_UP)
    up = eventually(
        "the recovery mail",
        lambda: [m for m in mails(pongpong, user.email) if m["Subject"].startswith("Recovered:")],
        within=15,
    )
    assert len(up) == 1
    assert "was down for" in plain_text(up[0])
    eventually("the Slack recovery", lambda: [t for t in _slack_texts(slack) if "was down for" in t], within=15)
    incident = user.get("/report-service/incidents", params={"endpoint_id": endpoint["id"]}).json()["items"][0]
    assert incident["status"] == "resolved"
    assert incident["resolved_at"] > incident["started_at"]

    # The reports tell the whole story, and the summary adds it up.
    eventually("an up after the down", lambda: reports()[0]["status"] == "up", within=10)
    statuses = {report["status"] for report in reports(per_page="100")}
    assert statuses == {"up", "down"}
    failed = reports(status="down")[0]
    assert failed["error_code"] == "connection_refused"
    summary = user.get(f"/report-service/endpoints/{endpoint['id']}/summary", params={"period": "24h"}).json()
    assert 0 < summary["uptime"] < 100

    # And it ends: nothing of it is left for anybody.
    assert user.delete(path).status_code == 204
    assert user.get(path).status_code == 404


def _slack_texts(slack: HTTPServer) -> list[str]:
    """The text of every message that Slack took, blocks included."""
    return [request.get_data(as_text=True) for request, response in slack.log if response.get_json()["ok"]]
