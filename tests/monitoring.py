"""The chart's own Prometheus over a local fleet: its configuration and rules, with other addresses and, for tests, less patience."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.fleet import fleet, host_name
from deploy.local import ports
from deploy.local.running import RunningFleet
from tests.chart.rendering import Object, component, containers, of_kind, pods
from tests.outside import eventually

EXPORTERS = ("postgres-exporter", "valkey-exporter", "blackbox-exporter")
SCRAPED, FIRED = "3s", "1s"
"""How often tests scrape, and how long an alert waits in them."""


@dataclass
class Kube:
    """What a kube-state-metrics would tell of the chart's objects; a test changes it."""

    things: list[Object]
    ready: dict[str, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def answer(self, _request: Request) -> Response:
        """Its metrics."""
        names = {
            "Deployment": ("kube_deployment_spec_replicas", "kube_deployment_status_replicas_available"),
            "StatefulSet": ("kube_statefulset_replicas", "kube_statefulset_status_replicas_ready"),
            "DaemonSet": ("kube_daemonset_status_desired_number_scheduled", "kube_daemonset_status_number_available"),
        }
        lines = []
        for one in self.things:
            metadata = one["metadata"]
            if one["kind"] in names:
                wanted, ready = names[one["kind"]]
                labels = f'{{namespace="{metadata["namespace"]}",{one["kind"].lower()}="{metadata["name"]}"}}'
                number = one["spec"].get("replicas", 1)
                lines += [f"{wanted}{labels} {number}", f"{ready}{labels} {self.ready.get(component(one), number)}"]
            elif one["kind"] == "Job" and metadata["name"] in self.failed:
                labels = f'{{namespace="{metadata["namespace"]}",job_name="{metadata["name"]}",condition="true"}}'
                lines.append(f"kube_job_failed{labels} 1")
        return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


@dataclass
class Monitoring:
    """A running Prometheus. What is in `gone` (a component, or one of its pods) is not discovered any more."""

    url: str
    ports: dict[str, int]
    kube: Kube
    targets: list[Object]
    file: Path
    gone: set[str] = field(default_factory=set)

    def ask(self, path: str, **query: str) -> Any:
        """The `data` of an answer of Prometheus' API."""
        answer = requests.get(f"{self.url}/api/v1/{path}", params=query, timeout=10)
        answer.raise_for_status()
        return answer.json()["data"]

    def firing(self) -> set[tuple[str, str]]:
        """Each alert that fires, with the part, outbox, region or Job that it is of."""
        labels = [one["labels"] for one in self.ask("alerts")["alerts"] if one["state"] == "firing"]
        return {(one["alertname"], _subject(one)) for one in labels}

    def take(self, *names: str) -> None:
        """The API server tells of these no more."""
        self.gone |= set(names)
        self._write()

    def give(self, *names: str) -> None:
        """They are back."""
        self.gone -= set(names)
        self._write()

    def _write(self) -> None:
        there = [one for one in self.targets if not {one["labels"][name] for name in (_COMPONENT, _POD)} & self.gone]
        partial = self.file.with_suffix(".partial")
        partial.write_text(json.dumps(there))
        partial.rename(self.file)


_COMPONENT = "__meta_kubernetes_pod_label_app_kubernetes_io_component"
_POD = "__meta_kubernetes_pod_name"


def _subject(labels: Mapping[str, str]) -> str:
    return next(
        (labels[name] for name in ("outbox", "job_name", "region", "service", "instance") if name in labels), ""
    )


def local_ports(pongpong: RunningFleet) -> dict[str, int]:
    """Where each process of ours listens, by the component that it is in the chart."""
    known = pongpong.data.known_ports()
    names = [*fleet().services, *(worker.name for one in fleet().services.values() for worker in one.workers), "beat"]
    return {host_name(name): known[name] for name in names}


def discovered(things: list[Object], where: Mapping[str, int]) -> list[Object]:
    """What Kubernetes' discovery would tell of the chart's pods, with the addresses of the local fleet."""
    return [
        {
            "targets": [f"127.0.0.1:{where[component(pod)]}"],
            "labels": {
                _POD: f"{component(pod)}-{number}",
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
        for maker, pod in pods(things)
        if component(pod) in where
        for number in range(maker["spec"].get("replicas", 1))
        for container in containers(pod)
        for is_init in [container in (pod["spec"].get("initContainers") or [])]
        for port in container.get("ports") or []
    ]


def valkey_keys(things: list[Object]) -> str:
    """The queues that the chart has its exporter measure."""
    exporter = next(one for one in of_kind(things, "Deployment") if component(one) == "valkey-exporter")
    env = containers(exporter["spec"]["template"])[0]["env"]
    return str(next(one["value"] for one in env if one["name"] == "REDIS_EXPORTER_CHECK_SINGLE_KEYS"))


@contextmanager
def monitored(
    pongpong: RunningFleet, folder: Path, things: list[Object], *, patient: bool = False
) -> Iterator[Monitoring]:
    """Prometheus, the exporters and what stands for kube-state-metrics. Kong does not run: its pods do not answer.

    `patient`: with the intervals and pauses that the chart has; else alerts fire as soon as they are true.
    """
    picked = ports.pick(["prometheus", *EXPORTERS, "kong"], {})
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(things, "ConfigMap")}
    with HTTPServer(host="127.0.0.1") as server:
        kube = Kube(things)
        server.expect_request("/metrics").respond_with_handler(kube.answer)
        there = local_ports(pongpong) | {name: picked[name] for name in EXPORTERS} | {"kube-state-metrics": server.port}
        file, targets = folder / "targets.json", discovered(things, there | {"kong": picked["kong"]})
        made = Monitoring(f"http://127.0.0.1:{picked['prometheus']}", there, kube, targets, file)
        made.give()
        config = yaml.safe_load(maps["pongpong-prometheus"]["prometheus.yaml"])
        rules = yaml.safe_load(maps["pongpong-prometheus"]["rules.yaml"])
        _point(config, pongpong, made, folder)
        if not patient:
            config["global"] = {"scrape_interval": SCRAPED, "scrape_timeout": SCRAPED, "evaluation_interval": FIRED}
            _hurry(rules)
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        (folder / "rules.yaml").write_text(yaml.safe_dump(rules))
        (folder / "blackbox.yaml").write_text(maps["pongpong-blackbox-exporter"]["blackbox.yaml"])
        with _running(_programs(pongpong, picked, things, folder), folder / "log"):
            eventually("prometheus", lambda: _answers(f"{made.url}/-/ready"), within=60)
            yield made


def _point(config: dict[str, Any], pongpong: RunningFleet, made: Monitoring, folder: Path) -> None:
    """Our addresses instead of a cluster's."""
    config["rule_files"] = [str(folder / "rules.yaml")]
    pod_job, site_job = config["scrape_configs"]
    del pod_job["kubernetes_sd_configs"]
    pod_job["file_sd_configs"] = [{"files": [str(made.file)], "refresh_interval": "1s"}]
    site_job["static_configs"] = [{"targets": [f"{pongpong.frontend_url}/", f"{pongpong.gateway_url}/"]}]
    site_job["relabel_configs"][-1]["replacement"] = f"127.0.0.1:{made.ports['blackbox-exporter']}"


def _hurry(rules: dict[str, Any]) -> None:
    for group in rules["groups"]:
        group["interval"] = FIRED
        for rule in group["rules"]:
            if "alert" in rule:
                rule["for"] = FIRED


def _programs(
    pongpong: RunningFleet, picked: Mapping[str, int], things: list[Object], folder: Path
) -> list[tuple[list[str], dict[str, str]]]:
    secrets, known = pongpong.data.secrets(), pongpong.data.known_ports()
    listen = {name: f"--web.listen-address=127.0.0.1:{port}" for name, port in picked.items()}
    return [
        (["prometheus", f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/tsdb", listen["prometheus"]], {}),
        (["prometheus-blackbox-exporter", f"--config.file={folder}/blackbox.yaml", listen["blackbox-exporter"]], {}),
        (["prometheus-postgres-exporter", listen["postgres-exporter"]],
         {"DATA_SOURCE_USER": "pongpong", "DATA_SOURCE_PASS": secrets["postgres"], "DATA_SOURCE_URI": f"127.0.0.1:{known['postgres']}/postgres?sslmode=disable"}),
        (["prometheus-redis-exporter", listen["valkey-exporter"]],
         {"REDIS_ADDR": f"redis://127.0.0.1:{known['valkey']}", "REDIS_PASSWORD": secrets["valkey"], "REDIS_EXPORTER_CHECK_SINGLE_KEYS": valkey_keys(things)}),
    ]  # fmt: skip


@contextmanager
def _running(programs: list[tuple[list[str], dict[str, str]]], log: Path) -> Iterator[None]:
    with log.open("w") as output:
        running = [
            subprocess.Popen(argv, env=os.environ | extra, stdout=output, stderr=output) for argv, extra in programs
        ]
        try:
            yield
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
