"""What stands in front of the services takes bodies as large as they do, by path, and passes them on whole."""

import json
from collections.abc import Sequence

import pytest
import yaml

from common.fleet import fleet, host_name
from deploy.kong.declaration import READ_TIMEOUT
from tests.chart.rendering import CHART, PROFILES, Object, objects, of_kind, parse, profile, template

LARGE = {
    f"/{host_name(name)}{path}": size
    for name, service in fleet().public.items()
    for path, size in service.bodies.items()
}
PATHS = [*LARGE, *(f"{path}/" for path in LARGE), "/endpoint-service/endpoints", "/user-service/login", "/"]
NGINX = "nginx.ingress.kubernetes.io/"


def wanted(path: str) -> int:
    return LARGE.get(path, fleet().body)


def site_of(routes: Sequence[tuple[str, str, bool, Object]], host: str, path: str) -> Object:
    """The metadata of what answers there: an exact path goes before the longest prefix."""
    found = [
        (exact, len(where), metadata)
        for one, where, exact, metadata in routes
        if one == host and (path == where if exact else (path + "/").startswith(where.rstrip("/") + "/"))
    ]
    return max(found, key=lambda one: one[:2])[2]


def ingress_routes(things: Sequence[Object]) -> list[tuple[str, str, bool, Object]]:
    return [
        (rule["host"], path["path"], path["pathType"] == "Exact", one["metadata"])
        for one in of_kind(things, "Ingress")
        for rule in one["spec"]["rules"]
        for path in rule["http"]["paths"]
    ]


def gateway_routes(things: Sequence[Object]) -> list[tuple[str, str, bool, Object]]:
    return [
        (host, match["path"]["value"], match["path"]["type"] == "Exact", one["metadata"])
        for one in of_kind(things, "HTTPRoute")
        for host in one["spec"]["hostnames"]
        for rule in one["spec"]["rules"]
        for match in rule["matches"]
    ]


def test_the_values_are_those_of_the_fleet() -> None:
    bodies = yaml.safe_load((CHART / "values.yaml").read_text())["bodies"]
    assert bodies["most"] == fleet().body
    assert dict.fromkeys(bodies["larger"]["paths"], bodies["larger"]["most"]) == LARGE


@pytest.mark.parametrize("name", [one.name for one in PROFILES if of_kind(objects(one.name), "Ingress")])
def test_ingress_nginx_takes_as_much_as_the_services_and_buffers(name: str) -> None:
    routes = ingress_routes(objects(name))
    for host, path in [("api.pongpong.io", path) for path in PATHS] + [("pongpong.io", "/"), ("pongpong.io", "/docs")]:
        annotations = site_of(routes, host, path)["annotations"]
        assert int(annotations[f"{NGINX}proxy-body-size"]) == wanted(path), path
        assert annotations[f"{NGINX}proxy-request-buffering"] == annotations[f"{NGINX}proxy-buffering"] == "on"
        assert int(annotations[f"{NGINX}proxy-read-timeout"]) * 1000 > READ_TIMEOUT


def kong_takes(things: Sequence[Object], metadata: Object) -> int:
    sizes = {
        one["metadata"]["name"]: one["config"]["allowed_payload_size"]
        for one in of_kind(things, "KongPlugin")
        if one["config"]["size_unit"] == "bytes" and one["plugin"] == "request-size-limiting"
    }
    annotations = metadata["annotations"]
    assert annotations["konghq.com/request-buffering"] == annotations["konghq.com/response-buffering"] == "true"
    (size,) = [sizes[plugin] for plugin in annotations["konghq.com/plugins"].split(",") if plugin in sizes]
    return int(size)


KONG = (
    "--set-json", 'ingress={"controller":"kong"}', "--set-json",
    'gatewayApi={"enabled":true,"controller":"kong","parentRefs":[{"name":"public"}]}',
)  # fmt: skip


@pytest.mark.parametrize("routes_of", [ingress_routes, gateway_routes])
def test_a_kong_in_front_does_too(routes_of) -> None:
    things = parse(
        template(profile("default"), *KONG, "--set-json", 'ingress.annotations={"konghq.com/plugins":"mine"}')
    )
    routes = routes_of(things)
    for path in PATHS:
        assert kong_takes(things, site_of(routes, "api.pongpong.io", path)) == wanted(path), path
    assert kong_takes(things, site_of(routes, "pongpong.io", "/")) == fleet().body
    if routes_of is ingress_routes:
        assert "mine" in site_of(routes, "api.pongpong.io", PATHS[0])["annotations"]["konghq.com/plugins"].split(",")


@pytest.mark.parametrize("controller", ["nginx", "kong"])
def test_yours_go_before_ours_and_one_certificate_is_asked_for_once(controller: str) -> None:
    yours = {f"{NGINX}proxy-body-size": "1m", "cert-manager.io/cluster-issuer": "letsencrypt", "a.example/b": "c"}
    settings = json.dumps({"controller": controller, "annotations": yours})
    things = parse(template(profile("default"), "--set-json", f"ingress={settings}"))
    for ingress in of_kind(things, "Ingress"):
        annotations = ingress["metadata"]["annotations"]
        assert annotations[f"{NGINX}proxy-body-size"] == "1m"
        assert annotations["a.example/b"] == "c"
        assert ("cert-manager.io/cluster-issuer" in annotations) == (not ingress["metadata"]["name"].endswith("-large"))


def test_another_controller_is_told_nothing() -> None:
    things = parse(template(profile("default"), "--set", "ingress.controller=none"))
    assert [one["metadata"]["name"] for one in of_kind(things, "Ingress")] == [
        "pongpong-web", "pongpong-api", "pongpong-admin",
    ]  # fmt: skip
    assert not any("annotations" in one["metadata"] for one in of_kind(things, "Ingress"))


@pytest.mark.parametrize("name", [one.name for one in PROFILES])
def test_grafana_and_kibana_keep_their_own_limits_and_no_kong_resource_is_asked_for(name: str) -> None:
    things = objects(name)
    assert not of_kind(things, "KongPlugin")
    for site in [*of_kind(things, "Ingress"), *of_kind(things, "HTTPRoute")]:
        if site["metadata"]["name"].endswith("-admin"):
            assert f"{NGINX}proxy-body-size" not in (site["metadata"].get("annotations") or {})
