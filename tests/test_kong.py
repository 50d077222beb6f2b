"""deploy/kong/kong.yaml against the fleet data, and against every hole that was seen on a running Kong."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.fleet import fleet, host_name
from deploy.kong.declaration import FILE, text

ROOT = Path(__file__).resolve().parents[1]
FILE_KEYS = {"_format_version", "consumers", "services", "plugins"}
SERVICE_KEYS = {"name", "url", "connect_timeout", "read_timeout", "write_timeout", "retries", "routes", "plugins"}
ROUTE_KEYS = {"name", "paths", "methods", "regex_priority", "strip_path", "preserve_host"}
PLUGIN_KEYS = {"name", "instance_name", "config"}
KEY_AUTH = {
    "key_names": ["apikey"],
    "key_in_header": True,
    "key_in_query": True,
    "key_in_body": False,
    "hide_credentials": True,
    "anonymous": "anonymous",
    "run_on_preflight": True,
}
LIMITS = [(name, path) for name, service in fleet().services.items() for path in service.limits]


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    """The committed file."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return found


def plugins(entity: dict[str, Any]) -> dict[str, Any]:
    return {plugin["name"]: plugin["config"] for plugin in entity["plugins"]}


def routed(declared: dict[str, Any], path: str, method: str = "GET") -> str | None:
    """Where Kong leads a (normalised) path: the more attributes a route matches by, the earlier it is tried.

    Of the path goes what the expression matches; the rest follows the service's own path with one slash between.
    """
    services = sorted(declared["services"], key=lambda service: "methods" not in service["routes"][0])
    for service in services:
        (route,) = service["routes"]
        found = re.match(route["paths"][0].removeprefix("~"), path)
        if found and method in route.get("methods", [method]):
            rest = path[found.end() :].removeprefix("/")
            return str(service["url"]) + (f"/{rest}" if rest or path.endswith("/") else "")
    return None


def test_the_file_is_what_the_fleet_data_says():
    assert FILE.read_text() == text(), "Run: make format"


def test_nothing_in_it_is_unknown_to_kong(declared):
    assert set(declared) == FILE_KEYS
    assert declared["_format_version"] == "3.0"
    for service in declared["services"]:
        assert set(service) == SERVICE_KEYS
        for route in service["routes"]:
            assert ROUTE_KEYS - {"methods"} <= set(route) <= ROUTE_KEYS
        assert all(set(plugin) == PLUGIN_KEYS for plugin in service["plugins"])
    assert all(set(plugin) == PLUGIN_KEYS for plugin in declared["plugins"])


def test_names_are_unique_since_ids_are_made_of_them(declared):
    services = declared["services"]
    for names in (
        [service["name"] for service in services],
        [route["name"] for service in services for route in service["routes"]],
        [plugin["instance_name"] for entity in [declared, *services] for plugin in entity["plugins"]],
    ):
        assert len(names) == len(set(names))


def test_the_anonymous_consumer_is_the_only_one_and_has_no_custom_id(declared):
    assert declared["consumers"] == [{"username": "anonymous"}]


def test_every_service_asks_for_the_key_and_hides_it(declared):
    """Without key-auth a client's own X-Consumer-Custom-ID would pass, on OPTIONS too."""
    for service in declared["services"]:
        assert plugins(service)["key-auth"] == KEY_AUTH, service["name"]
        assert all(not route.get("plugins") for route in service["routes"])


def test_exactly_the_public_services_are_reached(declared):
    hosts = {"".join(re.findall(r"^http://([a-z-]+)/api(?:/|$)", service["url"])) for service in declared["services"]}
    assert hosts == {host_name(name) for name in fleet().public}


@pytest.mark.parametrize("name", list(fleet().public))
def test_a_path_reaches_its_service_without_the_prefix(declared, name):
    host = host_name(name)
    assert routed(declared, f"/{host}/users/1") == f"http://{host}/api/users/1"
    assert routed(declared, f"/{host}") == f"http://{host}/api"
    assert routed(declared, f"/{host}/") == f"http://{host}/api/"
    assert all(service["routes"][0]["strip_path"] for service in declared["services"])


@pytest.mark.parametrize(
    "path",
    ["/user-serviceX", "/user-service%2f..%2fx", "/User-Service/users", "/users", "/auth", "/email-service/emails",
     "/slack-service/messages", "/endpoint-check/checks", "/x/user-service/users", "/", "/frontend/"],
)  # fmt: skip
def test_what_is_no_public_service_has_no_route(declared, path):
    assert routed(declared, path) is None


@pytest.mark.parametrize(("name", "path"), LIMITS)
def test_a_limited_path_reaches_the_same_address_as_without_its_limit(declared, name, path):
    host = host_name(name)
    upstream = f"http://{host}/api{path}"
    assert routed(declared, f"/{host}{path}", "POST") == upstream
    assert routed(declared, f"/{host}{path}", "GET") == upstream
    (limited,) = [service for service in declared["services"] if service["url"] == upstream]
    config = plugins(limited)["rate-limiting"]
    assert (config["limit_by"], config["minute"]) == ("ip", fleet().services[name].limits[path])
    assert re.fullmatch(limited["routes"][0]["paths"][0].removeprefix("~"), f"/{host}/{path}"), "a doubled slash"


@pytest.mark.parametrize(("name", "path"), LIMITS)
def test_a_limited_path_is_one_that_the_service_has(name, path):
    document = (ROOT / "docs" / "openapi" / f"{name}.public.json").read_text()
    assert f'"{path}":' in document


def test_login_sign_up_and_password_reset_are_limited():
    assert {path for _, path in LIMITS} >= {"/login", "/users", "/password-reset", "/password-reset/confirm"}


def test_what_holds_for_every_request(declared):
    assert plugins(declared).keys() == {
        "cors", "correlation-id", "request-transformer", "request-size-limiting", "prometheus",
    }  # fmt: skip
    cors = plugins(declared)["cors"]
    assert "*" not in cors["origins"], "a page of anybody's could use a gateway that only its reader can reach"
    assert (cors["credentials"], cors["preflight_continue"]) == (False, False)
    assert plugins(declared)["correlation-id"]["header_name"] == "X-Request-ID"
    assert plugins(declared)["request-size-limiting"]["allowed_payload_size"] == 10
    assert plugins(declared)["request-transformer"] == {
        "remove": {"headers": ["apikey", "X-Credential-Username", "X-Internal-Token"]}
    }
