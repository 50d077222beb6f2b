"""Secrets are made once: an upgrade keeps what the cluster has, adds what is new, and takes what one says."""

import base64
import re

import pytest

from tests.chart.cluster import Cluster, cluster
from tests.chart.rendering import Object, containers, labels, of_kind, parse, pods, profile, template, where


@pytest.fixture
def a_cluster():
    with cluster() as found:
        yield found


def rendered(*more: str, name: str = "default") -> list[Object]:
    return parse(template(profile(name), *more))


def data_of(things: list[Object]) -> dict[str, str]:
    (secret,) = of_kind(things, "Secret")
    return {key: base64.b64decode(value or "").decode() for key, value in secret["data"].items()}


def checksums(things: list[Object]) -> dict[str, str]:
    """Each pod's, by the name of what makes it; a Job's name ends with a digest of itself."""
    return {
        re.sub(r"-[0-9a-f]{8}$", "", where(maker)): (pod["metadata"].get("annotations") or {}).get(
            "checksum/secret", ""
        )
        for maker, pod in pods(things)
        if "helm.sh/hook" not in (maker["metadata"].get("annotations") or {})
    }


def keys_read(pod: Object) -> set[str]:
    """The keys of the release's Secret that a pod's containers read."""
    return {
        one["valueFrom"]["secretKeyRef"]["key"]
        for container in containers(pod)
        for one in container.get("env") or []
        if "secretKeyRef" in one.get("valueFrom", {})
    }


def test_an_install_makes_long_random_secrets_that_differ():
    data = {key: value for key, value in data_of(rendered()).items() if value}
    assert set(data_of(rendered())) - data.keys() == {"smtp-password"}
    assert len(set(data.values())) == len(data)
    assert all(len(value) == 48 and value.isalnum() for value in data.values())
    assert data_of(rendered()).keys() == data.keys() | {"smtp-password"}
    assert data_of(rendered())["secret-key"] != data["secret-key"]


@pytest.mark.parametrize("name", ["default", "external"])
def test_pods_carry_a_checksum_of_exactly_the_keys_that_they_read(name: str, a_cluster: Cluster):
    """Some keys have another value, each time others: who reads one of them starts anew, and nobody else."""
    first = rendered("--set", "secrets.existingSecret=", name=name)
    data = a_cluster.secrets["pongpong", "pongpong"] = data_of(first)
    readers: dict[str, set[str]] = {key: set() for key in data}
    for maker, pod in pods(first):
        for key in keys_read(pod) if "helm.sh/hook" not in (maker["metadata"].get("annotations") or {}) else ():
            readers[key].add(re.sub(r"-[0-9a-f]{8}$", "", where(maker)))
    before = checksums(rendered(*a_cluster.arguments, name=name))
    keys = sorted(data)
    halves = [(bit, side) for bit in range(len(keys).bit_length()) for side in (0, 1)]
    for bit, side in halves:
        changed = {key for number, key in enumerate(keys, 1) if number >> bit & 1 == side}
        a_cluster.secrets["pongpong", "pongpong"] = data | dict.fromkeys(changed, "another")
        after = checksums(rendered(*a_cluster.arguments, name=name))
        anew = {maker for maker in after if after[maker] != before[maker]}
        assert anew == set().union(*(readers[key] for key in changed)), changed
    assert readers["database-report-service"]
    assert "Deployment/pongpong-kong" not in readers["smtp-password"]


def test_an_upgrade_keeps_every_secret_and_restarts_nothing(a_cluster: Cluster):
    first = rendered()
    a_cluster.secrets["pongpong", "pongpong"] = data_of(first)
    second = rendered(*a_cluster.arguments)
    assert data_of(second) == data_of(first)
    assert checksums(second) == checksums(first)


def test_an_upgrade_adds_what_is_new_and_keeps_the_rest(a_cluster: Cluster):
    old = data_of(rendered(name="small"))
    assert "grafana-password" not in old
    a_cluster.secrets["pongpong", "pongpong"] = old
    new = data_of(rendered(*a_cluster.arguments))
    assert {key: new[key] for key in old} == old
    assert len(new["grafana-password"]) == 48


