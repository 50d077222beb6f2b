"""What the chart brings into a cluster, against the local fleet: Prometheus with its rules, and the job of `helm test`."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import yaml

from common.fleet import fleet, host_name
from deploy.local import ports
from deploy.local.running import RunningFleet
from tests.chart.metrics import KONG, wanted
from tests.chart.rendering import Object, component, containers, objects, of_kind, pods
from tests.chart.tools import require_prometheus
from tests.outside import eventually


@dataclass(frozen=True)
class Monitoring:
    """A Prometheus over the local fleet, and the exporters' ports."""

    url: str
    exporters: dict[str, int]

    def ask(self, path: str, **query: str) -> Any:
        answer = requests.get(f"{self.url}/api/v1/{path}", params=query, timeout=10)
        answer.raise_for_status()
        return answer.json()["data"]


def local_ports(pongpong: RunningFleet, exporters: dict[str, int]) -> dict[str, int]:
    """Where each component of the chart listens here; what does not run here is left out."""
    known = pongpong.data.known_ports()
    names = [*fleet().services, *(worker.name for one in fleet().services.values() for worker in one.workers), "beat"]
    return {host_name(name): known[name] for name in names} | exporters


def discovered(things: list[Object], where: dict[str, int]) -> list[Object]:
    """What Kubernetes' discovery would tell of the chart's pods, with the addresses of the local fleet."""
    return [
        {
            "targets": [f"127.0.0.1:{where[component(pod)]}"],
            "labels": {
                "__meta_kubernetes_pod_name": f"{component(pod)}-0",
                "__meta_kubernetes_pod_phase": "Running",
                "__meta_kubernetes_pod_container_name": container["name"],
                "__meta_kubernetes_pod_container_port_name": port["name"],
                "__meta_kubernetes_pod_container_init": str(is_init).lower(),
            }
            | {
                "__meta_kubernetes_pod_label_" + re.sub(r"[^a-zA-Z0-9_]", "_", key): value
                for key, value in pod["metadata"]["labels"].items()
            },
        }
        for _, pod in pods(things)
        if component(pod) in where
        for container in containers(pod)
        for is_init in [container in (pod["spec"].get("initContainers") or [])]
        for port in container.get("ports") or []
    ]


@pytest.fixture(scope="module")
def monitoring(pongpong: RunningFleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    """The chart's own configuration and rules; only addresses, intervals and the pauses before an alert are others."""
    require_prometheus()
    folder = tmp_path_factory.mktemp("prometheus")
    picked = ports.pick(["prometheus", "postgres-exporter", "valkey-exporter", "blackbox-exporter", "nobody"], {})
    exporters = {name: port for name, port in picked.items() if name.endswith("-exporter")}
    things = objects("default")
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(things, "ConfigMap")}
    config = yaml.safe_load(maps["pongpong-prometheus"]["prometheus.yaml"])
    config["global"] = {"scrape_interval": "3s", "scrape_timeout": "3s", "evaluation_interval": "1s"}
    config["rule_files"] = [str(folder / "rules.yaml")]
    pod_job, site_job = config["scrape_configs"]
    del pod_job["kubernetes_sd_configs"]
    pod_job["static_configs"] = discovered(things, local_ports(pongpong, exporters) | {"kong": picked["nobody"]})
    site_job["static_configs"] = [{"targets": [f"{pongpong.frontend_url}/", f"{pongpong.gateway_url}/"]}]
    site_job["relabel_configs"][-1]["replacement"] = f"127.0.0.1:{exporters['blackbox-exporter']}"
    rules = yaml.safe_load(maps["pongpong-prometheus"]["rules.yaml"])
    for group in rules["groups"]:
        for rule in (rule for rule in group["rules"] if "alert" in rule):
            rule["for"] = "1s"
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules))
    (folder / "blackbox.yaml").write_text(maps["pongpong-blackbox-exporter"]["blackbox.yaml"])
    secrets, known = pongpong.data.secrets(), pongpong.data.known_ports()
    address = f"127.0.0.1:{picked['prometheus']}"
    programs = [
        (["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}"], {}),
        (["prometheus-blackbox-exporter", f"--config.file={folder}/blackbox.yaml", f"--web.listen-address=127.0.0.1:{exporters['blackbox-exporter']}"], {}),
        (["prometheus-postgres-exporter", f"--web.listen-address=127.0.0.1:{exporters['postgres-exporter']}"],
         {"DATA_SOURCE_USER": "pongpong", "DATA_SOURCE_PASS": secrets["postgres"], "DATA_SOURCE_URI": f"127.0.0.1:{known['postgres']}/postgres?sslmode=disable"}),
        (["prometheus-redis-exporter", f"--web.listen-address=127.0.0.1:{exporters['valkey-exporter']}"],
         {"REDIS_ADDR": f"redis://127.0.0.1:{known['valkey']}", "REDIS_PASSWORD": secrets["valkey"], "REDIS_EXPORTER_CHECK_SINGLE_KEYS": valkey_keys(things)}),
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        running = [subprocess.Popen(argv, env=os.environ | extra, stdout=log, stderr=log) for argv, extra in programs]
        try:
            eventually("prometheus", lambda: _answers(f"http://{address}/-/ready"), within=60)
            yield Monitoring(f"http://{address}", exporters)
        finally:
            for process in running:
                process.send_signal(signal.SIGTERM)
            for process in running:
                process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def valkey_keys(things: list[Object]) -> str:
    """The queues that the chart has its exporter measure."""
    exporter = next(one for one in of_kind(things, "Deployment") if component(one) == "valkey-exporter")
    env = containers(exporter["spec"]["template"])[0]["env"]
    return str(next(one["value"] for one in env if one["name"] == "REDIS_EXPORTER_CHECK_SINGLE_KEYS"))


def test_prometheus_sees_every_part_of_the_fleet_up(pongpong: RunningFleet, monitoring: Monitoring):
    expected = local_ports(pongpong, monitoring.exporters).keys()

    def health() -> dict[str, str]:
        targets = monitoring.ask("targets")["activeTargets"]
        return {one["labels"]["service"]: one["health"] for one in targets if one["labels"]["job"] == "pongpong"}

    eventually("every target is up", lambda: {k for k, v in health().items() if v == "up"} == expected, within=60)
    assert health() == dict.fromkeys(expected, "up") | {"kong": "down"}
    sites = {one["labels"]["instance"]: one["health"] for one in monitoring.ask("targets")["activeTargets"] if one["labels"]["job"] == "pongpong-sites"}  # fmt: skip
    assert sites == dict.fromkeys([f"{pongpong.frontend_url}/", f"{pongpong.gateway_url}/"], "up")
    answering = monitoring.ask("query", query="probe_success")["result"]
    assert {one["value"][1] for one in answering} == {"1"}


def test_a_rule_fires_for_the_part_that_is_away_and_for_no_other(monitoring: Monitoring):
    def down() -> set[str]:
        found = monitoring.ask("alerts")["alerts"]
        firing = [one["labels"] for one in found if one["state"] == "firing"]
        return {labels["service"] for labels in firing if labels["alertname"] == "PartIsDown"}

    eventually("the alert", lambda: "kong" in down(), within=60)
    assert down() == {"kong"}


def test_every_metric_of_a_dashboard_or_rule_is_exported(pongpong: RunningFleet, monitoring: Monitoring):
    exported = {"up", "probe_success", "probe_ssl_earliest_cert_expiry"} | KONG
    for port in local_ports(pongpong, monitoring.exporters).values():
        lines = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text.splitlines()
        exported |= {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert sorted(wanted() - exported) == []
