"""What an operator brings along: a registry, claims, a Grafana, a database, values of the release before, objects."""

from pathlib import Path

import pytest

from tests.chart.rendering import (
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
from tests.chart.test_knobs import mark, rendered, values

BEFORE = Path(__file__).with_name("values-0.1.0.yaml")
"""Every value of release 0.1.0, with its default."""


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
