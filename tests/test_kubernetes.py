"""What the chart brings into a cluster, against the local fleet: Prometheus with its rules, and the job of `helm test`."""

from collections.abc import Iterator

import pytest
import requests

from deploy.local.running import RunningFleet
from tests.chart.metrics import KONG, wanted
from tests.chart.rendering import objects
from tests.chart.tools import require_prometheus
from tests.monitoring import Monitoring, monitored
from tests.outside import eventually


@pytest.fixture(scope="module")
def monitoring(pongpong: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    require_prometheus()
    with monitored(pongpong, tmp_path_factory.mktemp("prometheus"), objects("default")) as made:
        yield made


def test_prometheus_sees_every_part_of_the_fleet_up(pongpong: RunningFleet, monitoring: Monitoring):
    expected = monitoring.ports.keys()

    def health(job: str, label: str) -> dict[str, str]:
        targets = monitoring.ask("targets")["activeTargets"]
        return {one["labels"][label]: one["health"] for one in targets if one["labels"]["job"] == job}

    def answering() -> set[str]:
        return {one["value"][1] for one in monitoring.ask("query", query="probe_success")["result"]}

    parts = dict.fromkeys(expected, "up") | {"kong": "down"}
    eventually("every target is up", lambda: health("pongpong", "service") == parts, within=60)
    sites = dict.fromkeys([f"{pongpong.frontend_url}/", f"{pongpong.gateway_url}/"], "up")
    eventually("every site is probed", lambda: health("pongpong-sites", "instance") == sites, within=60)
    eventually("every site answers", lambda: answering() == {"1"}, within=60)


def test_a_rule_fires_for_the_part_that_is_away_and_for_no_other(monitoring: Monitoring):
    def down() -> set[str]:
        return {part for alert, part in monitoring.firing() if alert == "PartIsDown"}

    eventually("the alert", lambda: "kong" in down(), within=60)
    assert down() == {"kong"}


def test_every_metric_of_a_dashboard_or_rule_is_exported(monitoring: Monitoring):
    exported = {"up", "probe_success", "probe_ssl_earliest_cert_expiry"} | KONG
    for port in monitoring.ports.values():
        lines = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text.splitlines()
        exported |= {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert sorted(wanted() - exported) == []
