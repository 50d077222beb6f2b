"""How pods come, go and are replaced."""

from collections.abc import Sequence

from common.fleet import fleet
from tests.chart.policies.base import ONCE, deployment_of, http_names, own_processes, rule, service_of
from tests.chart.rendering import Object, containers, labels, of_kind, pod_of, pods, selects, where


@rule
def processes_stop_gracefully(things: Sequence[Object]) -> list[str]:
    """HTTP and Kong wait until nobody sends any more, then end what runs; workers give back what they hold."""
    wrong = []
    ours = own_processes(things)
    for name, deployment in ours.items():
        spec = deployment["spec"]["template"]["spec"]
        grace = spec.get("terminationGracePeriodSeconds", 30)
        if name in http_names():
            pause = ((spec["containers"][0].get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}
            if not 0 < pause.get("seconds", 0) <= grace - 20 - 5:
                wrong.append(f"{name} has {grace} s and waits {pause}")
        elif grace < 60:
            wrong.append(f"{name} has {grace} s")
    for deployment in deployment_of(things, "kong").values():
        # A command that ends the server ends its own container under it, and counts as failed (FailedPreStopHook).
        stop = (containers(deployment["spec"]["template"], init=False)[0].get("lifecycle") or {}).get("preStop") or {}
        if stop.keys() != {"sleep"} or not 5 <= stop["sleep"]["seconds"] <= 30:
            wrong.append(f"Kong stops by {stop}")
    return wrong


@rule
def upgrades_keep_everything_serving(things: Sequence[Object]) -> list[str]:
    """A new pod is ready before an old one goes, and of what there is more than one, one stays when nodes are drained."""
    wrong = []
    budgets = [found["spec"]["selector"]["matchLabels"] for found in of_kind(things, "PodDisruptionBudget")]
    for name, deployment in {**own_processes(things), **deployment_of(things, "kong")}.items():
        update = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
        if update.get("maxUnavailable") != 0 or not update.get("maxSurge"):
            wrong.append(f"{name} is updated by {update}")
        if not any(selects(budget, labels(deployment["spec"]["template"])) for budget in budgets):
            wrong.append(f"{name} has no disruption budget")
    return wrong


@rule
def pods_spread_over_nodes(things: Sequence[Object]) -> list[str]:
    wrong = []
    for maker, pod in pods(things):
        spread = pod["spec"].get("topologySpreadConstraints") or []
        if (maker["kind"] == "Deployment" and not all(selects(one["labelSelector"]["matchLabels"], labels(pod)) for one in spread)) or (maker["kind"] == "Deployment" and not spread):  # fmt: skip
            wrong.append(where(maker))
    return wrong


@rule
def pods_start_anew_when_their_configuration_changes(things: Sequence[Object]) -> list[str]:
    """Who mounts a ConfigMap or reads the Secret carries a checksum."""
    wrong = []
    for maker, pod in pods(things):
        if maker["kind"] in ONCE:
            continue
        annotations = pod["metadata"].get("annotations") or {}
        mounted = any("configMap" in volume for volume in pod["spec"].get("volumes") or [])
        secret = any("secretKeyRef" in (one.get("valueFrom") or {}) for container in containers(pod) for one in container.get("env") or [])  # fmt: skip
        if mounted and not any(key.startswith("checksum/") and key != "checksum/secret" for key in annotations):
            wrong.append(f"{where(maker)} would not notice a changed ConfigMap")
        if secret and "checksum/secret" not in annotations:
            wrong.append(f"{where(maker)} would not notice a changed Secret")
    return wrong


@rule
def every_database_is_migrated_before_its_service_starts(things: Sequence[Object]) -> list[str]:
    jobs = {" ".join(one["args"]) for job in of_kind(things, "Job") for one in containers(pod_of(job) or {}, init=False) if one.get("args")}  # fmt: skip
    wrong = [
        f"no Job migrates {name}"
        for name in fleet().databases
        if f"python manage.py {name} migrate --no-input" not in jobs
    ]
    for name, deployment in own_processes(things).items():
        spec = deployment["spec"]["template"]["spec"]
        service = service_of(name)
        waits = [one for one in spec.get("initContainers") or [] if f"manage.py {service} migrate --check" in " ".join(one["command"])]  # fmt: skip
        if service in fleet().databases and not waits:
            wrong.append(f"{name} does not wait for its migrations")
    return wrong
