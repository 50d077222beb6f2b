"""The chart by Helm's and Kubernetes' own rules: lint, strict schemas of two versions, values, committed examples."""

import functools
import json

import pytest
from kubernetes_validate import utils as kubernetes

from tests.chart import examples
from tests.chart.rendering import (
    CHART,
    CUSTOM,
    NEWEST,
    OLDEST,
    PROFILES,
    ROOT,
    Profile,
    objects,
    parse,
    profile,
    run,
    template,
    where,
)  # fmt: skip
from tests.chart.tools import helm

# It reads two large files again for each object.
kubernetes.schema_contents = functools.cache(kubernetes.schema_contents)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_helm_lints_every_profile_strictly(profile: Profile):
    run([helm(), "lint", "--strict", "--quiet", str(CHART), *profile.arguments])


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", [profile.name for profile in PROFILES])
def test_every_object_is_valid_for_kubernetes(name: str, version: str):
    wrong = []
    for found in objects(name, version):
        if found["apiVersion"] in CUSTOM:
            continue
        try:
            assert kubernetes.validate(found, version, strict=True) == version
        except (kubernetes.ValidationError, kubernetes.SchemaNotFoundError) as error:
            wrong.append(f"{where(found)}: {error}")
    assert wrong == []


def test_the_validation_refuses_unknown_fields_and_versions():
    deployment = next(found for found in objects("small") if found["kind"] == "Deployment")
    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(deployment | {"nonsense": 1}, NEWEST, strict=True)
    with pytest.raises(kubernetes.SchemaNotFoundError):
        kubernetes.validate(deployment | {"apiVersion": "apps/v9"}, NEWEST, strict=True)


@pytest.mark.parametrize("name", [profile.name for profile in PROFILES])
def test_no_two_objects_have_one_name(name: str):
    names = [(found["apiVersion"], where(found)) for found in objects(name)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [profile.name for profile in PROFILES])
def test_the_committed_example_is_what_the_chart_renders(name: str):
    committed = parse(examples.file(name).read_text())
    assert committed == parse(examples.rendered(name)), "Run: make format"


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("nonsense=1", "nonsense"),
        ('kong={"nonsense":1}', "nonsense"),
        ('services={"user-service":{"nonsense":1}}', "nonsense"),
        ('services={"user-service":{"workers":{"user-service-worker":{"replica":1}}}}', "replica"),
        ('kong={"image":"kong"}', "image"),
        ('kong={"image":"kong:latest"}', "image"),
        ('smtp={"tls":"on"}', "tls"),
        ('postgresql={"enabled":false}', "host"),
        ('valkey={"enabled":false}', "host"),
        ('logging={"elasticsearch":{"enabled":false}}', "host"),
        ('gatewayApi={"enabled":true}', "parentRefs"),
        ('hosts={"web":[]}', "web"),
        ("serviceNamePrefix=1", "serviceNamePrefix"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(value: str, word: str):
    with pytest.raises(RuntimeError, match=word):
        template(profile("default"), "--set-json", value)


def test_every_value_of_the_manual_is_known_to_the_schema_and_the_other_way_round():
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = parse((CHART / "values.yaml").read_text())[0]
    assert schema["additionalProperties"] is False
    assert values.keys() == schema["properties"].keys()
    for name, value in values.items():
        properties = schema["properties"][name].get("properties")
        if isinstance(value, dict) and properties and name != "pod":
            assert value.keys() == properties.keys(), name


def test_names_carry_the_release_and_services_those_of_the_brief():
    things = objects("default")
    assert {found["metadata"]["name"] for found in things if found["kind"] == "Service"} >= {
        "user-service", "endpoint-service", "notification-service", "report-service", "email-service", "slack-service",
        "endpoint-check", "frontend", "kibana", "grafana", "kong",
    }  # fmt: skip
    others = [where(found) for found in things if found["kind"] != "Service"]
    assert [name for name in others if not name.split("/")[1].startswith("pongpong")] == []


def test_two_releases_live_in_one_namespace_with_a_prefix():
    first = {(found["kind"], found["metadata"]["name"]) for found in objects("default")}
    other = ["--set-json", 'serviceNamePrefix="blue-"', "--set-json", 'fullnameOverride="blue"']
    text = template(profile("default"), *other)
    second = {(found["kind"], found["metadata"]["name"]) for found in parse(text)}
    assert not first & second
    assert "url: http://blue-user-service/api" in text
    assert "url: http://user-service" not in text


@pytest.mark.parametrize(("name", "row"), [("default", "(none)"), ("small", "small"), ("production", "production")])
def test_the_docs_tell_how_many_objects_a_profile_has(name: str, row: str):
    (line,) = [
        one
        for one in (ROOT / "docs" / "kubernetes.md").read_text().splitlines()
        if f"| {row}" in one or f"| `values-{row}" in one
    ]
    assert line.endswith(f"| {len(objects(name))} |")


def test_the_notes_tell_the_first_address_to_open_and_warn_of_what_is_missing():
    def notes(name: str, *more: str) -> str:
        command = [helm(), "install", "pongpong", str(CHART), "--namespace", "pongpong", "--dry-run=client"]
        return run([*command, *profile(name).arguments, *more]).partition("NOTES:")[2]

    assert "Open https://pongpong.io and sign up." in notes("default")
    assert "https://admin.pongpong.io/grafana" in notes("default")
    assert "mails, alerts among them, reach nobody" in notes("small")
    assert "grafana" not in notes("small")
    assert "WARNING" not in notes("production")
    assert "every pod of the cluster can pose as any user" in notes("small", "--set", "networkPolicy.enabled=false")
    assert "port-forward service/frontend 8080:80" in notes("small", "--set", "ingress.enabled=false")
