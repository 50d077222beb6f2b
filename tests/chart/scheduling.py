"""Whether an install or an upgrade comes to its end on nodes of that much memory: the scheduler's sums, as a simulation.

Pods are bound where their requests fit, in any order; Deployments, StatefulSets and Jobs make and remove theirs as Kubernetes
does. A pod is ready when what it waits for is: its database, the broker, the Jobs that make its role. `play` takes what may
happen next in an order that a seed draws, until everything is there or nothing can happen any more, which is a lock-up.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.chart.rendering import Object, component, containers, of_kind, pod_of, where

MI = 1024**2
_UNITS = {"Ki": 1024, "Mi": MI, "Gi": 1024 * MI}


@dataclass(eq=False)
class Pod:
    """A pod, from its making to its end."""

    owner: str
    new: bool
    request: int
    priority: int
    waits: frozenset[str]
    node: int | None = None
    ready: bool = False
    leaving: bool = False


@dataclass
class Workload:
    """What makes pods."""

    name: str
    kind: str
    request: int
    priority: int
    waits: frozenset[str]
    replicas: int
    surge: int = 0
    unavailable: int = 1
    done: bool = False


@dataclass
class Cluster:
    """Nodes by the bytes that they have left for us, and the pods."""

    nodes: list[int]
    workloads: dict[str, Workload] = field(default_factory=dict)
    pods: list[Pod] = field(default_factory=list)
    most: int = 0
    """The largest sum of requests so far."""

    def free(self, node: int) -> int:
        return self.nodes[node] - sum(pod.request for pod in self.pods if pod.node == node)

    def of(self, name: str) -> list[Pod]:
        return [pod for pod in self.pods if pod.owner == name and not pod.leaving]

    def is_ready(self, pod: Pod) -> bool:
        return pod.ready and all(self._serves(name) for name in pod.waits)

    def _serves(self, name: str) -> bool:
        workload = self.workloads.get(name)
        if workload is None or workload.kind == "Job":
            return workload is None or workload.done
        return any(self.is_ready(pod) for pod in self.of(name))

    def control(self) -> None:
        """What the controllers do at once."""
        for workload in self.workloads.values():
            pods = self.of(workload.name)
            new, old = [pod for pod in pods if pod.new], [pod for pod in pods if not pod.new]
            if workload.kind == "Deployment":
                for _ in range(min(workload.replicas - len(new), workload.replicas + workload.surge - len(pods))):
                    self._make(workload)
                available = sum(self.is_ready(pod) for pod in pods)
                for pod in sorted(old, key=self.is_ready):
                    if available - self.is_ready(pod) >= workload.replicas - workload.unavailable:
                        available -= self.is_ready(pod)
                        self._remove(pod)
            elif workload.kind == "StatefulSet":
                for pod in old:
                    self._remove(pod)
                if not any(pod.owner == workload.name for pod in self.pods):
                    self._make(workload)
            elif not workload.done and not pods:
                self._make(workload)

    def _make(self, workload: Workload) -> None:
        self.pods.append(Pod(workload.name, True, workload.request, workload.priority, workload.waits))

    def _remove(self, pod: Pod) -> None:
        pod.leaving = True
        if pod.node is None:
            self.pods.remove(pod)

    def events(self) -> list[tuple[str, Pod]]:
        """What may happen next."""
        found = []
        for pod in self.pods:
            if pod.leaving:
                found.append(("leaves", pod))
            elif pod.node is None:
                if self._room(pod) is not None:
                    found.append(("is bound", pod))
                elif self._victims(pod):
                    found.append(("preempts", pod))
            elif not pod.ready and all(self._serves(name) for name in pod.waits):
                found.append(("is ready", pod))
        return found

    def _room(self, pod: Pod) -> int | None:
        """A node with room beside what pods of higher priority still wait for: those are bound first."""
        before = sum(one.request for one in self.pods if one.node is None and one.priority > pod.priority)
        return next((node for node in range(len(self.nodes)) if self.free(node) - before >= pod.request), None)

    def _victims(self, pod: Pod) -> list[Pod]:
        """The newest pods of lower priority that make room on a node; none where a node's are too few."""
        for node in range(len(self.nodes)):
            free = self.free(node)
            victims: list[Pod] = []
            for other in reversed([one for one in self.pods if one.node == node and one.priority < pod.priority]):
                if free >= pod.request:
                    break
                free, victims = free + other.request, [*victims, other]
            if free >= pod.request and not any(one.leaving for one in victims):
                return victims
        return []

    def take(self, event: tuple[str, Pod]) -> None:
        what, pod = event
        if what == "leaves":
            self.pods.remove(pod)
        elif what == "is bound":
            pod.node = self._room(pod)
            self.most = max(self.most, sum(one.request for one in self.pods if one.node is not None))
        elif what == "preempts":
            for victim in self._victims(pod):
                victim.leaving = True
        else:
            pod.ready = True
            if self.workloads[pod.owner].kind == "Job":
                self.workloads[pod.owner].done = True
                self.pods.remove(pod)

    def stuck(self) -> list[str]:
        """Who is not where it should be, once nothing can happen any more."""
        wrong = [f"{pod.owner} finds no room" for pod in self.pods if pod.node is None]
        wrong += [f"{pod.owner} waits for {', '.join(sorted(pod.waits))}" for pod in self.pods if pod.node is not None and not self.is_ready(pod)]  # fmt: skip
        return wrong + [f"{pod.owner} is the old one" for pod in self.pods if not pod.new and pod.node is not None]


