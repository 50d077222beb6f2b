"""No install, upgrade or rollback of the small profile locks up on one node of 2 GB: in no order of what may happen."""

import copy
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.chart.rendering import (
    CHART,
    ROOT,
    Object,
    component,
    containers,
    fixed_secrets,
    of_kind,
    parse,
    profile,
    template,
)
from tests.chart.scheduling import MI, Cluster, apply, play, request

SYSTEM = 500 * 1000**2
"""Bytes that the system's pods of a node ask for, with an Ingress controller and metrics."""
SMALL_NODE, NODE = 2 * 1000**3 - SYSTEM, 4 * 1000**3 - SYSTEM
SEEDS = range(25)
"""Orders of what may happen; the first one is the worst that is known."""
MONITORED = ("--set", "monitoring.enabled=true")
CHANGES = {
    "a new image, with migrations": ("--set", "image.tag=0.2.0"),
    "one service": ("--set", "services.frontend.env.X=1"),
    "Kong": ("--set", "kong.env.KONG_X=a"),
    "a role's password": ("--set", "secrets.values.database-user-service=another"),
    "PostgreSQL, and the services": ("--set", "postgresql.image=postgres:18.2", "--set", "image.tag=0.2.0"),
    "a new version of the chart, so everything": ("0.2.0",),
}


@cache
def _rendered(name: str, version: str, more: tuple[str, ...]) -> list[Object]:
    with TemporaryDirectory() as folder:
        chart = Path(folder) / "deploy" / "helm" / "pongpong"
        shutil.copytree(CHART, chart, symlinks=True)
        (Path(folder) / "deploy" / "kong").symlink_to(ROOT / "deploy" / "kong")
        about = chart / "Chart.yaml"
        about.write_text(about.read_text().replace("0.1.0", version))
        return parse(template(profile(name), *fixed_secrets(), *more, chart=chart))


def rendered(name: str, *more: str) -> list[Object]:
    version, rest = (more[-1], more[:-1]) if more and more[-1] == "0.2.0" else ("0.1.0", more)
    return _rendered(name, version, rest)


def lockups(nodes: Sequence[int], before: Sequence[Object], after: Sequence[Object]) -> dict[str, list[str]]:
    """Install, upgrade, rollback: who is stuck in which of them, in the first order in which somebody is."""
    for seed in SEEDS:
        cluster = Cluster(list(nodes))
        steps = {"install": ((), before), "upgrade": (before, after), "rollback": (after, before)}
        for step, (old, new) in steps.items():
            apply(cluster, old, new)
            if stuck := play(cluster, seed):
                return {step: stuck}
    return {}


@pytest.mark.parametrize("more", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize(("node", "parts"), [(SMALL_NODE, ()), (NODE, MONITORED)], ids=["2 GB", "4 GB, monitored"])
def test_the_small_profile_never_locks_up(node: int, parts: tuple[str, ...], more: tuple[str, ...]):
    assert lockups([node], rendered("small", *parts), rendered("small", *parts, *more)) == {}


@pytest.mark.parametrize("change", ["a new image, with migrations", "a role's password"])
def test_the_default_profile_never_locks_up_on_three_nodes(change: str):
    assert lockups([NODE] * 3, rendered("default"), rendered("default", *CHANGES[change])) == {}


def as_before(things: Sequence[Object]) -> list[Object]:
    """With what the chart had: each process surges, and a Job of 64 MiB migrates, which the pods wait for."""
    made = copy.deepcopy(list(things))
    for thing in of_kind(made, "Deployment"):
        thing["spec"]["strategy"] = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    image = next(one for one in of_kind(made, "Deployment") if component(one) == "user-service")
    for job in of_kind(made, "Job"):
        pod = job["spec"]["template"]
        if containers(pod)[0]["name"] == "database":
            pod["spec"]["containers"][0]["resources"]["requests"]["memory"] = "64Mi"
            pod["spec"]["containers"][0]["image"] = containers(image["spec"]["template"])[0]["image"]
            job["metadata"]["name"] += pod["spec"]["containers"][0]["image"][-5:]
    return made


def test_it_locked_up_before():
    """The same sums with a Job that migrates; and where every worker has to be there twice."""
    change = CHANGES["a new image, with migrations"]
    (step,) = lockups([SMALL_NODE], as_before(rendered("small")), as_before(rendered("small", *change)))
    assert step in {"install", "upgrade"}


def test_without_its_priority_the_database_loses_its_room_to_who_waits_for_it():
    things, after = (rendered("small", "--set", "dataPriority.create=false", *more) for more in ((), ("0.2.0",)))
    found = lockups([SMALL_NODE], things, after)
    assert any("postgres finds no room" in text for stuck in found.values() for text in stuck)


def test_there_is_room_for_the_largest_pod_that_an_upgrade_adds():
    pods = {
        component(one): (one["spec"].get("replicas", 1), request(one["spec"]["template"]), one["kind"])
        for one in rendered("small")
        if one["kind"] in {"Deployment", "StatefulSet"}
    }
    steady = sum(replicas * size for replicas, size, _ in pods.values())
    added = max(size for name, (_, size, kind) in pods.items() if kind == "Deployment" and "worker" not in name)
    assert (steady // MI, added // MI) == (1248, 160), "docs/kubernetes.md says these"
    assert steady + added <= SMALL_NODE
