"""Kong's services, routes and plugins, made of the fleet data, in the declarative format 3.0.

What each plugin does against what, and what Kong lets through without it, was seen on a running Kong 3.9; a request
that breaks one of these rules is a test in `tests/test_kong.py` and `tests/gateway_contract`.
"""

from pathlib import Path
from typing import Any

import yaml

from common.fleet import fleet, host_name
from deploy.gateway import CORS_EXPOSED, CORS_HEADERS, CORS_METHODS, CORS_SECONDS, KEY, MAX_BODY_MEGABYTES

FILE = Path(__file__).with_name("kong.yaml")
ORIGINS = ["https://pongpong.io", "https://www.pongpong.io"]
"""Pages that may call the API from a browser; an installation of another name replaces them."""
ANONYMOUS = "anonymous"
UNWANTED = [KEY, "X-Credential-Username", "X-Internal-Token"]
"""Headers of the client's that key-auth lets pass; a key is among them where it came twice, which counts as none."""
READ_TIMEOUT = 75_000
"""Milliseconds; a check now may take as long as its own timeout."""

_HEAD = """# Made by `python -m deploy.kong` from common/fleet.toml; do not edit.
#
# `kong config db_import kong.yaml` may be run again and again: it leaves the users' consumers alone. Running nodes serve
# it after `kong reload`. Beside this file Kong needs KONG_NGINX_PROXY_UNDERSCORES_IN_HEADERS=off, or X_Consumer_Custom_ID
# would pass, and KONG_TRUSTED_IPS with KONG_REAL_IP_HEADER=X-Forwarded-For, or every client would be one address.
"""

Entity = dict[str, Any]


def declaration() -> Entity:
    """The whole file as data."""
    return {
        "_format_version": "3.0",
        # Without a custom_id: services take a request for logged in only where there is one.
        "consumers": [{"username": ANONYMOUS}],
        "services": [entity for name in fleet().public for entity in _services(name)],
        "plugins": [
            _plugin("cors", _CORS),
            _plugin("correlation-id", {"header_name": "X-Request-ID", "generator": "uuid", "echo_downstream": True}),
            _plugin("request-transformer", {"remove": {"headers": UNWANTED}}),
            _plugin(
                "request-size-limiting",
                {
                    "allowed_payload_size": MAX_BODY_MEGABYTES,
                    "size_unit": "megabytes",
                    "require_content_length": False,
                },
            ),
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


_CORS: Entity = {
    "origins": ORIGINS,
    "methods": CORS_METHODS,
    "headers": CORS_HEADERS,
    "exposed_headers": CORS_EXPOSED,
    "credentials": False,
    "max_age": CORS_SECONDS,
    "preflight_continue": False,
}


def _services(name: str) -> list[Entity]:
    """The service, and one more for each of its limited paths.

    A limit belongs to a route, and Kong strips of a path what the route's expression matches (its router has no
    look-ahead), so a route of one whole path needs a service that puts this path back.
    """
    host = host_name(name)
    entities = [_service(host, f"http://{host}/api", {"paths": [f"~/{host}(?:/|$)"], "regex_priority": 0}, [])]
    for path, limit in fleet().services[name].limits.items():
        own = f"{host}-{path.strip('/').replace('/', '-')}"
        route = {"paths": [f"~/{host}/+{path.lstrip('/')}$"], "regex_priority": 1, "methods": ["POST"]}
        limiting = _plugin(
            "rate-limiting",
            {
                "minute": limit,
                "limit_by": "ip",
                "policy": "local",
                "fault_tolerant": True,
                "hide_client_headers": False,
                "error_code": 429,
                "error_message": "Too many requests. Try again later.",
            },
            own,
        )
        entities.append(_service(own, f"http://{host}/api{path}", route, [limiting]))
    return entities


def _service(name: str, url: str, route: Entity, plugins: list[Entity]) -> Entity:
    """Every service has key-auth: without it Kong would pass a client's own X-Consumer-Custom-ID on."""
    key_auth = {
        "key_names": [KEY],
        "key_in_header": True,
        "key_in_query": True,
        "key_in_body": False,
        "hide_credentials": True,
        "anonymous": ANONYMOUS,
        # Off, OPTIONS would pass with the key and with a consumer header of the client's own.
        "run_on_preflight": True,
    }
    return {
        "name": name,
        "url": url,
        "connect_timeout": 5_000,
        "read_timeout": READ_TIMEOUT,
        "write_timeout": READ_TIMEOUT,
        "retries": 1,
        "routes": [{"name": name, **route, "strip_path": True, "preserve_host": False}],
        "plugins": [_plugin("key-auth", key_auth, name), *plugins],
    }


def _plugin(name: str, config: Entity, service: str = "") -> Entity:
    """The instance name is what Kong makes the plugin's id of, so that a second import finds it."""
    return {"name": name, "instance_name": f"{name}-{service}" if service else name, "config": config}


class _Dumper(yaml.SafeDumper):
    """Without anchors, which nobody likes to read; lists are indented below their key."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)
