"""Prometheus' configuration, rules and Grafana's dashboards, as far as they show without a running fleet."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.chart.metrics import DASHBOARDS, RULES_FILE, expressions
from tests.chart.rendering import CHART, containers, objects, of_kind, pods, run
from tests.chart.tools import require_prometheus

RULES_TEST = Path(__file__).with_name("rules_test.yaml")


@pytest.fixture(autouse=True, scope="module")
def _prometheus():
    require_prometheus()


def config_map(name: str, profile: str = "default") -> dict[str, str]:
    found = next(one for one in of_kind(objects(profile), "ConfigMap") if one["metadata"]["name"] == f"pongpong-{name}")
    data: dict[str, str] = found["data"]
    return data


def test_promtool_accepts_the_configuration_and_the_rules(tmp_path: Path):
    data = config_map("prometheus")
    config = yaml.safe_load(data["prometheus.yaml"])
    # Debian builds Prometheus without Kubernetes' discovery.
    assert config["scrape_configs"][0].pop("kubernetes_sd_configs") == [
        {"role": "pod", "namespaces": {"own_namespace": True}}
    ]
    assert config["rule_files"] == ["/etc/prometheus/rules.yaml"]
    config["rule_files"] = [str(tmp_path / "rules.yaml")]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config))
    (tmp_path / "rules.yaml").write_text(data["rules.yaml"])
    run(["promtool", "check", "config", str(tmp_path / "prometheus.yaml")])


def test_every_rule_fires_when_it_must_and_not_otherwise(tmp_path: Path):
    shutil.copy(RULES_FILE, tmp_path)
    shutil.copy(RULES_TEST, tmp_path)
    run(["promtool", "test", "rules", str(tmp_path / RULES_TEST.name)])


def test_every_rule_has_its_test():
    rules = {rule["alert"] for group in yaml.safe_load(RULES_FILE.read_text())["groups"] for rule in group["rules"]}
    tests = yaml.safe_load(RULES_TEST.read_text())["tests"]
    fired = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")}
    assert fired == rules


def test_promtool_notices_a_rule_that_never_fires(tmp_path: Path):
    (tmp_path / RULES_FILE.name).write_text(RULES_FILE.read_text().replace("up == 0", "up == 2"))
    shutil.copy(RULES_TEST, tmp_path)
    with pytest.raises(RuntimeError, match="PartIsDown"):
        run(["promtool", "test", "rules", str(tmp_path / RULES_TEST.name)])


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_one_that_grafana_can_read(path: Path):
    dashboard = json.loads(path.read_text())
    assert dashboard["uid"] == f"pongpong-{path.stem}"
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [(x, y) for panel in panels for x, y in _cells(panel["gridPos"])]
    assert len(cells) == len(set(cells)), "panels lie upon each other"
    for panel in panels:
        assert panel["title"]
        assert panel["targets"]
        assert panel["datasource"]["uid"] == "prometheus"


def _cells(position: dict[str, int]) -> list[tuple[int, int]]:
    assert position["x"] + position["w"] <= 24
    across = range(position["x"], position["x"] + position["w"])
    return [(x, y) for x in across for y in range(position["y"], position["y"] + position["h"])]


def test_every_expression_of_a_dashboard_is_promql(tmp_path: Path):
    text = [re.sub(r"\$__rate_interval", "5m", one).replace("$service", ".*") for one in expressions(*DASHBOARDS)]
    rules = [{"record": f"panel:{number}", "expr": one} for number, one in enumerate(text)]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    subprocess.run(["promtool", "check", "rules", str(file)], check=True, capture_output=True)
    assert len(rules) > 40


def test_the_operator_is_given_the_same_rules():
    (found,) = of_kind(objects("external"), "PrometheusRule")
    assert found["spec"] == yaml.safe_load(RULES_FILE.read_text())
    assert found["metadata"]["labels"]["release"] == "prometheus"


def test_the_operators_monitors_reach_every_port_that_our_own_prometheus_scrapes():
    things = objects("external")
    monitors = of_kind(things, "ServiceMonitor") + of_kind(things, "PodMonitor")
    ports = {
        one["port"]
        for monitor in monitors
        for one in monitor["spec"].get("endpoints") or monitor["spec"]["podMetricsEndpoints"]
    }
    assert ports == {"http", "metrics", "status"}
    (services,) = of_kind(things, "ServiceMonitor")
    named = {value for one in services["spec"]["selector"]["matchExpressions"] for value in one["values"]}
    assert named == set(yaml.safe_load((CHART / "values.yaml").read_text())["services"])


def test_fluent_bits_configuration_is_yaml_and_names_this_release_alone():
    config = yaml.safe_load(config_map("fluent-bit")["fluent-bit.yaml"])
    (source,) = config["pipeline"]["inputs"]
    assert source["path"] == "/var/log/containers/pongpong-*_pongpong_*.log"
    parser = yaml.safe_load(config_map("fluent-bit")["parsers.yaml"])["parsers"][0]["name"]
    assert config["pipeline"]["filters"][0]["parser"] == parser


def test_scripts_of_jobs_are_shell():
    for maker, pod in pods(objects("default")):
        for container in containers(pod):
            command = container.get("command") or []
            script = (container.get("args") or command[2:])[0] if command[1:2] == ["-ec"] else None
            if script:
                done = subprocess.run([command[0], "-n"], input=script, check=False, text=True, capture_output=True)
                assert done.returncode == 0, f"{maker['metadata']['name']}: {done.stderr}"
