"""What an operator sets on pods: every knob reaches every component, and says no more than it should."""

import json
from functools import cache
from typing import Any

import pytest
from kubernetes_validate import utils as kubernetes

from common.fleet import fleet, host_name
from tests.chart.rendering import (
    NEWEST,
    Object,
    component,
    containers,
    of_kind,
    parse,
    pods,
    profile,
    template,
    where,
)


def knobs(mark: str) -> dict[str, Any]:
    """Every knob there is, each with the mark in it."""
    return {
        "affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
            {"weight": 1, "preference": {"matchExpressions": [{"key": mark, "operator": "Exists"}]}}
        ]}},
        "topologySpreadConstraints": [{"maxSkew": 2, "topologyKey": mark, "whenUnsatisfiable": "DoNotSchedule"}],
        "nodeSelector": {mark: "here"},
        "tolerations": [{"key": mark, "operator": "Exists"}],
        "priorityClassName": mark,
        "annotations": {mark: "{{ not a template }}"},
        "labels": {mark: "here"},
        "serviceAccountAnnotations": {mark: "role"},
        "securityContext": {"supplementalGroups": [4242], "runAsUser": 1000650000, "fsGroupChangePolicy": None},
        "containerSecurityContext": {"readOnlyRootFilesystem": False, "runAsGroup": 0, "capabilities": None},
        "extraEnv": [
            {"name": "EXTRA", "value": mark},
            {"name": "EXTRA_SECRET", "valueFrom": {"secretKeyRef": {"name": mark, "key": "a"}}},
        ],
        "extraVolumes": [{"name": mark, "configMap": {"name": mark}}],
        "extraVolumeMounts": [{"name": mark, "mountPath": f"/{mark}", "readOnly": True}],
        "extraContainers": [{"name": f"side-{mark}", "image": "side:1"}],
        "extraInitContainers": [{"name": f"before-{mark}", "image": "before:1"}],
    }  # fmt: skip


def missing(pod: Object, mark: str) -> list[str]:
    """The knobs that the pod did not get."""
    spec = pod["spec"]
    own = [one for one in containers(pod) if mark not in one["name"]]
    given = {
        "affinity": mark in json.dumps(spec.get("affinity")),
        "topologySpreadConstraints": [
            (one["topologyKey"], one["labelSelector"]["matchLabels"]["app.kubernetes.io/component"])
            for one in spec.get("topologySpreadConstraints") or []
        ] == [(mark, component(pod))],
        "nodeSelector": (spec.get("nodeSelector") or {}).get(mark) == "here",
        "tolerations": spec.get("tolerations") == [{"key": mark, "operator": "Exists"}],
        "priorityClassName": spec.get("priorityClassName") == mark,
        "annotations": pod["metadata"]["annotations"].get(mark) == "{{ not a template }}",
        "labels": pod["metadata"]["labels"].get(mark) == "here",
        "securityContext": spec["securityContext"].get("runAsUser") == 1000650000
        and spec["securityContext"].get("supplementalGroups") == [4242]
        and spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        and "fsGroupChangePolicy" not in spec["securityContext"],
        "containerSecurityContext": all(
            one["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": False, "runAsGroup": 0}
            for one in own
        ),
        "extraEnv": all({"EXTRA", "EXTRA_SECRET"} <= {one["name"] for one in container["env"]} for container in own),
        "extraVolumes": {"name": mark, "configMap": {"name": mark}} in (spec.get("volumes") or []),
        "extraVolumeMounts": all(mark in [one["name"] for one in container["volumeMounts"]] for container in own),
        "extraContainers": spec["containers"][-1]["name"] == f"side-{mark}",
        "extraInitContainers": spec["initContainers"][-1]["name"] == f"before-{mark}",
    }  # fmt: skip
    return [name for name, there in given.items() if not there]


def places() -> dict[str, str]:
    """Where the values have each component's `pod`."""
    found = {}
    for name, service in fleet().services.items():
        found[host_name(name)] = f"services.{host_name(name)}"
        for worker in service.workers:
            found[host_name(worker.name)] = f"services.{host_name(name)}.workers.{host_name(worker.name)}"
    return found | {
        "beat": "beat", "kong": "kong", "postgres": "postgresql", "valkey": "valkey",
        "migrations": "jobs", "logging-setup": "jobs", "test": "jobs",
        "backup": "backup",
        "postgres-exporter": "monitoring.postgresExporter", "valkey-exporter": "monitoring.valkeyExporter",
        "blackbox-exporter": "monitoring.blackboxExporter", "prometheus": "monitoring.prometheus",
        "kube-state-metrics": "monitoring.kubeStateMetrics",
        "grafana": "monitoring.grafana", "alertmanager": "monitoring.alertmanager", "fluent-bit": "logging.fluentBit",
        "elasticsearch": "logging.elasticsearch", "kibana": "logging.kibana",
    }  # fmt: skip


ALL = (
    "--set",
    "backup.enabled=true",
    "--set-json",
    'monitoring.alertmanager={"enabled":true,"webhooks":["https://example.com/hook"]}',
)
"""Values that switch on every component there is."""


def values(path: str, value: object) -> list[str]:
    return ["--set-json", f"{path}={json.dumps(value)}"]


def rendered(*more: str) -> list[Object]:
    return parse(template(profile("default"), *ALL, *more))


@cache
def with_own_knobs() -> list[Object]:
    places_once = dict.fromkeys(places().values())
    return rendered(*(one for place in places_once for one in values(f"{place}.pod", knobs(mark(place)))))


def mark(place: str) -> str:
    return place.rpartition(".")[2].lower()


