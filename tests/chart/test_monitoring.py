"""Prometheus' configuration, rules and Grafana's dashboards, as far as they show without a running fleet."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.chart.metrics import DASHBOARDS, RULES_FILE, expressions
from tests.chart.rendering import (
    CHART,
    ROOT,
    Object,
    Profile,
    component,
    containers,
    objects,
    of_kind,
    parse,
    pods,
    profile,
    run,
    template,
)  # fmt: skip
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


def alerts(text: str) -> list[Object]:
    """The alerting rules of a file of rules."""
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"] if "alert" in rule]


def test_every_rule_has_its_test():
    rules = {rule["alert"] for rule in alerts(RULES_FILE.read_text())}
    tests = yaml.safe_load(RULES_TEST.read_text())["tests"]
    fired = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")}
    assert fired == rules


def test_promtool_notices_a_rule_that_never_fires(tmp_path: Path):
    (tmp_path / RULES_FILE.name).write_text(
        RULES_FILE.read_text().replace('up{job="pongpong"} == 0', 'up{job="pongpong"} == 2')
    )
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


@pytest.mark.parametrize("profile", ["default", "external"])
def test_every_rule_leads_to_its_section_on_the_page_of_alerts(profile: str):
    sections = re.findall(r"^## (\w+)$", (ROOT / "docs" / "alerts.md").read_text(), re.MULTILINE)
    found = alerts(rules_of(profile))
    assert sections == [rule["alert"] for rule in found]
    address = "https://pongpong.io/docs/alerts.md"
    assert {rule["alert"]: rule["annotations"]["runbook_url"] for rule in found} == {
        one: f"{address}#{one.lower()}" for one in sections
    }


def rules_of(profile: str) -> str:
    """The rules that a profile gives to Prometheus, its own or the operator's."""
    if found := of_kind(objects(profile), "PrometheusRule"):
        return yaml.safe_dump(found[0]["spec"])
    return config_map("prometheus", profile)["rules.yaml"]


def test_the_page_of_alerts_may_stand_elsewhere():
    rendered = parse(template(profile("default"), "--set", "monitoring.runbookUrl=https://wiki.example.com/pongpong"))
    (text,) = [one["data"]["rules.yaml"] for one in of_kind(rendered, "ConfigMap") if "rules.yaml" in one["data"]]
    assert {rule["annotations"]["runbook_url"].partition("#")[0] for rule in alerts(text)} == {
        "https://wiki.example.com/pongpong"
    }


def expected(things: list[Object]) -> dict[str, str]:
    """What the rules of a rendering expect: the pods of each part that is scraped, and 1 for each other one."""
    (text,) = [one["data"]["rules.yaml"] for one in of_kind(things, "ConfigMap") if "rules.yaml" in one["data"]]
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    return {
        rule["labels"]["service"]: rule["expr"]
        for rule in rules
        if rule.get("record", "").startswith("pongpong_expected")
    }


@pytest.mark.parametrize("name", ["default", "extras"])
def test_every_part_that_makes_pods_for_long_is_expected(name: str):
    things = objects(name)
    wanted = {
        component(pod): f"vector({maker['spec'].get('replicas', 1)})"
        for maker, pod in pods(things)
        if maker["kind"] in {"Deployment", "StatefulSet", "DaemonSet"}
    }
    assert expected(things) == wanted
    assert wanted["beat"] == "vector(1)"


def test_what_the_values_leave_out_is_not_expected():
    values = ['--set-json=beat={"replicas":0}', "--set=kong.enabled=false", "--set=monitoring.exporters=false"]
    parts = expected(parse(template(profile("default"), *values, "--set=monitoring.kubeStateMetrics.enabled=false")))
    assert parts.keys() & {"beat", "kong", "postgres-exporter", "blackbox-exporter", "kube-state-metrics"} == set()
    assert "frontend" in parts


def test_what_is_scaled_is_expected_with_as_many_pods_as_it_has_at_least():
    parts = expected(objects("production"))
    assert parts["user-service"] == "vector(3)"
    assert parts["endpoint-check-worker"] == "vector(3)"
    theirs = '--set-json=services={"frontend":{"autoscaling":{"external":true}}}'
    assert expected(parse(template(profile("production"), theirs)))["frontend"] == "vector(1)"


def test_the_operator_is_given_the_same_rules_for_this_namespace_alone():
    (found,) = of_kind(objects("external"), "PrometheusRule")
    assert found["metadata"]["labels"]["release"] == "prometheus"
    groups = yaml.safe_load(RULES_FILE.read_text().replace('job="pongpong"', 'namespace="pongpong",job="pongpong"'))
    assert found["spec"]["groups"][:-1] == groups["groups"]
    assert found["spec"]["groups"][-1]["name"] == "expected"


def test_two_releases_in_one_prometheus_do_not_answer_for_each_other():
    other = Profile("external", values=(*profile("external").values, 'fullnameOverride="shop-pongpong"'))
    text = template(other, "--namespace", "staging")
    (rules,) = of_kind(parse(text), "PrometheusRule")
    for rule in (rule for group in rules["spec"]["groups"] for rule in group["rules"]):
        for selector in re.findall(r"\{([^}]*)\}", rule["expr"]):
            assert 'namespace="staging"' in selector or 'job="shop-pongpong-sites"' in selector, rule["expr"]
        if "record" in rule:
            assert rule["labels"]["namespace"] == "staging"
    monitors = of_kind(parse(text), "ServiceMonitor") + of_kind(parse(text), "PodMonitor")
    for monitor in monitors:
        for one in monitor["spec"].get("endpoints") or monitor["spec"]["podMetricsEndpoints"]:
            assert {"targetLabel": "job", "replacement": "shop-pongpong"} in one["relabelings"]
            assert one["interval"] == "15s"


def test_the_operator_asks_for_our_own_addresses_as_well():
    (probe,) = of_kind(objects("external"), "Probe")
    own = yaml.safe_load(config_map("prometheus")["prometheus.yaml"])["scrape_configs"][1]
    assert probe["spec"]["jobName"] == own["job_name"] == "pongpong-sites"
    assert probe["spec"]["targets"]["staticConfig"]["static"] == own["static_configs"][0]["targets"]


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
