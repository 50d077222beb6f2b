"""Just enough of an API server for Helm's `lookup`: a version, what kinds there are, and objects that can be read."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.chart.rendering import NEWEST, Object

KINDS = {
    "v1": ["ConfigMap", "Pod", "Secret", "Service", "ServiceAccount"],
    "apps/v1": ["DaemonSet", "Deployment", "StatefulSet"],
    "autoscaling/v2": ["HorizontalPodAutoscaler"],
    "batch/v1": ["Job"],
    "gateway.networking.k8s.io/v1": ["HTTPRoute"],
    "monitoring.coreos.com/v1": ["PodMonitor", "Probe", "PrometheusRule", "ServiceMonitor"],
    "networking.k8s.io/v1": ["Ingress", "NetworkPolicy"],
    "policy/v1": ["PodDisruptionBudget"],
    "rbac.authorization.k8s.io/v1": ["Role", "RoleBinding"],
}


_OWNED = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"meta.helm.sh/release-name": "pongpong", "meta.helm.sh/release-namespace": "pongpong"},
}
"""What Helm wants to see on an object before it takes it as its own."""


@dataclass
class Cluster:
    """A cluster that knows Secrets, `{(namespace, name): {key: value}}`, StatefulSets and Deployments."""

    url: str
    secrets: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    stateful: dict[tuple[str, str], Object] = field(default_factory=dict)
    deployments: dict[tuple[str, str], Object] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """What makes Helm ask this cluster while it renders."""
        return ["--dry-run=server", "--kube-apiserver", self.url, "--disable-openapi-validation"]

    def answer(self, request: Request) -> Response:
        """What an API server would say."""
        parts = request.path.strip("/").split("/")
        match parts:
            case ["version"]:
                major, minor = NEWEST.split(".")
                return _json({"major": major, "minor": minor, "gitVersion": f"v{NEWEST}.0"})
            case ["api"]:
                return _json({"kind": "APIVersions", "versions": ["v1"]})
            case ["apis"]:
                return _json(
                    {
                        "kind": "APIGroupList",
                        "apiVersion": "v1",
                        "groups": [_group(one) for one in KINDS if one != "v1"],
                    }
                )
            case ["api" | "apis", *version] if "/".join(version) in KINDS:
                return _json(_resources("/".join(version)))
            case ["api" | "apis", *_, "namespaces", namespace, kind, name] if found := self._found(
                kind, namespace, name
            ):
                return _json(found)
        return _json(
            {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}, 404
        )

    def _found(self, kind: str, namespace: str, name: str) -> Object | None:
        kinds = {"statefulsets": self.stateful, "deployments": self.deployments}
        if found := kinds.get(kind, {}).get((namespace, name)):
            return found | {"metadata": found["metadata"] | _OWNED}
        if kind == "secrets" and (data := self.secrets.get((namespace, name))):
            return {
                "kind": "Secret",
                "apiVersion": "v1",
                "metadata": {"namespace": namespace, "name": name, **_OWNED},
                "data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()},
            }
        return None


def _group(version: str) -> dict[str, Any]:
    versions = {"groupVersion": version, "version": version.split("/")[1]}
    return {"name": version.split("/", maxsplit=1)[0], "versions": [versions], "preferredVersion": versions}


def _resources(version: str) -> dict[str, Any]:
    kinds = [
        {"name": f"{kind.lower()}s", "kind": kind, "namespaced": True, "verbs": ["get"]} for kind in KINDS[version]
    ]
    return {"kind": "APIResourceList", "groupVersion": version, "resources": kinds}


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type="application/json")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """The cluster, on a free port of loopback, until the block ends."""
    with HTTPServer(host="127.0.0.1") as server:
        made = Cluster(server.url_for("").rstrip("/"))
        server.expect_request(re.compile("/.*"), method="GET").respond_with_handler(made.answer)
        yield made
