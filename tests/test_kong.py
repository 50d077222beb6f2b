"""deploy/kong/kong.yaml against the fleet data, and against every hole that was seen on a running Kong."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml

from common.fleet import fleet, host_name
from deploy.kong.declaration import FILE, PRUNING, pruning, text
from deploy.local.testing import start_parts

ROOT = Path(__file__).resolve().parents[1]
FILE_KEYS = {"_format_version", "consumers", "services", "plugins"}
SERVICE_KEYS = {
    "name", "url", "connect_timeout", "read_timeout", "write_timeout", "retries", "tags", "routes", "plugins",
}  # fmt: skip
ROUTE_KEYS = {
    "name", "paths", "methods", "regex_priority", "strip_path", "preserve_host", "request_buffering",
    "response_buffering", "tags",
}  # fmt: skip
PLUGIN_KEYS = {"name", "instance_name", "config", "tags"}
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
BODIES = [(name, path) for name, service in fleet().services.items() for path in service.bodies]


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
    assert PRUNING.read_text() == pruning(), "Run: make format"


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
    assert declared["consumers"] == [{"username": "anonymous", "tags": ["pongpong"]}]


def test_one_global_key_auth_and_no_other(declared):
    """Kong rebuilds routes and plugins apart: with one of each service's own, a new route was served without it."""
    assert plugins(declared)["key-auth"] == KEY_AUTH
    for service in declared["services"]:
        assert not {"key-auth", "request-transformer"} & plugins(service).keys(), service["name"]
        assert all(not route.get("plugins") for route in service["routes"])


def test_the_gateways_token_is_added_after_the_clients_was_removed_and_is_not_in_the_file(declared):
    transformer = plugins(declared)["request-transformer"]
    assert "X-Gateway-Token" in transformer["remove"]["headers"]
    (added,) = transformer["add"]["headers"]
    name, _, value = added.partition(":")
    assert (name, value) == ("X-Gateway-Token", "${GATEWAY_TOKEN}")
    assert FILE.read_text().count(added) == 1
    assert len(value) < 32, "a service takes no such token, so an import without one is closed"


def test_everything_carries_the_tag_by_which_it_is_removed(declared):
    services = declared["services"]
    entities = [*declared["consumers"], *services, *(route for service in services for route in service["routes"])]
    entities += [plugin for entity in (declared, *services) for plugin in entity["plugins"]]
    assert all(entity["tags"] == ["pongpong"] for entity in entities)


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


@pytest.mark.parametrize(("name", "path"), BODIES)
def test_a_larger_body_is_taken_on_its_own_paths_alone(declared, name, path):
    host = host_name(name)
    upstream = f"http://{host}/api{path}"
    assert routed(declared, f"/{host}{path}", "POST") == upstream
    (own,) = [service for service in declared["services"] if service["url"] == upstream]
    config = plugins(own)["request-size-limiting"]
    assert (config["allowed_payload_size"], config["size_unit"]) == (fleet().services[name].bodies[path], "bytes")


def test_import_and_bulk_take_ten_megabytes_and_everything_else_64_kilobytes(declared):
    assert {path for _, path in BODIES} == {"/endpoints/import", "/endpoints/bulk"}
    limits = [plugins(entity)["request-size-limiting"] for entity in (declared, *declared["services"]) if "request-size-limiting" in plugins(entity)]  # fmt: skip
    assert [limit["allowed_payload_size"] for limit in limits] == [64 * 1024, *[10 * 2**20] * len(BODIES)]
    assert all(limit["require_content_length"] is False for limit in limits)
    environment = yaml.safe_load((ROOT / "deploy" / "kong" / "environment.yaml").read_text())
    assert environment["KONG_NGINX_HTTP_CLIENT_MAX_BODY_SIZE"] == "10m"


def test_bodies_and_answers_are_buffered(declared):
    routes = [route for service in declared["services"] for route in service["routes"]]
    assert all(route["request_buffering"] and route["response_buffering"] for route in routes)


def test_login_sign_up_and_password_reset_are_limited():
    assert {path for _, path in LIMITS} >= {"/login", "/users", "/password-reset", "/password-reset/confirm"}


def test_what_holds_for_every_request(declared):
    assert plugins(declared).keys() == {
        "cors", "correlation-id", "key-auth", "request-transformer", "request-size-limiting", "prometheus",
    }  # fmt: skip
    cors = plugins(declared)["cors"]
    assert "*" not in cors["origins"], "a page of anybody's could use a gateway that only its reader can reach"
    assert (cors["credentials"], cors["preflight_continue"]) == (False, False)
    assert plugins(declared)["correlation-id"]["header_name"] == "X-Request-ID"
    assert plugins(declared)["request-transformer"]["remove"] == {
        "headers": ["apikey", "X-Credential-Username", "X-Internal-Token", "X-Gateway-Token"]
    }


