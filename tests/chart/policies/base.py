"""What every rule is made of."""

from collections.abc import Callable, Sequence

from common.fleet import fleet, host_name
from tests.chart.rendering import Object, component, containers, of_kind, pods, where

Rule = Callable[[Sequence[Object]], list[str]]
RULES: dict[str, Rule] = {}
ONCE = {"Job", "CronJob", "Pod"}
"""What runs to its end and is probed by nobody."""


def rule(function: Rule) -> Rule:
    """Register a rule under its function's name."""
    RULES[function.__name__] = function
    return function


def each_container(things: Sequence[Object], check: Callable[[Object, Object, Object], str | None]) -> list[str]:
    """`check(maker, pod, container)` for every container: what is wrong, with its name."""
    return [
        f"{where(maker)} {container['name']}: {wrong}"
        for maker, pod in pods(things)
        for container in containers(pod)
        if (wrong := check(maker, pod, container))
    ]


def own_processes(things: Sequence[Object]) -> dict[str, Object]:
    """The Deployments of the fleet's own processes by their component."""
    names = http_names() | {host_name(worker.name) for one in fleet().services.values() for worker in one.workers}
    return {component(one): one for one in of_kind(things, "Deployment") if component(one) in names}


def deployment_of(things: Sequence[Object], name: str) -> dict[str, Object]:
    return {component(one): one for one in of_kind(things, "Deployment") if component(one) == name}


def http_names() -> set[str]:
    return {host_name(name) for name in fleet().services}


def service_of(process: str) -> str:
    """The service of a process, as Python names it."""
    for name, service in fleet().services.items():
        if process in {host_name(name), *(host_name(worker.name) for worker in service.workers)}:
            return name
    raise KeyError(process)
