"""What every pod, container and Service must be."""

import re
from collections.abc import Sequence

from tests.chart.policies.base import ONCE, each_container, rule
from tests.chart.rendering import Object, component, containers, labels, of_kind, pod_of, pods, selects, where

HOST_MOUNTS = {"fluent-bit"}
"""Reads the node's log files, which belong to root."""
WITH_TOKEN = {"prometheus", "kube-state-metrics"}
"""Ask the API server what there is."""
SEEN = {"pods", "deployments", "statefulsets", "daemonsets", "jobs"}
"""What they may see; none of it holds a secret."""


@rule
def containers_have_requests_and_limits(things: Sequence[Object]) -> list[str]:
    def check(_maker: Object, _pod: Object, container: Object) -> str | None:
        resources = container.get("resources") or {}
        given = {(kind, name) for kind in ("requests", "limits") for name in resources.get(kind) or {}}
        wanted = {(kind, name) for kind in ("requests", "limits") for name in ("cpu", "memory")}
        return f"lacks {sorted(wanted - given)}" if wanted - given else None

    return each_container(things, check)


@rule
def containers_are_restricted(things: Sequence[Object]) -> list[str]:
    """Read-only root, no capability, no way to more rights."""

    def check(_maker: Object, _pod: Object, container: Object) -> str | None:
        context = container.get("securityContext") or {}
        ok = (
            context.get("readOnlyRootFilesystem") is True
            and context.get("allowPrivilegeEscalation") is False
            and (context.get("capabilities") or {}).get("drop") == ["ALL"]
            and "add" not in (context.get("capabilities") or {})
            and not context.get("privileged")
        )
        return None if ok else f"securityContext is {context}"

    return each_container(things, check)


@rule
def pods_run_as_a_numbered_user(things: Sequence[Object]) -> list[str]:
    wrong = []
    for maker, pod in pods(things):
        context = pod["spec"].get("securityContext") or {}
        numbered = context.get("runAsNonRoot") is True and context.get("runAsUser", 0) > 0
        if not numbered and component(pod) not in HOST_MOUNTS:
            wrong.append(f"{where(maker)} may run as root")
        if (context.get("seccompProfile") or {}).get("type") != "RuntimeDefault":
            wrong.append(f"{where(maker)} has no seccomp profile")
    return wrong


@rule
def pods_do_not_reach_into_the_node(things: Sequence[Object]) -> list[str]:
    return [
        f"{where(maker)} uses the node's {name}"
        for maker, pod in pods(things)
        for name in _host_uses(pod["spec"])
        if component(pod) not in HOST_MOUNTS or name != "hostPath"
    ]


def _host_uses(spec: Object) -> list[str]:
    used = [name for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    used += ["hostPath" for volume in spec.get("volumes") or [] if "hostPath" in volume]
    ports = [port for one in containers({"spec": spec}) for port in one.get("ports") or []]
    return used + ["hostPort" for port in ports if "hostPort" in port]


@rule
def pods_have_an_account_without_token(things: Sequence[Object]) -> list[str]:
    accounts = {found["metadata"]["name"]: found for found in of_kind(things, "ServiceAccount")}
    wrong = [
        f"ServiceAccount/{name} mounts its token"
        for name, found in accounts.items()
        if found.get("automountServiceAccountToken") is not False
    ]
    for maker, pod in pods(things):
        spec = pod["spec"]
        if spec.get("serviceAccountName") not in accounts:
            wrong.append(f"{where(maker)} has no account of ours")
        if spec.get("automountServiceAccountToken") is not False and component(pod) not in WITH_TOKEN:
            wrong.append(f"{where(maker)} mounts a token")
    return wrong


@rule
def accounts_may_do_nothing_but_see_what_runs(things: Sequence[Object]) -> list[str]:
    wrong = [where(found) for kind in ("ClusterRole", "ClusterRoleBinding") for found in of_kind(things, kind)]
    for role in of_kind(things, "Role"):
        wrong += [
            f"{where(role)} allows {allowed}"
            for allowed in role["rules"]
            if set(allowed["resources"]) - SEEN or set(allowed["verbs"]) - {"get", "list", "watch"}
        ]
    return wrong


@rule
def long_running_containers_are_probed(things: Sequence[Object]) -> list[str]:
    """And every probe asks for a port that the container names."""
    wrong = []
    for maker, pod in pods(things):
        if maker["kind"] in ONCE:
            continue
        for container in containers(pod, init=False):
            named = {port.get("name") for port in container.get("ports") or []}
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                probe = container.get(kind)
                if not probe:
                    wrong.append(f"{where(maker)} {container['name']} has no {kind}")
                    continue
                asked = probe.get("httpGet") or probe.get("tcpSocket")
                if asked and asked["port"] not in named:
                    wrong.append(f"{where(maker)} {kind} asks for an unknown port")
    return wrong


@rule
def ports_have_names(things: Sequence[Object]) -> list[str]:
    def check(_maker: Object, _pod: Object, container: Object) -> str | None:
        return next((f"port {port}" for port in container.get("ports") or [] if not port.get("name")), None)

    wrong = [f"{where(found)}: {port}" for found in of_kind(things, "Service") for port in found["spec"]["ports"] if not port.get("name")]  # fmt: skip
    return wrong + each_container(things, check)


@rule
def services_select_pods_and_their_ports(things: Sequence[Object]) -> list[str]:
    wrong = []
    for service in of_kind(things, "Service"):
        chosen = [pod for _, pod in pods(things) if selects(service["spec"]["selector"], labels(pod))]
        named = {port["name"] for pod in chosen for one in containers(pod) for port in one.get("ports") or []}
        if not chosen:
            wrong.append(f"{where(service)} selects nothing")
        wrong += [f"{where(service)} leads to no port {port['targetPort']}" for port in service["spec"]["ports"] if port["targetPort"] not in named]  # fmt: skip
    return wrong


@rule
def selectors_match_their_own_pods_only(things: Sequence[Object]) -> list[str]:
    """Of Deployments, disruption budgets and policies: nobody governs another's pods, and nobody governs none."""
    wrong = []
    for thing in things:
        spec = thing.get("spec") or {}
        chosen = (spec.get("selector") or {}).get("matchLabels") if thing["kind"] != "Service" else None
        if thing["kind"] == "NetworkPolicy":
            chosen = spec["podSelector"]["matchLabels"]
        if chosen is None or "app.kubernetes.io/component" not in chosen:
            continue
        found = {component(pod) for _, pod in pods(things) if selects(chosen, labels(pod))}
        if found != {component(thing)}:
            wrong.append(f"{where(thing)} selects {found or 'nothing'}")
        pod = pod_of(thing)
        if pod and not selects(chosen, labels(pod)):
            wrong.append(f"{where(thing)} does not select its own pods")
    return wrong


@rule
def images_have_a_version(things: Sequence[Object]) -> list[str]:
    def check(_maker: Object, _pod: Object, container: Object) -> str | None:
        image = container["image"]
        return None if re.search(r":(?!latest$)[A-Za-z0-9_.-]+$", image) else image

    return each_container(things, check)


@rule
def secrets_stand_nowhere_but_in_the_secret(things: Sequence[Object]) -> list[str]:
    words = re.compile(r"PASS|SECRET|TOKEN|AUTH$|ENCRYPTION")

    def check(_maker: Object, _pod: Object, container: Object) -> str | None:
        open_ones = [
            one["name"] for one in container.get("env") or [] if words.search(one["name"]) and one.get("value")
        ]
        return f"says {open_ones} openly" if open_ones else None

    return each_container(things, check)
