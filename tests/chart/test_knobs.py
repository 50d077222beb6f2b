"""What an operator sets on pods: every knob reaches every component, and says no more than it should."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from kubernetes_validate import utils as kubernetes

from common.fleet import fleet, host_name
from tests.chart.rendering import (
    NEWEST,
    Object,
    Profile,
    component,
    containers,
    objects,
    of_kind,
    parse,
    pods,
    profile,
    template,
    where,
)

BEFORE = Path(__file__).with_name("values-0.1.0.yaml")
"""Every value of release 0.1.0, with its default."""


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


def test_every_image_comes_from_the_registry_that_is_named():
    plain = {one["image"] for _, pod in pods(rendered()) for one in containers(pod)}
    things = rendered(*values("global.imageRegistry", "registry.example.com:5000/mirror"))
    images = {one["image"] for _, pod in pods(things) for one in containers(pod)}
    paths = {one.removeprefix("quay.io/").removeprefix("registry.k8s.io/") for one in plain}
    assert images == {f"registry.example.com:5000/mirror/{one}" for one in paths}


def test_digests_and_registries_with_ports_are_taken():
    digest = "sha256:" + "0" * 64
    things = rendered(
        *values("kong.image", f"old.example.com:5000/kong/kong:3.9.1@{digest}"),
        *values("valkey.image", f"valkey/valkey@{digest}"),
        *values("image.digest", digest), *values("global.imageRegistry", "new.example.com"),
    )  # fmt: skip
    images = {one["image"] for _, pod in pods(things) for one in containers(pod)}
    assert {f"new.example.com/kong/kong:3.9.1@{digest}", f"new.example.com/valkey/valkey@{digest}"} < images
    assert f"new.example.com/pongpong:0.1.0@{digest}" in images


@pytest.mark.parametrize("place", ["global.imagePullSecrets", "imagePullSecrets"])
def test_every_pod_pulls_with_the_secrets_for_registries(place: str):
    for maker, pod in pods(rendered(*values(place, [{"name": "mine"}]))):
        assert pod["spec"]["imagePullSecrets"] == [{"name": "mine"}], where(maker)


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


STATEFUL = {"postgres": "postgresql", "valkey": "valkey", "prometheus": "monitoring.prometheus",
            "grafana": "monitoring.grafana", "alertmanager": "monitoring.alertmanager", "elasticsearch": "logging.elasticsearch"}  # fmt: skip


def test_a_claim_that_is_there_is_used_and_none_is_made():
    more = [one for place in STATEFUL.values() for one in values(f"{place}.persistence.existingClaim", mark(place))]
    sets = of_kind(rendered(*more), "StatefulSet")
    assert {component(one) for one in sets} == STATEFUL.keys()
    for one in sets:
        claim = {"name": "data", "persistentVolumeClaim": {"claimName": mark(STATEFUL[component(one)])}}
        assert claim in one["spec"]["template"]["spec"]["volumes"]
        assert "volumeClaimTemplates" not in one["spec"]


def test_what_becomes_of_a_claim_is_said_where_it_is_asked_for():
    retention = {"whenDeleted": "Delete", "whenScaled": "Retain"}
    more = [one for place in STATEFUL.values() for one in values(f"{place}.persistence.retention", retention)]
    for one in of_kind(rendered(*more), "StatefulSet"):
        assert one["spec"]["persistentVolumeClaimRetentionPolicy"] == retention
    for one in of_kind(rendered(), "StatefulSet"):
        assert "persistentVolumeClaimRetentionPolicy" not in one["spec"]


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


def test_the_values_of_the_release_before_still_make_the_same_components():
    then = parse(template(profile("default"), "--values", str(BEFORE)))
    assert {component(one) for one in then} == {component(one) for one in objects("default")}


def test_objects_of_the_operators_are_templates_as_maps_and_as_text():
    text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ include "pongpong.fullname" . }}-text\n'
    made = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "{{ .Release.Name }}-map"},
        "data": {"a": "1", "long": '{{ printf "%s" .Release.Name }} ' + "word " * 40},
    }
    things = rendered(*values("extraObjects", [made, text]))
    names = {one["metadata"]["name"]: one for one in of_kind(things, "ConfigMap")}
    assert names["pongpong-map"]["data"] == {"a": "1", "long": "pongpong " + "word " * 40}
    assert "pongpong-text" in names
    with pytest.raises(RuntimeError, match="extraObjects"):
        rendered(*values("extraObjects", [{"kind": "ConfigMap"}]))


def test_the_dashboards_are_found_by_the_sidecar_of_another_grafana():
    more = values("monitoring.grafana.enabled", False) + values(
        "monitoring.dashboards.annotations", {"grafana_folder": "fleet"}
    )
    (found,) = [
        one for one in of_kind(rendered(*more), "ConfigMap") if one["metadata"]["name"] == "pongpong-dashboards"
    ]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["metadata"]["annotations"] == {"grafana_folder": "fleet"}
    assert "fleet.json" in found["data"]
    none = rendered(*values("monitoring.grafana.enabled", False), *values("monitoring.dashboards.enabled", False))
    assert "ConfigMap/pongpong-dashboards" not in {where(one) for one in none}


def test_the_database_of_the_operator_is_the_one_that_the_services_use():
    things = objects("cloudnative-pg")
    (cluster,) = of_kind(things, "Cluster")
    (user,) = [one for one in of_kind(things, "Secret") if one["type"] == "kubernetes.io/basic-auth"]
    (release,) = [one for one in of_kind(things, "Secret") if one["type"] == "Opaque"]
    assert user["data"]["password"] == release["data"]["postgres-password"]
    assert cluster["spec"]["superuserSecret"]["name"] == user["metadata"]["name"]
    (store,) = of_kind(things, "ObjectStore")
    assert cluster["spec"]["plugins"][0]["parameters"]["barmanObjectName"] == store["metadata"]["name"]
    for maker, pod in pods(things):
        for container in containers(pod):
            told = {one["name"]: one.get("value") for one in container.get("env") or []}
            if "DATABASE_URL" in told:
                assert f"@{cluster['metadata']['name']}-rw:5432/" in (told["DATABASE_URL"] or ""), where(maker)
                assert told["PGSSLMODE"] == "verify-full"
    with pytest.raises(RuntimeError, match="postgres-password"):
        template(Profile("bare", ("values-cloudnative-pg.yaml",)))
