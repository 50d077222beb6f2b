"""Who may talk to whom: read from rendered NetworkPolicies, and as the fleet data wants it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from common.fleet import fleet, host_name
from tests.chart.rendering import Object, component, labels, of_kind, pods, selects

OUTSIDE = "*"
"""Whoever stands in another namespace: the Ingress controller, an operator's Prometheus."""


class Edge(NamedTuple):
    """A connection that is allowed at both of its ends."""

    source: str
    to: str
    port: int


def edges(things: Sequence[Object]) -> set[Edge]:
    """The connections between components that both ends' policies allow, and those that come in from outside."""
    found = {component(pod): labels(pod) for _, pod in pods(things)}
    out, into = set(), set()
    for policy in of_kind(things, "NetworkPolicy"):
        spec = policy["spec"]
        governed = [name for name, had in found.items() if selects(spec["podSelector"].get("matchLabels") or {}, had)]
        for name in governed:
            for peer, port in _peers(spec.get("egress") or [], "to", found):
                out.add(Edge(name, peer, port))
            for peer, port in _peers(spec.get("ingress") or [], "from", found):
                into.add(Edge(peer, name, port))
    return {edge for edge in into if edge.source == OUTSIDE or edge in out} | {
        # An end that is open alone leads nowhere, and is no less wrong for that.
        Edge(edge.source, edge.to, -edge.port)
        for edge in out ^ {edge for edge in into if edge.source != OUTSIDE}
        if edge.to != OUTSIDE
    }


def _peers(rules: Sequence[Object], side: str, found: dict[str, dict[str, str]]) -> Iterator[tuple[str, int]]:
    for rule in rules:
        ports = [port["port"] for port in rule.get("ports") or [{"port": 0}]]
        for peer in rule.get(side) or []:
            if "podSelector" in peer and "namespaceSelector" not in peer:
                wanted = peer["podSelector"].get("matchLabels") or {}
                names = [name for name, had in found.items() if selects(wanted, had)]
            else:
                names = [OUTSIDE]
            for name in names:
                for port in ports:
                    yield name, port


def wanted_edges(things: Sequence[Object]) -> set[Edge]:
    """What the fleet data and the parts that are there ask for."""
    there = {component(pod) for _, pod in pods(things)}
    services = fleet().services
    wanted: set[Edge] = set()
    for name, service in services.items():
        processes = [host_name(name), *(host_name(worker.name) for worker in service.workers)]
        for process in processes:
            wanted |= {
                Edge(process, host_name(peer), services[peer].port) for peer in service.calls if peer in services
            }
            if "gateway" in service.calls:
                wanted.add(Edge(process, "kong", 8000))
            if service.database:
                wanted.add(Edge(process, "postgres", 5432))
            if "valkey" in service.waits_for:
                wanted.add(Edge(process, "valkey", 6379))
            if name == "user_service":
                wanted.add(Edge(process, "kong", 8001))
            wanted.add(Edge("prometheus", process, service.port if process == host_name(name) else 9100))
        if service.public:
            wanted.add(Edge("kong", host_name(name), service.port))
    wanted |= {
        Edge("beat", "valkey", 6379), Edge("prometheus", "beat", 9100),
        Edge("migrations", "postgres", 5432), Edge("kong", "postgres", 5432), Edge("backup", "postgres", 5432),
        Edge("postgres-exporter", "postgres", 5432), Edge("valkey-exporter", "valkey", 6379),
        Edge("prometheus", "postgres-exporter", 9187), Edge("prometheus", "valkey-exporter", 9121),
        Edge("prometheus", "blackbox-exporter", 9115), Edge("prometheus", "kong", 8100),
        Edge("prometheus", "kube-state-metrics", 8080), Edge("grafana", "prometheus", 9090),
        Edge("prometheus", "alertmanager", 9093),
        Edge("fluent-bit", "elasticsearch", 9200), Edge("kibana", "elasticsearch", 9200),
        Edge("logging-setup", "elasticsearch", 9200), Edge("logging-setup", "kibana", 5601),
        Edge("test", "kong", 8000), Edge("test", "frontend", services["frontend"].port),
        Edge(OUTSIDE, "frontend", services["frontend"].port), Edge(OUTSIDE, "kong", 8000),
        Edge(OUTSIDE, "grafana", 3000), Edge(OUTSIDE, "kibana", 5601),
    }  # fmt: skip
    if of_kind(things, "ServiceMonitor"):
        wanted |= {Edge(OUTSIDE, edge.to, edge.port) for edge in wanted if edge.source == "prometheus"}
    return {edge for edge in wanted if edge.to in there and edge.source in there | {OUTSIDE}}


def egress_to_internet(things: Sequence[Object]) -> dict[str, list[Object]]:
    """Each component that may reach addresses by blocks, with its blocks."""
    found: dict[str, list[Object]] = {}
    for policy in of_kind(things, "NetworkPolicy"):
        for rule in policy["spec"].get("egress") or []:
            for peer in rule.get("to") or []:
                if "ipBlock" in peer:
                    found.setdefault(component(policy), []).append(peer["ipBlock"])
    return found
