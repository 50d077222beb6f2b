"""What is heard when parts are taken away. `python -m tests.silence` measures it with the chart's own patience (10 minutes)."""

import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from common.fleet import host_name
from deploy.local import supervisor
from deploy.local.programs import programs
from deploy.local.running import RunningFleet, running_fleet
from tests.chart.rendering import Object, objects, of_kind
from tests.monitoring import EXPORTERS, Monitoring, monitored
from tests.outside import Site, User, eventually, sign_up

ALWAYS = {("Watchdog", ""), ("PartIsDown", "kong"), ("PartIsMissing", "kong")}
"""Kong has pods in the chart and none here."""
WITHIN = 180
"""Seconds in which somebody must know."""
REGION = "default"
RECEIVERS = ("report_service", "endpoint_service", "notification_service", "email_service")
CHECKERS = ("beat", "endpoint_check_dispatcher", "endpoint_check_worker", "notification_service_worker")
OTHERS = (
    "user_service", "user_service_worker", "endpoint_service_worker", "report_service_worker", "slack_service",
    "endpoint_check", "frontend",
)  # fmt: skip
Heard = dict[tuple[str, str], float]
"""Seconds from when the parts went to each alert."""


@dataclass
class Scene:
    """A fleet that watches a site, and a Prometheus that watches the fleet."""

    pongpong: RunningFleet
    monitoring: Monitoring
    user: User
    site: Site
    endpoint: dict[str, Any]
    things: list[Object]


@contextmanager
def scene(folder: Path, *, patient: bool = False) -> Iterator[Scene]:
    """All is well, until the block changes it."""
    things, site = objects("default"), Site()
    site.up()
    with running_fleet() as pongpong, monitored(pongpong, folder, things, patient=patient) as monitoring:
        user = sign_up(pongpong)
        made = user.post("/endpoint-service/endpoints", {"url": site.url, "interval": 5, "timeout": 2})
        assert made.status_code == 201, made.text
        found = Scene(pongpong, monitoring, user, site, made.json(), things)
        all_is_well(found)
        yield found
    site.down()


def all_is_well(found: Scene) -> None:
    """Wait until no alert fires but those that always do."""

    def quiet() -> bool:
        health = {one["health"] for one in found.monitoring.ask("targets")["activeTargets"] if "kong" not in str(one)}
        return health == {"up"} and found.monitoring.firing() == ALWAYS and result_is_new(found)

    eventually("all is well", quiet, within=2 * WITHIN, every=1)


def result_is_new(found: Scene) -> bool:
    """Whether the whole way of a check is open."""
    answer = found.monitoring.ask("query", query="max(pongpong_newest_result_age_seconds)")["result"]
    return bool(answer) and float(answer[0]["value"][1]) < 30


@contextmanager
def without(found: Scene, *names: str) -> Iterator[float]:
    """Take these processes away, as if nothing had pods any more; gives the moment (monotonic). Afterwards they come back."""
    known = programs(found.pongpong.data)
    began = time.monotonic()
    with supervisor.control(found.pongpong.data) as control:
        for name in names:
            control.stopProcess(supervisor.full_name(known[name]), False)
    found.monitoring.take(*map(host_name, names))
    try:
        yield began
    finally:
        with supervisor.control(found.pongpong.data) as control:
            for name in sorted(names, key=lambda name: known[name].stage):
                _start(control, supervisor.full_name(known[name]))
        found.monitoring.give(*map(host_name, names))


def _start(control: Any, name: str) -> None:
    state = lambda: control.getProcessInfo(name)["statename"]  # noqa: E731
    eventually(f"{name} has stopped", lambda: state() in {"STOPPED", "EXITED", "FATAL", "RUNNING"}, within=60)
    if state() != "RUNNING":
        control.startProcess(name)


def listen(found: Scene, began: float, wanted: set[tuple[str, str]]) -> Heard:
    """When each of the wanted alerts fires; waits until all do."""
    heard: Heard = {}

    def all_heard() -> bool:
        for alert in found.monitoring.firing() & wanted - heard.keys():
            heard[alert] = time.monotonic() - began
        return heard.keys() == wanted

    try:
        eventually("every alert", all_heard, within=WITHIN + 30, every=0.5)
    except AssertionError as error:
        raise AssertionError(f"Not heard: {sorted(wanted - heard.keys())}, heard: {heard}") from error
    return heard


