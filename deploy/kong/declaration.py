"""Kong's services, routes and plugins, made of the fleet data, in the declarative format 3.0.

What each plugin does against what, and what Kong lets through without it, was seen on a running Kong 3.9; a request
that breaks one of these rules is a test in `tests/test_kong.py` and `tests/gateway_contract`.
"""

from pathlib import Path
from typing import NotRequired, TypedDict

import yaml

from common.fleet import fleet, host_name
from deploy.gateway import CORS_EXPOSED, CORS_HEADERS, CORS_METHODS, CORS_SECONDS, KEY

FILE = Path(__file__).with_name("kong.yaml")
PRUNING = Path(__file__).with_name("prune.sql")
ORIGINS = ["https://pongpong.io", "https://www.pongpong.io"]
"""Pages that may call the API from a browser; an installation of another name replaces them."""
ANONYMOUS = "anonymous"
UNWANTED = [KEY, "X-Credential-Username", "X-Internal-Token", "X-Gateway-Token"]
"""Headers of the client's that key-auth lets pass; a key is among them where it came twice, which counts as none."""
TOKEN = "${GATEWAY_TOKEN}"  # noqa: S105  a place, no token
"""What the importer replaces by the gateway's token; services believe no identity while it stands there."""
TAG = "pongpong"
"""On everything of this file, so that what leaves the file can be told from what was made by hand."""
READ_TIMEOUT = 75_000
"""Milliseconds; a check now may take as long as its own timeout."""

_HEAD = """# Made by `python -m deploy.kong` from common/fleet.toml; do not edit.
#
# Put the gateway's token (GATEWAY_TOKEN of the services) in the place of ${GATEWAY_TOKEN}, then `kong config db_import`
# it, as often as you like: that leaves the users' consumers alone. Running nodes serve it after `kong reload`. What left
# this file is removed by prune.sql. Kong's environment has to have deploy/kong/environment.yaml.
"""

Config = dict[str, object]
"""A plugin's own settings."""


class Plugin(TypedDict):
    name: str
    instance_name: str
    config: Config
    tags: list[str]


class Route(TypedDict):
    """Which requests; `name` and how it treats them are `_service`'s."""

    paths: list[str]
    regex_priority: int
    methods: NotRequired[list[str]]


class NamedRoute(Route):
    name: str
    strip_path: bool
    preserve_host: bool
    request_buffering: bool
    response_buffering: bool
    tags: list[str]


class Service(TypedDict):
    """Times in ms."""

    name: str
    url: str
    connect_timeout: int
    read_timeout: int
    write_timeout: int
    retries: int
    tags: list[str]
    routes: list[NamedRoute]
    plugins: list[Plugin]


class Consumer(TypedDict):
    username: str
    tags: list[str]


class Declaration(TypedDict):
    _format_version: str
    consumers: list[Consumer]
    services: list[Service]
    plugins: list[Plugin]


def declaration() -> Declaration:
    """The whole file as data.

    Whom a request is taken for is decided by global plugins: Kong rebuilds routes and plugins apart, so that a plugin of
    a service's own is missing for a moment, or for longer, where a route is new.
    """
    return {
        "_format_version": "3.0",
        # Without a custom_id: services take a request for logged in only where there is one.
        "consumers": [{"username": ANONYMOUS, "tags": [TAG]}],
        "services": [entity for name in fleet().public for entity in _services(name)],
        "plugins": [
            _plugin("cors", _CORS),
            _plugin("correlation-id", {"header_name": "X-Request-ID", "generator": "uuid", "echo_downstream": True}),
            _plugin("key-auth", _KEY_AUTH),
            _plugin(
                "request-transformer",
                {"remove": {"headers": UNWANTED}, "add": {"headers": [f"X-Gateway-Token:{TOKEN}"]}},
            ),
            _size_limit(fleet().body),
            _plugin(
                "prometheus",
                {
                    "per_consumer": False,
                    "status_code_metrics": True,
                    "latency_metrics": True,
                    "bandwidth_metrics": True,
                    "upstream_health_metrics": False,
                },
            ),
        ],
    }


def text() -> str:
    """The file."""
    return _HEAD + yaml.dump(declaration(), Dumper=_Dumper, sort_keys=False, width=120)


def pruning() -> str:
    """prune.sql: removes from Kong's database what carries the tag and is not in the file any more."""
    declared = declaration()
    services = declared["services"]
    plugins = [plugin["instance_name"] for owner in (declared, *services) for plugin in owner["plugins"]]
    names = [service["name"] for service in services]
    return _PRUNING.format(
        tag=TAG,
        plugins=_listed(plugins),
        former=_listed([f"key-auth-{name}" for name in names]),
        routes=_listed([route["name"] for service in services for route in service["routes"]]),
        services=_listed(names),
        consumers=_listed([consumer["username"] for consumer in declared["consumers"]]),
    )


