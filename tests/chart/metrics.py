"""The metrics that dashboards and rules ask for."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.chart.rendering import CHART

RULES_FILE = CHART / "files" / "rules.yaml"
DASHBOARDS = sorted((CHART / "files" / "dashboards").glob("*.json"))
KONG = {
    "kong_bandwidth_bytes", "kong_datastore_reachable", "kong_http_requests_total", "kong_kong_latency_ms",
    "kong_memory_workers_lua_vms_bytes", "kong_nginx_connections_total", "kong_request_latency_ms",
    "kong_upstream_latency_ms",
}  # fmt: skip
"""What the prometheus plugin of Kong 3.9 exports, by its documentation; Kong runs in no test here."""
EXPECTED = {"pongpong_expected", "pongpong_expected_workload"}
"""What the chart adds to the rules: the parts that the release has."""
_NAME = re.compile(r"\b(?:django|pongpong|process|pg|redis|kong|probe)_[a-z0-9_]+\b|\bup\b")


def expressions(*paths: Path) -> Iterator[str]:
    """Every expression of these dashboards."""
    for path in paths:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel["targets"]:
                yield target["expr"]


def wanted() -> set[str]:
    """The families that dashboards and rules name, but what rules record: a histogram without `_bucket`."""
    rules = [rule for group in yaml.safe_load(RULES_FILE.read_text())["groups"] for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule} | EXPECTED
    texts = [*(rule["expr"] for rule in rules), *expressions(*DASHBOARDS)]
    return {name.removesuffix("_bucket") for text in texts for name in _NAME.findall(text)} - recorded
