"""Whatever is done to endpoints, windows and channels: a recovery or a closing follows each alert that went out, and nothing
else does; and reminders come of what is open, by the rules of their moment.

What went out is what a real receiver took, told by a webhook.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from rest_framework.test import APIClient

from common.contracts.alerts import CLOSED, ENDINGS
from common.testing.cast import OWNER_ID
from notification_service.alerts import alert_planner
from notification_service.deliveries import retention, sending
from notification_service.feeds import endpoints, windows
from notification_service.models import Alert, Delivery, Notification
from notification_service.rules.zones import zone_of
from notification_service.tests.conftest import alert, make_due
from notification_service.tests.world import ENDPOINTS, EVENTS, SCOPES, TAGS, Receiver, Site

EXAMPLES = int(os.environ.get("TELLING_EXAMPLES", "20"))
STATES = ("down", "degraded")
RECOVERY = {"down": "up", "degraded": "recovered"}


class Telling(RuleBasedStateMachine):
    """The story of one owner with three endpoints and one channel."""

    owner: APIClient
    receiver: Receiver
    url: str

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        Notification.objects.all().delete()
        self.receiver.busy = 0
        self.receiver.news.clear()
        hook = {"name": "hook", "kind": "webhook", "settings": {"url": self.url, "secret": "x" * 16}}
        made = self.owner.post("/api/notifications", hook)
        assert made.status_code == 201, made.content
        self.path = f"/api/notifications/{made.json()['id']}"
        self.channel = made.json()
        self.sites = {number: Site(number) for number in (1, 2, 3)}
        endpoints.endpoints_apply([site.item() for site in self.sites.values()])
        self.windows: set[int] = set()
        self.acknowledged: set[str] = set()
        self.wanted: set[str] = set()
        """Incidents that the channel wanted when they began."""
        self.told: dict[str, str] = {}
        """By incident, with which event it went out."""
        self.ended: set[str] = set()
        """Incidents whose end went out."""
        self.over: set[str] = set()
        self.superseded: dict[str, str] = {}

    def teardown(self) -> None:
        try:
            self._let_everything_out()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(number=ENDPOINTS, minutes=st.sampled_from([0, 10, 10]), begun=st.booleans())
    def begins(self, number: int, minutes: int, begun: bool) -> None:
        """Often with an outage that everybody knows of."""
        self.channel_reminds(minutes=minutes)
        if begun:
            self.fails(number=number, state="down")
            self.sends()

    # What sites do

    @rule(number=ENDPOINTS, state=st.sampled_from(STATES))
    def fails(self, number: int, state: str) -> None:
        """Goes down or slows; what is slow goes down without an end of its slowness."""
        site = self.sites[number]
        worse = site.state == "degraded" and state == "down"
        if not site.enabled or site.deleted or (site.state is not None and not worse) or number in self.windows:
            return
        incident = str(uuid4())
        if site.state is not None:
            self.superseded[site.incident] = incident
        site.state, site.incident = state, incident
        if self._wants(site, state) and self.channel["enabled"]:
            self.wanted.add(incident)
        self._news(site, state)

    @rule(number=ENDPOINTS)
    def comes_back(self, number: int) -> None:
        site = self.sites[number]
        if site.state is not None and number not in self.windows:
            self._news(site, RECOVERY[site.state])
            self._is_over(site)

    # What their owner does with them

    @rule(number=ENDPOINTS, how=st.sampled_from(["paused", "deleted"]), checker_first=st.booleans())
    def leaves(self, number: int, how: str, checker_first: bool) -> None:
        """The feed and the checker tell of it, in either order."""
        site = self.sites[number]
        if site.deleted or not site.enabled:
            return
        if checker_first and site.state is not None:
            self._news(site, CLOSED, reason=how)
        site.enabled, site.deleted = how != "paused", how == "deleted"
        endpoints.endpoints_apply([site.item()])
        if not checker_first and site.state is not None:
            self._news(site, CLOSED, reason=how)
        if site.state is not None:
            self._is_over(site)

    @rule(number=ENDPOINTS)
    def is_resumed(self, number: int) -> None:
        site = self.sites[number]
        if not site.deleted and not site.enabled:
            site.enabled = True
            endpoints.endpoints_apply([site.item()])

    @rule(number=ENDPOINTS, tags=TAGS)
    def is_tagged(self, number: int, tags: list[str]) -> None:
        site = self.sites[number]
        if not site.deleted:
            site.tags = tags
            endpoints.endpoints_apply([site.item()])

    @rule(number=ENDPOINTS, opens=st.booleans())
    def window_changes(self, number: int, opens: bool) -> None:
        start = timezone.now() - timedelta(hours=1)
        window = {"id": number, "user_id": OWNER_ID, "endpoint_ids": [number], "tags": [], "covers_all": False,
                  "starts_at": start.isoformat(), "duration": 7200, "deleted": not opens}  # fmt: skip
        windows.windows_apply([window])
        self.windows = self.windows | {number} if opens else self.windows - {number}

    @rule(number=ENDPOINTS)
    def is_acknowledged(self, number: int) -> None:
        site = self.sites[number]
        if site.state is not None:
            alert_planner.incident_acknowledge(incident_id=site.incident)  # type: ignore[arg-type]
            self.acknowledged.add(site.incident)

    # What their owner does with the channel

    @rule(events=EVENTS)
    def channel_wants(self, events: list[str]) -> None:
        self._change({"events": events})

    @rule(scope=SCOPES)
    def channel_covers(self, scope: dict[str, Any]) -> None:
        live = [one for one in scope.get("endpoint_ids", []) if not self.sites[one].deleted]
        self._change(scope | ({"endpoint_ids": live} if "endpoint_ids" in scope else {}))

    @rule(enabled=st.booleans())
    def channel_is_switched(self, enabled: bool) -> None:
        self._change({"enabled": enabled})

    @rule(minutes=st.sampled_from([0, 10]))
    def channel_reminds(self, minutes: int) -> None:
        self._change({"remind_every": minutes})

    @rule(seconds=st.sampled_from([0, 0, 60]))
    def channel_delays(self, seconds: int) -> None:
        self._change({"delay": seconds})

    @rule(quiet=st.booleans())
    def channel_is_quiet(self, quiet: bool) -> None:
        now = timezone.now().astimezone(zone_of("Asia/Seoul"))
        ends = [f"{now + timedelta(hours=hours):%H:%M}" if quiet else None for hours in (-1, 1)]
        self._change({"quiet_from": ends[0], "quiet_to": ends[1]})

    # What time and the receiver do

    @rule()
    def sends(self) -> None:
        sending.deliveries_send()
        self._judge()

    @rule()
    def time_passes(self) -> None:
        make_due()
        sending.deliveries_send()
        self._judge()

    @rule(times=st.integers(1, 3))
    def receiver_is_busy(self, times: int) -> None:
        self.receiver.busy = times

    @precondition(lambda self: self.told)
    @rule()
    def history_is_forgotten(self) -> None:
        """As after an outage of over 90 days."""
        old = datetime(2020, 1, 1, tzinfo=UTC)
        Delivery.objects.update(created_at=old)
        Alert.objects.exclude(event__in=ENDINGS).update(received_at=old)
        retention.history_purge()

    # What is right

    def _judge(self) -> None:
        for message in self.receiver.news:
            for item in message["alerts"]:
                incident, event = item["incident_id"], item["event"]
                if message["type"] == "reminder":
                    self._judge_reminder(incident, event)
                elif event in ENDINGS:
                    self._judge_end(incident, event)
                else:
                    assert incident in self.wanted, "told of what the channel did not want"
                    assert incident not in self.told, "told twice"
                    self.told[incident] = event
        self.receiver.news.clear()

    def _judge_end(self, incident: str, event: str) -> None:
        begun = [incident, *self._before(incident)]
        told = [one for one in begun if one in self.told]
        assert incident in self.over, "told of an end that is none"
        assert told or (event != CLOSED and not self.wanted.isdisjoint(begun)), "an end of what did not go out"
        assert incident not in self.ended, "an end told twice"
        self.ended.update(begun)
        self.told.update({one: "" for one in begun if one in self.wanted})

    def _judge_reminder(self, incident: str, event: str) -> None:
        site = next(site for site in self.sites.values() if site.incident == incident)
        assert self.told.get(incident) == event
        assert site.state == event, "reminded of what is over"
        assert site.enabled
        assert not site.deleted
        assert site.number not in self.windows, "reminded within a window"
        assert incident not in self.acknowledged
        assert self.channel["enabled"]
        assert self.channel["remind_every"]
        assert self.channel["quiet_from"] is None, "reminded within quiet hours"
        assert self._wants(site, event)

    def _let_everything_out(self) -> None:
        """Whoever was told of a beginning is told of its end, once the channel is on and nothing holds it back."""
        for number in (1, 2, 3):
            self.window_changes(number=number, opens=False)
            self.comes_back(number=number)
        self.receiver.busy = 0
        self._change({"enabled": True, "quiet_from": None, "quiet_to": None, "remind_every": 0})
        for _ in range(20):
            make_due()
            sent = sending.deliveries_send()
            self._judge()
            if not sent and not Delivery.objects.filter(state="pending").exists():
                break
        missing = {incident for incident, event in self.told.items() if event and incident not in self.ended}
        assert missing == set(), "an alert went out, and no end followed"
        assert not Delivery.objects.filter(state="pending").exists()

    # How

    def _news(self, site: Site, event: str, **changes: Any) -> None:
        news = alert(event, incident_id=site.incident, endpoint_id=site.number, tags=site.tags, **changes)
        now = timezone.now().isoformat()
        alert_planner.alerts_accept(alerts=[news | {"started_at": now, "occurred_at": now}])

    def _is_over(self, site: Site) -> None:
        self.over.update([site.incident, *self._before(site.incident)])
        site.state = None

    def _before(self, incident: str) -> list[str]:
        return [earlier for earlier, later in self.superseded.items() if later == incident]

    def _wants(self, site: Site, event: str) -> bool:
        covered = self.channel["covers_all"] or site.number in self.channel["endpoint_ids"]
        return event in self.channel["events"] and (covered or bool({*site.tags} & {*self.channel["tags"]}))

    def _change(self, change: dict[str, Any]) -> None:
        changed = self.owner.patch(self.path, change)
        assert changed.status_code == 200, changed.content
        self.channel = changed.json()


@pytest.mark.usefixtures("known_users")
def test_an_end_follows_every_alert_that_went_out_and_no_other(owner, peers, httpserver, settings_allowing_private):
    receiver = Receiver()
    httpserver.expect_request("/hook").respond_with_handler(receiver)
    story = type("Story", (Telling,), {"owner": owner, "receiver": receiver, "url": httpserver.url_for("/hook")})
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(
        story,
        settings=settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None, suppress_health_check=checks),
    )
