"""How pods come, go and are replaced."""

from collections.abc import Sequence

from common.fleet import fleet
from tests.chart.policies.base import ONCE, deployment_of, http_names, own_processes, rule, service_of
from tests.chart.rendering import Object, component, containers, labels, of_kind, pods, selects, where


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
    """Of what answers requests a new pod is ready before an old one goes; of the rest an old one makes room first.

    And of what there is more than one, one stays when nodes are drained.
    """
    wrong = []
    budgets = [found["spec"]["selector"]["matchLabels"] for found in of_kind(things, "PodDisruptionBudget")]
    serving = {*http_names(), "kong"}
    for name in {*own_processes(things), "kong", "beat"}:
        for deployment in deployment_of(things, name).values():
            update = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
            wanted = {"maxSurge": 1, "maxUnavailable": 0} if name in serving else {"maxSurge": 0, "maxUnavailable": 1}
            if update != wanted:
                wrong.append(f"{name} is updated by {update}")
            if not any(selects(budget, labels(deployment["spec"]["template"])) for budget in budgets):
                wrong.append(f"{name} has no disruption budget")
    return wrong


@rule
def processes_start_in_turns(things: Sequence[Object]) -> list[str]:
    """One after another on a node, and workers first: all at once took its whole CPU from who serves.

    Where the broker is known, that is: whom it is no business of starts without.
    """
    wrong = []
    for name, deployment in own_processes(things).items():
        service = fleet().services[service_of(name)]
        if not (service.database and service.workers):
            continue
        pod = deployment["spec"]["template"]
        for container in containers(pod):
            told = {one["name"]: one.get("valueFrom") for one in container["env"]}
            if told.get("START_TURN") != {"fieldRef": {"fieldPath": "spec.nodeName"}}:
                wrong.append(f"{name} {container['name']} does not know its node")
        turn = ["python", "-m", "common.turns", *(["--first"] if name not in http_names() else []), "python"]
        if (pod["spec"]["initContainers"][0].get("args") or [])[: len(turn)] != turn:
            wrong.append(f"{name} waits for no turn")
    return wrong


@rule
def slow_is_not_dead(things: Sequence[Object]) -> list[str]:
    """With a fifth of a core for everything, answers took many seconds: probes wait for them, and a start has its minutes.

    What refuses to answer is found within 15 s all the same, and started anew within a minute.
    """
    wrong = []
    for maker, pod in pods(things):
        for container in containers(pod, init=False) if maker["kind"] not in ONCE else ():
            probes = {kind: container.get(f"{kind}Probe") or {} for kind in ("startup", "liveness", "readiness")}
            refused = {kind: one.get("periodSeconds", 10) * one.get("failureThreshold", 3) for kind, one in probes.items()}  # fmt: skip
            patient = (
                probes["readiness"].get("timeoutSeconds", 1) >= 15 and probes["liveness"].get("timeoutSeconds", 1) >= 20
            )
            if component(pod) in {*http_names(), *own_processes(things), "kong", "beat", "postgres", "valkey"} and not (
                patient and refused["startup"] >= 300 and refused["liveness"] <= 60 and refused["readiness"] <= 15
            ):
                wrong.append(f"{where(maker)} is probed by {probes}")
    return wrong


@rule
def jobs_do_not_fail_for_good(things: Sequence[Object]) -> list[str]:
    """A Job has no deadline, so that late storage is only late; hooks are made anew each time, and have one."""
    wrong = []
    for job in of_kind(things, "Job"):
        spec, hook = job["spec"], "helm.sh/hook" in (job["metadata"].get("annotations") or {})
        if not hook and ("activeDeadlineSeconds" in spec or spec.get("backoffLimit", 6) < 1000):
            wrong.append(f"{where(job)} may fail for good")
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
    """By the pod itself: a Job that migrates would need room on a node that is full of pods that wait for it."""
    wrong = [
        f"{where(maker)} migrates"
        for maker, pod in pods(things)
        for one in containers(pod)
        if maker["kind"] in ONCE
        and {"migrate", "migrate;"} & set(" ".join([*one.get("command", []), *one.get("args", [])]).split())
    ]
    for name, deployment in own_processes(things).items():
        service = service_of(name)
        commands = [" ".join(one.get("args", [])) for one in deployment["spec"]["template"]["spec"].get("initContainers") or []]  # fmt: skip
        migrates = [one for one in commands if one.endswith(f"python manage.py {service} migrate_locked")]
        if len(migrates) != (service in fleet().databases):
            wrong.append(f"{name} is not migrated first")
    return wrong


@rule
def pods_wait_for_nothing_that_needs_room(things: Sequence[Object]) -> list[str]:
    """Jobs make databases and roles, which new pods wait for: such a Job asks for no memory, so every node has it."""
    return [
        f"{where(maker)} asks for memory"
        for maker, pod in pods(things)
        for container in containers(pod)
        if maker["kind"] == "Job" and container["name"] == "database" and container["resources"]["requests"]["memory"] != "0Mi"
    ]  # fmt: skip
