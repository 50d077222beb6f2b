"""Every rule of `policies`, over every profile; and what the chart's values say, held to the fleet data."""

import json

import pytest
import yaml

from common.fleet import fleet, host_name
from tests.chart.policies import RULES
from tests.chart.rendering import (
    CHART,
    PROFILES,
    component,
    containers,
    objects,
    of_kind,
    parse,
    pods,
    profile,
    template,
)

NAMES = [profile.name for profile in PROFILES]
MEMORY = {"Mi": 1024**2, "Gi": 1024**3}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rule", RULES)
def test_every_profile_keeps_the_rule(name: str, rule: str):
    assert RULES[rule](objects(name)) == []


def test_the_charts_services_are_those_of_the_fleet():
    values = yaml.safe_load((CHART / "values.yaml").read_text())["services"]
    assert list(values) == [host_name(name) for name in fleet().services]
    for name, service in fleet().services.items():
        chart = values[host_name(name)]
        assert chart["port"] == service.port
        assert chart["public"] == service.public
        assert chart["database"] == service.database
        assert chart.get("calls", []) == [host_name(peer) for peer in service.calls]
        assert chart.get("egress", False) == service.egress
        workers = chart.get("workers", {})
        assert list(workers) == [host_name(worker.name) for worker in service.workers]
        for worker in service.workers:
            mine = workers[host_name(worker.name)]
            assert mine["queues"] == worker.queues
            assert mine["concurrency"] == worker.concurrency
            assert mine.get("egress", False) == worker.egress


@pytest.mark.parametrize("name", NAMES)
def test_every_thread_of_every_replica_finds_a_database_connection(name: str):
    things = objects(name)
    server = next((one for one in of_kind(things, "StatefulSet") if component(one) == "postgres"), None)
    if server is None:
        pytest.skip("the database is not ours")
    arguments = server["spec"]["template"]["spec"]["containers"][0]["args"]
    allowed = int(next(text.split("=")[1] for text in arguments if text.startswith("max_connections=")))
    replicas = {component(one): one["spec"].get("replicas", 1) for one in of_kind(things, "Deployment")}
    replicas |= {component(one): one["spec"]["maxReplicas"] for one in of_kind(things, "HorizontalPodAutoscaler")}
    needed = fleet().parts["postgres"].spare_connections
    for service, data in fleet().services.items():
        if data.database:
            needed += replicas[host_name(service)] * data.threads
            needed += sum(replicas[host_name(worker.name)] * (worker.concurrency + 1) for worker in data.workers)
    kong = next(one for one in of_kind(things, "Deployment") if component(one) == "kong")
    env = {one["name"]: one.get("value") for one in containers(kong["spec"]["template"], init=False)[0]["env"]}
    pool = int(env["KONG_PG_MAX_CONCURRENT_QUERIES"]) * int(env["KONG_NGINX_WORKER_PROCESSES"])
    # While an upgrade rolls, one pod of each is there on top.
    surge = fleet().max_connections + pool
    assert needed + replicas["kong"] * pool + surge <= allowed


def test_the_small_profile_asks_for_less_than_a_node_of_2_gb():
    def bytes_of(text: str) -> int:
        return int(text[:-2]) * MEMORY[text[-2:]]

    asked = sum(
        bytes_of(container["resources"]["requests"]["memory"]) * maker["spec"].get("replicas", 1)
        for maker, pod in pods(objects("small"))
        if maker["kind"] in {"Deployment", "StatefulSet"}
        for container in containers(pod, init=False)
    )
    assert asked < 1.6 * MEMORY["Gi"]
    assert not of_kind(objects("small"), "DaemonSet")


def test_the_production_profile_runs_everything_more_than_once():
    single = [
        component(one)
        for one in of_kind(objects("production"), "Deployment")
        if one["spec"].get("replicas", 2) < 2
    ]  # fmt: skip
    assert sorted(single) == [
        "beat", "blackbox-exporter", "kibana", "kube-state-metrics", "postgres-exporter", "valkey-exporter",
    ]  # fmt: skip


@pytest.mark.parametrize("selector", [{}, {"key": "endpoint_check.check.default"}])
def test_workers_scale_on_what_waits_for_them_where_that_is_measured(selector: dict[str, str]):
    value = "services.endpoint-check.workers.endpoint-check-worker.autoscaling.queueMetric.selector"
    things = parse(template(profile("production"), "--set-json", f"{value}={json.dumps(selector)}"))
    scalers = {component(one): one["spec"]["metrics"] for one in of_kind(things, "HorizontalPodAutoscaler")}
    (metric,) = scalers.pop("endpoint-check-worker")
    measured = {"name": "pongpong_due_checks"} | ({"selector": {"matchLabels": selector}} if selector else {})
    assert metric["external"] == {"metric": measured, "target": {"type": "AverageValue", "averageValue": "1000"}}
    assert {one["resource"]["name"] for (one,) in scalers.values()} == {"cpu"}
