"""The demo: its past is what a checker could have sent, and a fleet takes all of it."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.local.demo import history
from deploy.local.demo.__main__ import EMAIL, Demo
from deploy.local.demo.server import serving
from deploy.local.demo.sites import SITES, Site
from deploy.local.running import RunningFleet
from tests.outside import sign_up

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def past(site: Site) -> history.Past:
    return history.Past(site, endpoint={"id": 1, "user_id": 1}, until=NOW)


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.path)
def test_each_outage_of_the_past_opens_one_incident_and_ends_it(site: Site) -> None:
    changes = [row["transition"] for row in past(site).results() if "transition" in row]
    assert [change["event"] for change in changes] == ["down", "up"] * len(site.outages)
    assert len({change["incident_id"] for change in changes}) == len(site.outages)


def test_the_past_is_the_same_each_time_and_lies_within_the_retention() -> None:
    rows = list(past(SITES[0]).results())
    moments = [datetime.fromisoformat(row["checked_at"]) for row in rows]
    assert rows[0]["total_ms"] == next(past(SITES[0]).results())["total_ms"]
    assert moments == sorted(moments)
    assert NOW - timedelta(days=30) < moments[0] < moments[-1] < NOW


def test_a_fleet_takes_all_of_the_demo(pongpong: RunningFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "DAYS", 1)
    with serving() as port:
        demo = Demo(pongpong, port)
        demo.fill(password="a password of this run", language="en")
        overview = demo.call("GET", "report_service", "/overview")["items"]
        assert len(overview) == len(SITES)
        assert all(item["uptime"]["24h"] > 90 for item in overview)
        assert demo.call("GET", "report_service", "/status-pages")["page"]["total_count"] == 1
        login = demo.call("POST", "user_service", "/login", {"email": EMAIL, "password": "a password of this run"})
        demo.call("DELETE", "user_service", f"/users/{login['id']}", {"password": "a password of this run"})
    assert sign_up(pongpong).get("/report-service/overview").json()["items"] == []
