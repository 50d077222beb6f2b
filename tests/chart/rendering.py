"""The chart, rendered by the real Helm: profiles, objects, and how a pod or a policy is read."""

import copy
import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.chart.tools import helm

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "pongpong"
EXAMPLES = ROOT / "deploy" / "helm" / "examples"
OLDEST, NEWEST = "1.31", "1.37"
"""Versions of Kubernetes that the chart is held to."""
CUSTOM = (
    "monitoring.coreos.com/v1",
    "gateway.networking.k8s.io/v1",
    "postgresql.cnpg.io/v1",
    "barmancloud.cnpg.io/v1",
)
"""API groups that a cluster may have or not, and whose schemas Kubernetes does not publish."""

Object = dict[str, Any]


@dataclass(frozen=True)
class Profile:
    """A way to install the chart: values files and single values on top."""

    name: str
    files: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @property
    def arguments(self) -> list[str]:
        """Helm's arguments."""
        files = [argument for file in self.files for argument in ("--values", str(CHART / file))]
        return files + [argument for value in self.values for argument in ("--set-json", value)]


PROFILES = (
    Profile("default"),
    Profile("small", ("values-small.yaml",)),
    Profile("production", ("values-production.yaml",)),
    # What a company already runs is switched off and pointed to.
    Profile(
        "external",
        values=(
            'kong={"enabled":false}',
            'externalKong={"egress":[{"ports":[{"protocol":"TCP","port":8001}]}]}',
            'postgresql={"enabled":false}',
            'externalDatabase={"host":"db.example.com","createDatabases":false}',
            'valkey={"enabled":false}',
            'externalValkey={"host":"valkey.example.com","tls":true}',
            'smtp={"host":"smtp.example.com","user":"pongpong","port":465,"tls":"tls"}',
            'logging={"elasticsearch":{"enabled":false}}',
            'externalElasticsearch={"host":"es.example.com"}',
            (
                'monitoring={"operator":{"enabled":true,"labels":{"release":"prometheus"}},"prometheus":{"enabled":false},'
                '"grafana":{"enabled":false}}'
            ),
            'ingress={"enabled":false}',
            'gatewayApi={"enabled":true,"parentRefs":[{"name":"public","namespace":"gateways"}]}',
            'serviceNamePrefix="blue-"',
        ),
    ),
    Profile(
        "cloudnative-pg",
        ("values-small.yaml", "values-cloudnative-pg.yaml"),
        ('secrets={"values":{"postgres-password":"example-postgres-password"}}',),
    ),
    # What is off by itself, switched on.
    Profile(
        "extras",
        ("values-small.yaml",),
        (
            'backup={"enabled":true}',
            'monitoring={"enabled":true,"alertmanager":{"enabled":true,"mailTo":["ops@example.com"],"webhooks":["https://example.com/hook"]}}',
            'smtp={"host":"smtp.example.com","user":"pongpong"}',
        ),
    ),
)


def template(profile: Profile, *more: str, chart: Path = CHART, version: str = NEWEST) -> str:
    """What `helm template` prints. Raises `RuntimeError` with Helm's words where it refuses."""
    command = [helm(), "template", "pongpong", str(chart), "--namespace", "pongpong", "--kube-version", version]
    return run([*command, *profile.arguments, *more])


def run(command: Sequence[str]) -> str:
    """The command's standard output."""
    # No cluster but the one that is named.
    environment = os.environ | {"KUBECONFIG": os.devnull}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{done.stdout}{done.stderr}")
    return done.stdout


def parse(text: str) -> list[Object]:
    """The objects of a rendering."""
    return [found for found in yaml.load_all(text, Loader=yaml.CSafeLoader) if found]


def fixed_secrets() -> list[str]:
    """Every generated secret set to its name: a rendering that is the same each time."""
    keys = {
        key
        for name in ("default", "extras")
        for found in objects(name)
        if found["kind"] == "Secret"
        for key in found["data"]
    }  # fmt: skip
    return ["--set-json", "secrets=" + json.dumps({"values": {key: f"example-{key}" for key in sorted(keys)}})]


@cache
def _rendered(name: str, version: str) -> list[Object]:
    return parse(template(profile(name), version=version))


def objects(name: str, version: str = NEWEST) -> list[Object]:
    """The profile's objects; rendered once, and yours to change."""
    return copy.deepcopy(_rendered(name, version))


def profile(name: str) -> Profile:
    """The profile of that name."""
    return next(one for one in PROFILES if one.name == name)


def where(thing: Object) -> str:
    """How a message names an object."""
    return f"{thing['kind']}/{thing['metadata']['name']}"


def pod_of(thing: Object) -> Object | None:
    """The pod that an object is or makes: `{"metadata", "spec"}`."""
    if thing["kind"] == "Pod":
        return thing
    spec = thing.get("spec") or {}
    if thing["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    pod: Object | None = spec.get("template")
    return pod if thing["kind"] in {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"} else None


def pods(things: Sequence[Object]) -> Iterator[tuple[Object, Object]]:
    """Each object that makes pods, with its pod."""
    for thing in things:
        if pod := pod_of(thing):
            yield thing, pod


def containers(pod: Object, *, init: bool = True) -> list[Object]:
    """The pod's containers, init containers first."""
    spec = pod["spec"]
    return [*(spec.get("initContainers") or [] if init else []), *spec["containers"]]


def labels(thing: Object) -> dict[str, str]:
    """An object's or pod's labels."""
    return (thing.get("metadata") or {}).get("labels") or {}


def component(thing: Object) -> str:
    """What part of the fleet an object or a pod is."""
    return labels(thing).get("app.kubernetes.io/component", "")


def of_kind(things: Sequence[Object], kind: str) -> list[Object]:
    """The objects of one kind."""
    return [thing for thing in things if thing["kind"] == kind]


def selects(selector: Object, found: dict[str, str]) -> bool:
    """Whether `matchLabels` are all there; an empty selector selects everything."""
    return all(found.get(key) == value for key, value in (selector or {}).items())
