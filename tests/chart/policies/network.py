"""Who reaches whom, and what the world reaches."""

import ipaddress
from collections.abc import Sequence

import yaml

from common.fleet import fleet, host_name
from tests.chart.network import Edge, edges, egress_to_internet, wanted_edges
from tests.chart.policies.base import deployment_of, rule
from tests.chart.rendering import ROOT, Object, component, containers, labels, of_kind, pods, selects, where

KONG_ENVIRONMENT = ROOT / "deploy" / "kong" / "environment.yaml"


@rule
def network_edges_are_those_of_the_fleet(things: Sequence[Object]) -> list[str]:
    """Both ends of every wanted connection are open, and no other."""
    found, wanted = edges(things), wanted_edges(things)
    return sorted(f"missing: {edge}" for edge in wanted - found) + sorted(
        f"too much: {edge}" for edge in found - wanted
    )


@rule
def everything_is_denied_by_default(things: Sequence[Object]) -> list[str]:
    policies = of_kind(things, "NetworkPolicy")
    base = [one for one in policies if one["spec"]["podSelector"]["matchLabels"].keys() == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}]  # fmt: skip
    wrong = [] if len(base) == 1 else ["no policy, or more than one, for every pod"]
    wrong += [
        f"{where(policy)} leaves a direction open"
        for policy in policies
        if set(policy["spec"]["policyTypes"]) != {"Ingress", "Egress"}
    ]
    for policy in base:
        ports = [
            port["port"] for one in policy["spec"].get("egress") or [] for port in one.get("ports") or [{"port": 0}]
        ]
        if policy["spec"].get("ingress") or set(ports) != {53}:
            wrong.append(f"{where(policy)} allows more than DNS")
    wrong += [f"{where(maker)} is under no policy" for maker, pod in pods(things) for one in base if not selects(one["spec"]["podSelector"]["matchLabels"], labels(pod))]  # fmt: skip
    return wrong


@rule
def only_checker_and_senders_reach_the_internet(things: Sequence[Object]) -> list[str]:
    """And from there no private network."""
    services = fleet().services
    wanted = {host_name(name) for name, service in services.items() if service.egress}
    wanted |= {host_name(worker.name) for service in services.values() for worker in service.workers if worker.egress}
    found = egress_to_internet(things)
    wrong = [f"{name} may not get out" for name in wanted - found.keys()]
    wrong += [f"{name} gets out" for name in found.keys() - wanted]
    for name, blocks in found.items():
        for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.169.254/32", "100.64.0.0/10", "fd00::/8", "fe80::/10"):  # fmt: skip
            if any(_contains(block, network) for block in blocks):
                wrong.append(f"{name} reaches {network}")
    return wrong


def _contains(block: Object, network: str) -> bool:
    wanted = ipaddress.ip_network(network)
    outer = ipaddress.ip_network(block["cidr"])
    if outer.version != wanted.version or not wanted.subnet_of(outer):  # type: ignore[arg-type]
        return False
    closed = [ipaddress.ip_network(text) for text in block.get("except") or []]
    return not any(wanted.subnet_of(one) for one in closed)  # type: ignore[arg-type]


@rule
def the_admin_api_is_user_services_alone(things: Sequence[Object]) -> list[str]:
    admin = {edge for edge in edges(things) if edge.to == "kong" and edge.port in {8001, 1337}}
    wanted = {Edge(name, "kong", 8001) for name in ("user-service", "user-service-worker")} if deployment_of(things, "kong") else set()  # fmt: skip
    wrong = [str(edge) for edge in admin ^ wanted]
    for service in of_kind(things, "Service"):
        ports = {port["targetPort"] for port in service["spec"]["ports"]}
        if ports & {"admin", "manager"} and service["spec"]["type"] != "ClusterIP":
            wrong.append(f"{where(service)} shows the Admin API to the world")
    return wrong


