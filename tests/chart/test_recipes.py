"""What docs/kubernetes.md tells people to type: plain YAML that can be applied again and again, and what removes everything."""

import re
import shlex

import pytest

from tests.chart.rendering import (
    CHART,
    NEWEST,
    PROFILES,
    ROOT,
    Object,
    containers,
    labels,
    objects,
    of_kind,
    parse,
    pods,
    profile,
    run,
    where,
)
from tests.chart.tools import helm

INSTANCE = "app.kubernetes.io/instance"


def recipe(heading: str) -> list[str]:
    """The commands of a section, a line each."""
    section = (ROOT / "docs" / "kubernetes.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [line.strip() for line in re.findall(r"(?m)^    (\S.*|  .*)$", section.replace("\\\n", " "))]


def rendered(command: str, name: str) -> list[Object]:
    """What a command of the recipe prints, with a profile's values on top."""
    program, *arguments = shlex.split(re.split(r"[|>]", command)[0])
    assert program == "helm"
    arguments[arguments.index("deploy/helm/pongpong")] = str(CHART)
    at = arguments.index("--set") if "--set" in arguments else len(arguments)
    return parse(run([helm(), *arguments[:at], "--kube-version", NEWEST, *profile(name).arguments, *arguments[at:]]))


def templates() -> list[str]:
    return [line for line in recipe("Plain YAML") if line.startswith("helm template")]


@pytest.mark.parametrize("name", [one.name for one in PROFILES])
def test_plain_yaml_has_no_hook_and_is_the_same_the_second_time(name: str):
    _, everything = templates()
    first = rendered(everything, name)
    assert [where(one) for one in first if "helm.sh/hook" in (one["metadata"].get("annotations") or {})] == []
    assert "pongpong" not in {one["metadata"]["name"] for one in of_kind(first, "Secret")}
    # A Job cannot be changed, and one that is the same is left alone.
    assert rendered(everything, name) == first


def test_plain_yaml_reads_the_secret_that_was_made_once():
    once, everything = templates()
    assert once.endswith("| kubectl create --filename -"), "apply would draw the secrets anew"
    (secret,) = rendered(once, "default")
    references = [
        one["valueFrom"]["secretKeyRef"]
        for _, pod in pods(rendered(everything, "default"))
        for container in containers(pod)
        for one in container.get("env") or []
        if "secretKeyRef" in one.get("valueFrom", {})
    ]
    assert {one["name"] for one in references} == {secret["metadata"]["name"]}
    assert {one["key"] for one in references} <= secret["data"].keys()


def test_removing_everything_finds_all_that_an_uninstall_leaves():
    commands = "\n".join(recipe("Removing everything"))
    things = objects("default")
    # What Helm keeps, what it made by a hook or an earlier upgrade, and the volumes' claims, which carry the selector's labels.
    assert f"delete job,pod,persistentvolumeclaim,secret --selector {INSTANCE}=pongpong" in commands
    left = [
        one
        for one in things
        if {"helm.sh/resource-policy", "helm.sh/hook"} & (one["metadata"].get("annotations") or {}).keys()
    ]
    assert {one["kind"] for one in left} <= {"Secret", "Job", "Pod"}
    assert all(labels(one)[INSTANCE] == "pongpong" for one in left)
    for one in of_kind(things, "StatefulSet"):
        assert one["spec"]["selector"]["matchLabels"][INSTANCE] == "pongpong"
    assert all(one["metadata"].get("namespace") == "pongpong" for one in things), (
        "something stands outside of the namespace"
    )
    paths = {
        volume["hostPath"]["path"]
        for _, pod in pods(things)
        for volume in pod["spec"].get("volumes") or []
        if volume.get("hostPath", {}).get("type") == "DirectoryOrCreate"
    }
    assert paths
    assert all(f"rm -rf /host{path}" in commands for path in paths)
    assert commands.rstrip().endswith("kubectl delete namespace pongpong")
