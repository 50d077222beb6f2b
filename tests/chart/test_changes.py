"""What cannot be changed afterwards is refused before anything is touched, with what to do instead; the rest is let through."""

from collections.abc import Iterator

import pytest

from tests.chart.cluster import Cluster, cluster
from tests.chart.rendering import objects, of_kind, parse, profile, template


@pytest.fixture
def a_cluster() -> Iterator[Cluster]:
    with cluster() as found:
        yield found


def install(a_cluster: Cluster, name: str, *more: str) -> None:
    """The StatefulSets of that profile are there."""
    things = parse(template(profile(name), *more)) if more else objects(name)
    for one in of_kind(things, "StatefulSet"):
        a_cluster.stateful["pongpong", one["metadata"]["name"]] = one


def upgrade(a_cluster: Cluster, name: str, *more: str) -> str:
    return template(profile(name), *a_cluster.arguments, *more)


def test_the_same_profile_goes_on(a_cluster: Cluster):
    install(a_cluster, "default")
    assert "StatefulSet" in upgrade(a_cluster, "default")


def test_another_profile_is_refused_with_what_keeps_the_volume_and_then_goes_on(a_cluster: Cluster):
    install(a_cluster, "small")
    keep: list[str] = []
    for value, name, size in (("postgresql", "postgres", "5Gi"), ("valkey", "valkey", "1Gi")):
        with pytest.raises(RuntimeError, match=f"StatefulSet pongpong-{name} was made with {size}") as refused:
            upgrade(a_cluster, "default", *keep)
        said = f"{value}.persistence.size={size}"
        assert f"(--set {said})" in str(refused.value)
        assert "docs/kubernetes.md" in str(refused.value)
        keep += ["--set", said]
    things = parse(upgrade(a_cluster, "default", *keep))
    assert {one["metadata"]["name"] for one in of_kind(things, "StatefulSet")} >= {
        "pongpong-grafana",
        "pongpong-postgres",
    }


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("postgresql.persistence.storageClass=fast", 'storage class "", and postgresql.persistence.storageClass'),
        ("valkey.persistence.size=3Gi", "valkey.persistence.size asks for 3Gi"),
        ("monitoring.prometheus.persistence.size=1Ti", "pongpong-prometheus"),
        ("monitoring.grafana.persistence.size=500Mi", "pongpong-grafana"),
        ("logging.elasticsearch.persistence.storageClass=slow", "pongpong-elasticsearch"),
        ("postgresql.persistence.existingClaim=mine", "postgresql.persistence.existingClaim would give it another"),
        ("serviceNamePrefix=blue-", "serviceNamePrefix would make it blue-postgres"),
    ],
)
def test_each_thing_that_kubernetes_never_changes_is_refused_by_name(a_cluster: Cluster, value: str, word: str):
    install(a_cluster, "default")
    with pytest.raises(RuntimeError, match=word.replace("(", r"\(")):
        upgrade(a_cluster, "default", "--set", value)


def test_a_claim_that_was_there_before_stays_the_one(a_cluster: Cluster):
    mine = "--set", "valkey.persistence.existingClaim=mine"
    install(a_cluster, "default", *mine)
    assert upgrade(a_cluster, "default", *mine, "--set", "valkey.persistence.size=9Gi")
    with pytest.raises(RuntimeError, match=r"without valkey\.persistence\.existingClaim"):
        upgrade(a_cluster, "default")


def test_what_becomes_of_a_claim_may_change(a_cluster: Cluster):
    install(a_cluster, "default")
    assert "whenDeleted: Delete" in upgrade(
        a_cluster, "default", "--set", "valkey.persistence.retention.whenDeleted=Delete"
    )


def test_a_size_is_the_same_however_it_is_written(a_cluster: Cluster):
    install(a_cluster, "default")
    assert upgrade(a_cluster, "default", "--set", "postgresql.persistence.size=20480Mi,valkey.persistence.size=2048Mi")


def test_a_database_with_users_in_it_does_not_go_by_the_way(a_cluster: Cluster):
    install(a_cluster, "small")
    with pytest.raises(RuntimeError, match="every user and endpoint in its volume"):
        upgrade(a_cluster, "external")
    a_cluster.stateful.clear()
    assert upgrade(a_cluster, "external")


def test_what_holds_nothing_for_good_may_go(a_cluster: Cluster):
    install(a_cluster, "default")
    off = 'valkey={"enabled":false}', 'externalValkey={"host":"valkey.example.com"}', 'monitoring={"enabled":false}'
    assert upgrade(a_cluster, "default", *(part for value in off for part in ("--set-json", value)))


def test_another_releases_volumes_say_nothing(a_cluster: Cluster):
    a_cluster.stateful["elsewhere", "pongpong-postgres"] = of_kind(objects("small"), "StatefulSet")[0]
    assert upgrade(a_cluster, "default")