def _listed(names: list[str]) -> str:
    """Names of ours, so that nothing in them needs an escape."""
    return ",\n    ".join(f"'{name}'" for name in names)


_PRUNING = """-- Made by `python -m deploy.kong` from common/fleet.toml; do not edit.
--
-- Run on Kong's database after the import: removes what the file of an earlier version had made (the tag {tag}) and this
-- one does not name. What was made by hand has no such tag and stays. Nodes serve it after `kong reload`.
BEGIN;
DELETE FROM plugins WHERE (tags @> ARRAY['{tag}'] AND coalesce(instance_name, '') <> ALL (ARRAY[
    {plugins}
])) OR instance_name IN ( -- before there were tags
    {former}
);
DELETE FROM routes WHERE tags @> ARRAY['{tag}'] AND coalesce(name, '') <> ALL (ARRAY[
    {routes}
]);
DELETE FROM services WHERE tags @> ARRAY['{tag}'] AND coalesce(name, '') <> ALL (ARRAY[
    {services}
]) AND NOT EXISTS (SELECT FROM routes WHERE routes.service_id = services.id);
DELETE FROM consumers WHERE tags @> ARRAY['{tag}'] AND coalesce(username, '') <> ALL (ARRAY[
    {consumers}
]);
COMMIT;
"""

_CORS: Config = {
    "origins": ORIGINS,
    "methods": CORS_METHODS,
    "headers": CORS_HEADERS,
    "exposed_headers": CORS_EXPOSED,
    "credentials": False,
    "max_age": CORS_SECONDS,
    "preflight_continue": False,
}


_KEY_AUTH: Config = {
    "key_names": [KEY],
    "key_in_header": True,
    "key_in_query": True,
    "key_in_body": False,
    "hide_credentials": True,
    "anonymous": ANONYMOUS,
    # Off, OPTIONS would pass with the key and with a consumer header of the client's own.
    "run_on_preflight": True,
}


def _services(name: str) -> list[Service]:
    """The service, and one more for each of its paths with a limit of its own.

    A limit belongs to a route, and Kong strips of a path what the route's expression matches (its router has no
    look-ahead), so a route of one whole path needs a service that puts this path back.
    """
    host, service = host_name(name), fleet().services[name]
    entities = [_service(host, f"http://{host}/api", {"paths": [f"~/{host}(?:/|$)"], "regex_priority": 0}, [])]
    for path in [*service.limits, *(path for path in service.bodies if path not in service.limits)]:
        own = f"{host}-{path.strip('/').replace('/', '-')}"
        route: Route = {"paths": [f"~/{host}/+{path.lstrip('/')}$"], "regex_priority": 1, "methods": ["POST"]}
        plugins = []
        if path in service.limits:
            plugins.append(_rate_limit(service.limits[path], own))
        if path in service.bodies:
            plugins.append(_size_limit(service.bodies[path], own))
        entities.append(_service(own, f"http://{host}/api{path}", route, plugins))
    return entities


def _service(name: str, url: str, route: Route, plugins: list[Plugin]) -> Service:
    return {
        "name": name,
        "url": url,
        "connect_timeout": 5_000,
        "read_timeout": READ_TIMEOUT,
        "write_timeout": READ_TIMEOUT,
        "retries": 1,
        "tags": [TAG],
        # A body is whole before a service is asked, and an answer is taken off its hands: a slow client holds Kong alone.
        "routes": [
            {
                "name": name,
                **route,
                "strip_path": True,
                "preserve_host": False,
                "request_buffering": True,
                "response_buffering": True,
                "tags": [TAG],
            }
        ],
        "plugins": plugins,
    }


def _rate_limit(minute: int, service: str) -> Plugin:
    """POST requests of one address, counted before their body is read."""
    config: Config = {
        "minute": minute,
        "limit_by": "ip",
        "policy": "local",
        "fault_tolerant": True,
        "hide_client_headers": False,
        "error_code": 429,
        "error_message": "Too many requests. Try again later.",
    }
    return _plugin("rate-limiting", config, service)


def _size_limit(size: int, service: str = "") -> Plugin:
    """`size` in bytes; the service's own goes before the global one."""
    config: Config = {"allowed_payload_size": size, "size_unit": "bytes", "require_content_length": False}
    return _plugin("request-size-limiting", config, service)


def _plugin(name: str, config: Config, service: str = "") -> Plugin:
    """The instance name is what Kong makes the plugin's id of, so that a second import finds it."""
    instance = f"{name}-{service}" if service else name
    return {"name": name, "instance_name": instance, "config": config, "tags": [TAG]}


class _Dumper(yaml.SafeDumper):
    """Without anchors, which nobody likes to read; lists are indented below their key."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)
