"""The demo's past: 30 days of results of every site, in the shape in which the checker sends them."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NotRequired, TypedDict

from common.formats.ids import uuid7
from deploy.local.demo.server import SLOW, took_ms
from deploy.local.demo.sites import Outage, Site

DAYS = 30
BATCH = 5000
"""As many results as report_service takes in one call."""
DAY = 86400
SLOW_DAYS = 0.12
"""For how long the site that is slow now has been so."""
SHARES = {"name_lookup_ms": 0.03, "connect_ms": 0.09, "tls_ms": 0.18, "first_byte_ms": 0.62, "transfer_ms": 0.08}


class Transition(TypedDict):
    """An incident that a result opens (with `cause`) or ends (with `ended_at`)."""

    incident_id: str
    event: str
    started_at: str
    ended_at: NotRequired[str]
    cause: NotRequired[str]


class Row(TypedDict):
    """A result as report_service takes it; times in ms."""

    endpoint_id: int
    user_id: int
    region: str
    checked_at: str
    status: str
    state: str
    covers_ms: int
    http_status: int | None
    error_code: str | None
    message: str | None
    total_ms: float
    phases: dict[str, float]
    resolved_ip: str
    incident_id: NotRequired[str]
    transition: NotRequired[Transition]


class Watched(TypedDict):
    """What of an endpoint its results repeat."""

    id: int
    user_id: int


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows in lists that one call may carry."""
    while batch := list(islice(rows, BATCH)):
        yield batch


class Past:
    """One site's results until `until`, oldest first; the same again for the same site and end."""

    def __init__(self, site: Site, *, endpoint: Watched, until: datetime) -> None:
        self.site = site
        self.endpoint = endpoint
        self.until = until
        self.chance = random.Random(site.name)
        self.incidents = {outage: str(uuid7(self._began(outage))) for outage in site.outages}

    def results(self) -> Iterator[Row]:
        """As the checker would have sent them."""
        step = timedelta(seconds=self.site.interval)
        at = self.until - timedelta(days=DAYS) + timedelta(minutes=10) + step * self.chance.random()
        before: Outage | None = None
        while at < self.until:
            outage = next((one for one in self.site.outages if self._covers(one, at)), None)
            row = self._row(at, outage)
            if outage:
                row["incident_id"] = self.incidents[outage]
            if changed := outage or before if outage != before else None:
                row["transition"] = self._transition(at, changed, over=outage is None)
            before = outage
            yield row
            at += step

    def _began(self, outage: Outage) -> datetime:
        return self.until - timedelta(days=outage.days_ago)

    def _covers(self, outage: Outage, at: datetime) -> bool:
        return self._began(outage) <= at < self._began(outage) + timedelta(minutes=outage.minutes)

    def _row(self, at: datetime, outage: Outage | None) -> Row:
        site = self.site
        took = took_ms(site, self.chance, day_share=at.timestamp() % DAY / DAY, factor=self._factor(at))
        if outage and outage.error == "read_timeout":
            took = 10_000
        slow = took > dict(site.options).get("degraded_ms", float("inf"))
        status = "down" if outage else "degraded" if slow else "up"
        shares = SHARES if site.kind == "http" else {"name_lookup_ms": 0.1, "connect_ms": 0.9}
        return {
            "endpoint_id": self.endpoint["id"],
            "user_id": self.endpoint["user_id"],
            "region": "default",
            "checked_at": at.astimezone(UTC).isoformat(),
            "status": status,
            "state": status,
            "covers_ms": site.interval * 1000,
            "http_status": outage.status if outage else 200 if site.kind == "http" else None,
            "error_code": outage.error if outage else None,
            "message": outage.message if outage else None,
            "total_ms": round(took, 1),
            "phases": {name: round(took * share, 1) for name, share in shares.items()},
            "resolved_ip": "203.0.113.7",
        }

    def _factor(self, at: datetime) -> float:
        """How much slower than usual the site was by then."""
        ago = (self.until - at) / timedelta(days=1)
        if self.site.now == "slow" and ago < SLOW_DAYS:
            return SLOW
        return 1.5 if ago < self.site.slower_since else 1

    def _transition(self, at: datetime, outage: Outage, *, over: bool) -> Transition:
        incident, began = self.incidents[outage], self._began(outage).isoformat()
        if over:
            return {"incident_id": incident, "event": "up", "started_at": began, "ended_at": at.isoformat()}
        return {"incident_id": incident, "event": "down", "started_at": began, "cause": outage.message}