def test_another_releases_secret_is_not_taken(a_cluster: Cluster):
    a_cluster.secrets["elsewhere", "pongpong"] = a_cluster.secrets["pongpong", "other"] = {"secret-key": "theirs"}
    assert data_of(rendered(*a_cluster.arguments))["secret-key"] != "theirs"


def test_a_value_of_yours_wins_and_restarts_who_reads_it(a_cluster: Cluster):
    mails = ["--set", "smtp.host=smtp.example.com", "--set", "smtp.user=me"]
    first = rendered(*mails)
    a_cluster.secrets["pongpong", "pongpong"] = data_of(first)
    second = rendered(*a_cluster.arguments, *mails, "--set", "secrets.values.smtp-password=mine")
    assert data_of(second)["smtp-password"] == "mine"
    assert checksums(second) != checksums(first)


def test_another_password_makes_the_jobs_that_apply_it_anew(a_cluster: Cluster):
    def jobs(things: list[Object]) -> set[str]:
        return {one["metadata"]["name"] for one in of_kind(things, "Job") if "finish" not in one["metadata"]["name"]}

    first = rendered()
    a_cluster.secrets["pongpong", "pongpong"] = data_of(first)
    assert jobs(rendered(*a_cluster.arguments)) == jobs(first)
    kong = jobs(first) - jobs(rendered(*a_cluster.arguments, "--set", "secrets.values.database-kong=mine"))
    assert [re.sub(r"-[0-9a-f]{8}$", "", name) for name in kong] == ["pongpong-db-kong"]
    administrator = jobs(rendered(*a_cluster.arguments, "--set", "secrets.values.postgres-password=mine"))
    assert all("logging" in name for name in administrator & jobs(first))


def test_a_secret_of_yours_is_used_and_none_is_made(a_cluster: Cluster):
    a_cluster.secrets["pongpong", "theirs"] = {"secret-key": "one"}
    arguments = [*a_cluster.arguments, "--set", "secrets.existingSecret=theirs"]
    things = rendered(*arguments)
    assert of_kind(things, "Secret") == []
    names = {
        one["valueFrom"]["secretKeyRef"]["name"]
        for _, pod in pods(things)
        for container in containers(pod)
        for one in container.get("env") or []
        if "secretKeyRef" in one.get("valueFrom", {})
    }
    assert names == {"theirs"}
    a_cluster.secrets["pongpong", "theirs"] = {"secret-key": "two"}
    now, before = checksums(rendered(*arguments)), checksums(things)
    assert now["Deployment/pongpong-user-service"] != before["Deployment/pongpong-user-service"]
    assert now["Deployment/pongpong-kong"] == before["Deployment/pongpong-kong"]


@pytest.mark.parametrize("name", ["default", "small", "production", "external"])
def test_every_key_that_a_pod_reads_is_in_the_secret(name: str):
    things = rendered("--set", "secrets.existingSecret=", name=name)
    wanted = {key for _, pod in pods(things) for key in keys_read(pod)}
    assert wanted <= data_of(things).keys()
    assert data_of(things).keys() - wanted <= {"smtp-password", "postgres-password", "valkey-password"}


def test_an_uninstall_leaves_the_secret_that_opens_the_data():
    (secret,) = of_kind(rendered(), "Secret")
    assert secret["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert labels(secret)["app.kubernetes.io/managed-by"] == "Helm"


def test_no_process_reads_a_secret_that_is_not_its_own():
    """Only who migrates knows the database's administrator, and nobody another service's database."""
    for maker, pod in pods(rendered()):
        keys = keys_read(pod)
        component = labels(pod)["app.kubernetes.io/component"]
        if component not in {"migrations", "postgres"}:
            assert "postgres-password" not in keys, maker["metadata"]["name"]
        assert len([key for key in keys if key.startswith("database-")]) <= 1, maker["metadata"]["name"]
