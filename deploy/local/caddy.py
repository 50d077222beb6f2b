"""The local gateway: a Caddyfile made of the fleet data, with the same contract towards services as Kong's file.

The order inside a `route` block counts; inside `handle` Caddy would sort the directives, and the key would be gone
before the key check. Around it stands a `handle`, since Caddy puts every `handle`, the last resort too, before `route`.
Ordinary bodies are read whole before a service gets them, and none may take forever: a slow client would hold a thread.
"""

from collections.abc import Mapping

from common.fleet import fleet, host_name
from deploy.gateway import CORS_EXPOSED, CORS_HEADERS, CORS_METHODS, CORS_SECONDS, KEY

_HEAD = """{{
	admin off
	auto_https off
	persist_config off
	servers {{{trusted}
		timeouts {{
			read_body 60s
		}}
	}}
	log {{
		format json
	}}
}}
"""

_GATEWAY = """
http://:{port} {{
	bind {listen}
	@without_id not header X-Request-ID *
	request_header @without_id X-Request-ID {{http.request.uuid}}
	request_body {{
		max_size {max_body}
	}}
	header +Vary Origin
	@own_page header Origin {origin}
	header @own_page {{
		Access-Control-Allow-Origin {origin}
		Access-Control-Expose-Headers "{exposed}"
	}}
	@preflight {{
		method OPTIONS
		header Origin *
		header Access-Control-Request-Method *
	}}
	handle @preflight {{
		header @own_page {{
			Access-Control-Allow-Methods "{methods}"
			Access-Control-Allow-Headers "{headers}"
			Access-Control-Max-Age {seconds}
		}}
		respond 200
	}}
{routes}
	handle {{
		header Content-Type application/json
		respond `{{"message": "no Route matched with those values", "code": "NOT_FOUND"}}` 404
	}}
	handle_errors {{
		header Content-Type application/json
		@too_large expression `{{http.error.status_code}} == 413`
		respond @too_large `{{"message": "The request is too large.", "code": "TOO_LARGE"}}` 413
		respond `{{"message": "The service does not answer.", "code": "UNAVAILABLE"}}` 503
	}}
}}
"""

_ROUTE = """	@{name} path_regexp ^/{path}(/.*)?$
	handle @{name} {{
		route {{
			request_header -X-Consumer-*
			request_header -X-Credential-*
			request_header -X-Anonymous-Consumer
			request_header -X-Internal-*
			request_header -X-Gateway-*
			forward_auth 127.0.0.1:{auth_port} {{
				uri /auth
				header_up X-Internal-Token {{$INTERNAL_TOKEN}}
				copy_headers X-Consumer-Custom-ID X-Credential-Identifier
			}}
			request_header -{key}
			uri query -{key}
			uri strip_prefix /{path}
			rewrite * /api{{uri}}
			reverse_proxy 127.0.0.1:{port} {{
				header_up X-Gateway-Token {{$GATEWAY_TOKEN:unset}}
				header_up X-Forwarded-For {{client_ip}}
				request_buffers 256KiB
			}}
		}}
	}}"""

_FRONTEND = """
http://:{port} {{
	bind {listen}
	encode zstd gzip
	@without_id not header X-Request-ID *
	request_header @without_id X-Request-ID {{http.request.uuid}}
	request_header -X-Internal-*
	request_header -X-Gateway-*
	@internal path /health/* /metrics /schema /docs
	respond @internal 404
	reverse_proxy 127.0.0.1:{upstream} {{
		header_up X-Forwarded-For {{client_ip}}
	}}
	handle_errors {{
		respond "pongpong is starting or restarting. Reload in a moment." 503
	}}
}}
"""


_TRUSTED = """
		trusted_proxies static {networks}
		trusted_proxies_strict"""
"""The nearest address that none of these proxies has is the client's; without them it is the peer's."""


def _listen(address: str) -> str:
    """Where to bind: the web app and the launcher reach the gateway on loopback, wherever else it listens."""
    return address if address in {"127.0.0.1", "0.0.0.0", "::", "localhost"} else f"{address} 127.0.0.1"  # noqa: S104


def caddyfile(settings: Mapping[str, str | int], ports: Mapping[str, int], *, web_app: str, max_body: int) -> str:
    """The whole configuration, for the addresses that `up` was told and the services' ports.

    Pages of `web_app`, and no others, may call the API from a browser. `max_body` in bytes, as the services have it.
    """
    routes = "\n".join(
        _ROUTE.format(
            name=name,
            path=host_name(name),
            port=ports[name],
            auth_port=ports["user_service"],
            key=KEY,
        )
        for name in fleet().public
    )
    listen = _listen(str(settings["listen"]))
    return (
        _HEAD.format(
            trusted=_TRUSTED.format(networks=networks) if (networks := settings.get("trusted_proxies")) else ""
        )
        + _GATEWAY.format(
            port=settings["gateway_port"],
            listen=listen,
            max_body=max_body,
            origin="/".join(web_app.split("/")[:3]),
            exposed=", ".join(CORS_EXPOSED),
            methods=", ".join(CORS_METHODS),
            headers=", ".join(CORS_HEADERS),
            seconds=CORS_SECONDS,
            routes=routes,
        )
        + _FRONTEND.format(port=settings["frontend_port"], listen=listen, upstream=ports["frontend"])
    )