def test_every_component_has_a_place_for_its_knobs():
    assert {component(pod) for _, pod in pods(rendered())} == places().keys()


def test_every_knob_of_a_component_reaches_all_of_its_pods():
    found = {where(maker): missing(pod, mark(places()[component(pod)])) for maker, pod in pods(with_own_knobs())}
    assert {name: absent for name, absent in found.items() if absent} == {}


def test_every_knob_of_the_release_reaches_every_pod():
    found = {}
    for maker, pod in pods(rendered(*values("pod", knobs("all")))):
        # It is there for every node, and reads files of root's.
        spared = {"affinity", "topologySpreadConstraints", "nodeSelector", "tolerations", "securityContext"}
        absent = set(missing(pod, "all")) - (spared if maker["kind"] == "DaemonSet" else set())
        if absent:
            found[where(maker)] = absent
    assert found == {}


def test_with_every_knob_set_every_object_is_valid_for_kubernetes():
    for found in with_own_knobs():
        assert kubernetes.validate(found, NEWEST, strict=True) == NEWEST


def test_annotations_of_an_account_are_on_the_account_that_the_pods_have():
    things = with_own_knobs()
    accounts = {one["metadata"]["name"]: one for one in of_kind(things, "ServiceAccount")}
    for _, pod in pods(things):
        account = accounts[pod["spec"]["serviceAccountName"]]
        assert account["metadata"]["annotations"] == {mark(places()[component(pod)]): "role"}
        assert account["automountServiceAccountToken"] is False
    for one in of_kind(rendered(*values("pod.serviceAccountAnnotations", {"a": "b"})), "ServiceAccount"):
        assert one["metadata"]["annotations"] == {"a": "b"}


def test_an_account_of_the_operators_is_taken_as_it_is():
    things = rendered(*values("kong.pod", {"serviceAccountName": "mine", "serviceAccountAnnotations": {"a": "b"}}))
    assert {pod["spec"]["serviceAccountName"] for _, pod in pods(things) if component(pod) == "kong"} == {"mine"}


@pytest.mark.parametrize(("place", "name"), [("kong", "kong"), ("defaults.http", "user-service")])
def test_a_components_own_knob_goes_before_the_releases(place: str, name: str):
    more = values(
        "pod", {"nodeSelector": {"a": "1", "b": "1"}, "tolerations": [{"key": "a"}], "extraEnv": [{"name": "A"}]}
    )
    more += values(
        f"{place}.pod", {"nodeSelector": {"b": "2"}, "tolerations": [{"key": "b"}], "extraEnv": [{"name": "B"}]}
    )
    (spec,) = [pod["spec"] for _, pod in pods(rendered(*more)) if component(pod) == name]
    assert spec["nodeSelector"] == {"a": "1", "b": "2"}
    assert spec["tolerations"] == [{"key": "b"}]
    assert {"A", "B"} <= {one["name"] for one in spec["containers"][0]["env"]}


def test_an_extra_variable_takes_the_place_of_the_charts_own():
    more = values(
        "services.user-service.pod.extraEnv",
        [{"name": "VALKEY_PASSWORD", "value": "mine"}, {"name": "NEW", "value": "$(BROKER_URL)"}],
    )
    (pod,) = [pod for _, pod in pods(rendered(*more)) if component(pod) == "user-service"]
    for container in containers(pod):
        names = [one["name"] for one in container["env"]]
        assert len(names) == len(set(names))
        # A variable is known to those after it alone.
        assert names.index("VALKEY_PASSWORD") < names.index("BROKER_URL") < names.index("NEW")


def test_without_a_fixed_user_no_pod_but_the_collectors_asks_for_one():
    for maker, pod in pods(rendered(*values("pod.fixedUser", False))):
        context = pod["spec"]["securityContext"]
        if maker["kind"] != "DaemonSet":
            assert context.keys() == {"runAsNonRoot", "seccompProfile"} | context.keys() & {"sysctls"}, where(maker)


def test_a_done_job_goes_after_its_time_and_its_name_tells_of_every_change():
    before = {where(one) for one in of_kind(rendered(), "Job")}
    with_time = rendered(*values("jobs.ttlSecondsAfterFinished", 600))
    timed = of_kind(with_time, "Job")
    assert {one["spec"]["ttlSecondsAfterFinished"] for one in timed} == {600}
    repeated = [one["spec"]["jobTemplate"] for one in of_kind(with_time, "CronJob")]
    assert [one["spec"]["ttlSecondsAfterFinished"] for one in repeated] == [600, 600]
    knobbed = of_kind(rendered(*values("jobs.pod.annotations", {"a": "b"})), "Job")
    hooks = {name for name in before if name == "Job/pongpong-kong-finish"}
    for jobs in (timed, knobbed):
        assert {where(one) for one in jobs} & before == hooks


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ('pod={"nonsense":1}', "nonsense"),
        ('kong.pod={"toleration":[]}', "toleration"),
        ('services.user-service.workers.user-service-worker.pod={"tolerations":[{"kei":"a"}]}', "kei"),
        ('pod={"securityContext":{"runAsuser":1}}', "runAsuser"),
        ('pod={"extraEnv":[{"value":"a"}]}', "name"),
        ('pod={"annotations":{"a":1}}', "annotations"),
        ("global.imageRegistry=1", "imageRegistry"),
        ('postgresql.persistence.retention={"whenDeleted":"Maybe"}', "whenDeleted"),
    ],
)
def test_a_knob_that_makes_no_sense_is_refused_by_name(value: str, word: str):
    with pytest.raises(RuntimeError, match=word):
        template(profile("default"), "--set-json", value)