KONG_TABLES = """
    CREATE TABLE services (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text UNIQUE, tags text[]);
    CREATE TABLE routes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text UNIQUE, tags text[],
        service_id uuid REFERENCES services (id));
    CREATE TABLE consumers (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), username text UNIQUE, custom_id text UNIQUE,
        tags text[]);
    CREATE TABLE plugins (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, instance_name text,
        tags text[], service_id uuid REFERENCES services (id) ON DELETE CASCADE,
        route_id uuid REFERENCES routes (id) ON DELETE CASCADE,
        consumer_id uuid REFERENCES consumers (id) ON DELETE CASCADE);
"""
"""What prune.sql touches of the tables that Kong 3.9 makes."""


@pytest.fixture
def kongs_database(declared: dict[str, Any]) -> Iterator[Any]:
    """With everything of the file in it."""
    with psycopg2.connect(f"{start_parts().database_server}/postgres") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA kong_prune; SET search_path TO kong_prune")
        cursor.execute(KONG_TABLES)
        for consumer in declared["consumers"]:
            cursor.execute("INSERT INTO consumers (username, tags) VALUES (%(username)s, %(tags)s)", consumer)
        for service in declared["services"]:
            cursor.execute("INSERT INTO services (name, tags) VALUES (%(name)s, %(tags)s)", service)
            for route in service["routes"]:
                _insert(cursor, "routes", ("name", "tags"), route, service["name"])
        for entity in (declared, *declared["services"]):
            for plugin in entity["plugins"]:
                _insert(cursor, "plugins", ("name", "instance_name", "tags"), plugin, entity.get("name"))
        yield cursor
        connection.rollback()


def _insert(cursor: Any, table: str, columns: tuple[str, ...], row: dict[str, Any], service: str | None) -> None:
    names, values = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
    own = "(SELECT id FROM services WHERE name = %(of)s)"
    cursor.execute(f"INSERT INTO {table} ({names}, service_id) VALUES ({values}, {own})", row | {"of": service})  # noqa: S608


def _held(cursor: Any) -> dict[str, list[str]]:
    found = {}
    for table, name in (("services", "name"), ("routes", "name"), ("plugins", "instance_name"), ("consumers", "username")):  # fmt: skip
        cursor.execute(f"SELECT coalesce({name}, '-') FROM {table} ORDER BY 1")  # noqa: S608
        found[table] = [row[0] for row in cursor.fetchall()]
    return found


def _prune(cursor: Any) -> None:
    """The file's own transaction would end the test's."""
    cursor.execute(re.sub(r"^(BEGIN|COMMIT);$", "", PRUNING.read_text(), flags=re.MULTILINE))


def test_pruning_leaves_what_is_in_the_file_alone(kongs_database: Any) -> None:
    before = _held(kongs_database)
    _prune(kongs_database)
    assert _held(kongs_database) == before


def test_pruning_removes_what_left_the_file(kongs_database: Any) -> None:
    before = _held(kongs_database)
    old = {"name": "weather-service", "tags": ["pongpong"]}
    kongs_database.execute("INSERT INTO services (name, tags) VALUES (%(name)s, %(tags)s)", old)
    _insert(kongs_database, "routes", ("name", "tags"), old, "weather-service")
    limit = {"name": "rate-limiting", "instance_name": "rate-limiting-weather", "tags": ["pongpong"]}
    _insert(kongs_database, "plugins", ("name", "instance_name", "tags"), limit, "weather-service")
    _insert(kongs_database, "plugins", ("name", "tags"), {"name": "acl", "tags": ["pongpong"]}, None)
    kongs_database.execute("INSERT INTO consumers (username, tags) VALUES ('nobody', '{pongpong}')")
    _prune(kongs_database)
    assert _held(kongs_database) == before


def test_pruning_removes_the_key_auth_that_each_service_had_before_there_were_tags(kongs_database: Any) -> None:
    before = _held(kongs_database)
    former = {"name": "key-auth", "instance_name": "key-auth-user-service-login"}
    _insert(kongs_database, "plugins", ("name", "instance_name"), former, "user-service-login")
    _prune(kongs_database)
    assert _held(kongs_database) == before


def test_pruning_leaves_users_and_what_was_made_by_hand(kongs_database: Any) -> None:
    kongs_database.execute("INSERT INTO consumers (username, custom_id) VALUES ('42', '42')")
    kongs_database.execute("INSERT INTO services (name, tags) VALUES ('wiki', '{company}'), ('gone', '{pongpong}')")
    by_hand = {"name": "ip-restriction", "instance_name": "office-only", "tags": ["company"]}
    _insert(kongs_database, "plugins", ("name", "instance_name", "tags"), by_hand, "user-service")
    _insert(kongs_database, "routes", ("name",), {"name": "by-hand"}, "gone")
    before = _held(kongs_database)
    _prune(kongs_database)
    assert _held(kongs_database) == before