def play(cluster: Cluster, seed: int) -> list[str]:
    """Go on until nothing can happen any more; what is wrong then. Seed 0 is the worst order: who waits is bound first."""
    draw = random.Random(seed)
    for _ in range(5_000):
        cluster.control()
        events = cluster.events()
        if not events:
            return cluster.stuck()
        if seed:
            cluster.take(draw.choice(events))
        else:
            order = ["leaves", "is bound", "is ready", "preempts"]
            cluster.take(min(events, key=lambda event: (order.index(event[0]), -len(event[1].waits))))
    return ["no end in sight"]


def apply(cluster: Cluster, before: Sequence[Object], after: Sequence[Object]) -> None:
    """An install (`before` is empty), upgrade or rollback: what differs is made anew."""
    old = {where(one): one for one in before}
    workloads = {one.name: one for one in _workloads(after, len(cluster.nodes))}
    for thing in after:
        if (name := where(thing)) in workloads and pod_of(thing) != pod_of(old.get(name, {"kind": ""})):
            for pod in cluster.of(name):
                pod.new = False
        elif name in workloads:
            workloads[name].done = True
    for pod in list(cluster.pods):
        if pod.owner not in workloads:
            pod.leaving = True
    cluster.workloads = workloads


def _workloads(things: Sequence[Object], nodes: int) -> Iterable[Workload]:
    classes = {one["metadata"]["name"]: int(one["value"]) for one in of_kind(things, "PriorityClass")}
    for thing in things:
        pod = pod_of(thing)
        if (
            thing["kind"] in {"Pod", "CronJob"}
            or pod is None
            or "helm.sh/hook" in thing["metadata"].get("annotations", {})
        ):
            continue
        spec = thing["spec"]
        update = (spec.get("strategy") or {}).get("rollingUpdate") or {}
        daemon = thing["kind"] == "DaemonSet"
        yield Workload(
            name=where(thing),
            kind="Deployment" if daemon else thing["kind"],
            request=request(pod),
            priority=classes.get(pod["spec"].get("priorityClassName", ""), 0),
            waits=frozenset(_waits(thing, pod, things)),
            replicas=nodes if daemon else spec.get("replicas", 1),
            surge=0 if daemon else update.get("maxSurge", 1),
            unavailable=1 if daemon else update.get("maxUnavailable", 0),
        )


def request(pod: Object) -> int:
    """Bytes that the scheduler counts: the sum of the containers, or the largest init container where that is more."""
    init = [_bytes(one) for one in pod["spec"].get("initContainers") or []]
    return max([sum(_bytes(one) for one in containers(pod, init=False)), *init])


def _bytes(container: Object) -> int:
    text = container["resources"]["requests"]["memory"]
    return int(text[:-2]) * _UNITS[text[-2:]]


def _keys(pod: Object) -> set[str]:
    found = [
        one.get("valueFrom", {}).get("secretKeyRef", {}) for each in containers(pod) for one in each.get("env") or []
    ]
    return {one["key"] for one in found if one.get("key", "").startswith("database-")}


def _waits(thing: Object, pod: Object, things: Sequence[Object]) -> Iterable[str]:
    """The names of what must serve, or be done, before the pod is ready."""
    told = {one["name"] for each in containers(pod) for one in each.get("env") or []}
    parts = {component(one): where(one) for one in of_kind(things, "StatefulSet")}
    if {"DATABASE_URL", "PGHOST", "KONG_PG_HOST"} & told and "postgres" in parts:
        yield parts["postgres"]
    if "BROKER_URL" in told and "valkey" in parts:
        yield parts["valkey"]
    if thing["kind"] != "Job":
        for job in of_kind(things, "Job"):
            if "helm.sh/hook" not in job["metadata"].get("annotations", {}) and _keys(pod_of(job) or {}) & _keys(pod):
                yield where(job)
