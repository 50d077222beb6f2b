"""Who owns the number of replicas: the chart, or a scaler; and none of them takes it from the other."""

import pytest

from tests.chart.cluster import Cluster, cluster
from tests.chart.rendering import Object, component, of_kind, parse, profile, template

ON = ("--set", "services.user-service.autoscaling.enabled=true", "--set", "defaults.http.replicas=3")
EXTERNAL = ("--set", "services.user-service.autoscaling.external=true")
NOBODY = ("--set", "services.user-service.autoscaling.enabled=false")
HELM, HELM_3 = ("helm", "Apply"), ("helm", "Update")
SCALER = ("kube-controller-manager", "Update")


@pytest.fixture
def a_cluster():
    with cluster() as found:
        yield found


def deployment(things: list[Object]) -> Object:
    (found,) = [one for one in of_kind(things, "Deployment") if component(one) == "user-service"]
    spec: Object = found["spec"]
    return spec


def live(a_cluster: Cluster, replicas: int, *, applied_by: tuple[str, str], owners: list[tuple[str, str]]) -> None:
    """The Deployment as the API server has it; `owners` set its number of replicas."""
    managed = [{"manager": applied_by[0], "operation": applied_by[1], "fieldsV1": {"f:spec": {"f:template": {}}}}]
    managed += [
        {"manager": manager, "operation": operation, "fieldsV1": {"f:spec": {"f:replicas": {}}}}
        for manager, operation in owners
    ]
    a_cluster.deployments["pongpong", "pongpong-user-service"] = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "pongpong-user-service", "namespace": "pongpong", "managedFields": managed},
        "spec": {"replicas": replicas},
    }


def rendered(*more: str) -> list[Object]:
    return parse(template(profile("default"), *more))


@pytest.mark.parametrize("scaled", [ON, EXTERNAL])
def test_without_a_cluster_to_ask_a_scaled_deployment_names_no_number(scaled: tuple[str, ...]):
    things = rendered(*scaled)
    assert "replicas" not in deployment(things)
    assert [component(one) for one in of_kind(things, "HorizontalPodAutoscaler")] == (
        ["user-service"] if scaled == ON else []
    )
    assert all("replicas" in one["spec"] for one in of_kind(things, "Deployment") if component(one) != "user-service")


@pytest.mark.parametrize("scaled", [ON, EXTERNAL])
def test_switching_a_scaler_on_keeps_the_number_that_runs(a_cluster: Cluster, scaled: tuple[str, ...]):
    """Left out while Helm alone owned it, it fell to 1 until the scaler looked."""
    live(a_cluster, 4, applied_by=HELM, owners=[HELM])
    assert deployment(rendered(*a_cluster.arguments, *scaled))["replicas"] == 4


def test_a_number_that_the_scaler_set_is_its_own(a_cluster: Cluster):
    live(a_cluster, 5, applied_by=HELM, owners=[SCALER])
    assert "replicas" not in deployment(rendered(*a_cluster.arguments, *ON))
    # Both of them, as after a scaler that set what was there already.
    live(a_cluster, 5, applied_by=HELM, owners=[HELM, SCALER])
    assert "replicas" not in deployment(rendered(*a_cluster.arguments, *ON))
    # And nobody, as after an install that left it out.
    live(a_cluster, 1, applied_by=HELM, owners=[])
    assert "replicas" not in deployment(rendered(*a_cluster.arguments, *ON))


@pytest.mark.parametrize("owner", [HELM_3, SCALER])
def test_helm_3_is_told_the_number_that_runs(a_cluster: Cluster, owner: tuple[str, str]):
    """It compares with the manifest of before: a number that is not there any more would become 1."""
    live(a_cluster, 6, applied_by=HELM_3, owners=[owner])
    assert deployment(rendered(*a_cluster.arguments, *ON))["replicas"] == 6


def test_without_a_scaler_the_values_say_how_many(a_cluster: Cluster):
    live(a_cluster, 7, applied_by=HELM, owners=[("kubectl", "Update")])
    assert deployment(rendered(*a_cluster.arguments, *NOBODY))["replicas"] == 2