def missing(*names: str) -> set[tuple[str, str]]:
    """The alerts of parts that are gone."""
    return {("PartIsMissing", host_name(name)) for name in names}


def without_receivers(found: Scene) -> Heard:
    """Who takes results, states, alerts and mails is gone; and so are one of two pods, Grafana's, and a Job has failed."""
    job = next(one["metadata"]["name"] for one in of_kind(found.things, "Job"))
    wanted = missing(*RECEIVERS, "grafana") | {
        ("OutboxIsStuck", "results"), ("OutboxIsStuck", "states"), ("OutboxIsStuck", "alerts"),
        ("MailsWait", "user-service"), ("ResultsDoNotArrive", REGION), ("MetricIsMissing", "deliveries"),
        ("ReplicaIsMissing", "frontend"), ("JobFailed", job),
    }  # fmt: skip
    with without(found, *RECEIVERS) as began:
        found.site.down()
        found.user.post("/user-service/password-reset", {"email": found.user.email})
        found.monitoring.take("frontend-1")
        found.monitoring.kube.ready["grafana"] = 0
        found.monitoring.kube.failed.add(job)
        try:
            heard = listen(found, began, wanted)
        finally:
            found.site.up()
            found.monitoring.give("frontend-1")
            found.monitoring.kube.ready.clear()
            found.monitoring.kube.failed.clear()
    return heard


def without_checkers(found: Scene) -> Heard:
    """Nothing is checked any more, and nobody sends what users are to be told."""
    wanted = missing(*CHECKERS) | {
        *(("ChecksAreNotDispatched", host_name(name)) for name in CHECKERS[:3]),
        ("ChecksAreLate", REGION), ("ChecksStopped", REGION), ("OutboxIsStuck", "deliveries"),
    }  # fmt: skip
    with without(found, *CHECKERS) as began:
        tell_of_an_outage(found)
        return listen(found, began, wanted)


def tell_of_an_outage(found: Scene) -> None:
    """As the checker would."""
    now = datetime.now(UTC).isoformat()
    alert = {
        "incident_id": str(uuid.uuid4()), "event": "down", "endpoint_id": found.endpoint["id"],
        "user_id": found.user.id, "endpoint_name": "A site", "url": found.site.url, "region": REGION, "cause": "refused",
        "error_code": "connection_refused", "started_at": now, "occurred_at": now, "duration_ms": None,
        "last_good_at": None,
    }  # fmt: skip
    answer = requests.post(
        f"{found.pongpong.service_url('notification_service')}/notifications/send",
        json={"alerts": [alert]}, headers=found.pongpong.internal_headers, timeout=20,
    )  # fmt: skip
    assert answer.ok, answer.text


def without_the_rest(found: Scene) -> Heard:
    """Every other part, the database and the broker too; then the exporters that told of these."""
    wanted = missing(*OTHERS) | {
        ("DatabaseIsAway", "postgres-exporter"), ("BrokerIsAway", "valkey-exporter"),
        ("OwnSiteIsDown", "sites"), ("MetricIsMissing", "mails"), ("MetricIsMissing", "results"),
    }  # fmt: skip
    with without(found, *OTHERS, "postgres", "valkey") as began:
        return listen(found, began, wanted)


def without_exporters(found: Scene) -> Heard:
    """Nothing is wrong but that nobody would tell."""
    names = (*EXPORTERS, "kube-state-metrics")
    began = time.monotonic()
    found.monitoring.take(*names)
    try:
        return listen(found, began, missing(*names))
    finally:
        found.monitoring.give(*names)


SCENARIOS = (without_receivers, without_checkers, without_the_rest, without_exporters)


def main() -> None:
    """Print each alert with the seconds after which it fired, as rows of a table."""
    with tempfile.TemporaryDirectory() as folder, scene(Path(folder), patient=True) as found:
        for scenario in SCENARIOS:
            for (alert, subject), seconds in sorted(scenario(found).items()):
                print(f"| {scenario.__name__} | {alert} | {subject} | {seconds:.0f} s |", flush=True)
            all_is_well(found)


if __name__ == "__main__":
    main()