@rule
def no_way_from_outside_leads_to_operational_paths(things: Sequence[Object]) -> list[str]:
    """/metrics, /health and the documents of a Django service."""
    django = {component(found) for found in of_kind(things, "Service")} & {host_name(name) for name in fleet().services}
    services = {found["metadata"]["name"]: component(found) for found in of_kind(things, "Service")}
    kong = bool(deployment_of(things, "kong"))
    wrong = []
    for name, ways in _ways_in(things).items():
        for path in ("/metrics", "/health/live", "/health/ready", "/schema", "/docs"):
            matching = [way for way in ways if path == way[0] or path.startswith(way[0].rstrip("/") + "/")]
            target = max(matching, key=lambda way: len(way[0]), default=("", ""))[1]
            # Without our Kong, which answers that there is no such route, the web app itself refuses what was forwarded.
            if services.get(target) in django and kong:
                wrong.append(f"{name}{path} leads to {target}")
    return wrong


def _ways_in(things: Sequence[Object]) -> dict[str, list[tuple[str, str]]]:
    """Each host's paths and the Services that they lead to."""
    ways: dict[str, list[tuple[str, str]]] = {}
    for ingress in of_kind(things, "Ingress"):
        for one in ingress["spec"]["rules"]:
            ways.setdefault(one["host"], []).extend(
                (path["path"], path["backend"]["service"]["name"]) for path in one["http"]["paths"]
            )
    for route in of_kind(things, "HTTPRoute"):
        for host in route["spec"]["hostnames"]:
            ways.setdefault(host, []).extend(
                (one["matches"][0]["path"]["value"], one["backendRefs"][0]["name"]) for one in route["spec"]["rules"]
            )
    return ways


@rule
def kong_takes_no_header_with_underscores_and_every_address(things: Sequence[Object]) -> list[str]:
    """What deploy/kong/kong.yaml asks of Kong's own settings."""
    wrong = []
    for deployment in deployment_of(things, "kong").values():
        for container in deployment["spec"]["template"]["spec"]["containers"]:
            env = {one["name"]: one.get("value") for one in container["env"]}
            wanted = yaml.safe_load(KONG_ENVIRONMENT.read_text())
            wanted |= {"KONG_ADMIN_GUI_LISTEN": "0.0.0.0:1337", "KONG_PROXY_ACCESS_LOG": "off"}
            for name, value in wanted.items():
                if env.get(name) != value:
                    wrong.append(f"{name} is {env.get(name)}")
            if not env.get("KONG_TRUSTED_IPS"):
                wrong.append("every client would be one address")
    return wrong


@rule
def kong_adds_the_gateways_token_from_the_secret(things: Sequence[Object]) -> list[str]:
    """Public services and the import read one key of the Secret, and nobody else does."""
    wrong = []
    public = {host_name(name) for name, service in fleet().services.items() if service.public}
    public |= {host_name(worker.name) for service in fleet().public.values() for worker in service.workers}
    for maker, pod in pods(things):
        name = component(pod)
        for container in containers(pod):
            env = {one["name"]: one.get("valueFrom") for one in container.get("env") or []}
            key = ((env.get("GATEWAY_TOKEN") or {}).get("secretKeyRef") or {}).get("key")
            needed = name in public or (name, container["name"]) == ("kong", "import")
            if key != "gateway-token" if needed else key and name != "migrations":
                wrong.append(f"{where(maker)}: {container['name']} has {key}")
    for deployment in deployment_of(things, "kong").values():
        (script,) = [one["command"][2] for one in containers(deployment["spec"]["template"]) if one["name"] == "import"]
        if "s/[$]{GATEWAY_TOKEN}/$GATEWAY_TOKEN/" not in script:
            wrong.append("the import does not fill in the token")
    return wrong


@rule
def kong_forgets_what_left_its_file(things: Sequence[Object]) -> list[str]:
    """After the import, before Kong starts."""
    wrong = []
    for name, deployment in deployment_of(things, "kong").items():
        steps = [one["name"] for one in deployment["spec"]["template"]["spec"]["initContainers"]]
        if steps != ["migrations", "import", "prune"]:
            wrong.append(f"{name} begins with {steps}")
    return wrong
