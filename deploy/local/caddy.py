"""The local gateway: a Caddyfile made of the fleet data, with the same contract towards services as Kong's file.

The order inside a `route` block counts; inside `handle` Caddy would sort the directives, and the key would be gone
before the key check. Around it stands a `handle`, since Caddy puts every `handle`, the last resort too, before `route`.
Slow clients are Caddy's: an ordinary body is whole before a service is asked, an answer is taken off its hands as far as it
fits, and neither may stop or drip for long. Buffers are memory here, so they are small; what is larger the services keep
themselves, within bounds (`common.serving`).

The time for a body is one deadline for all of it. Caddy's own `read_body_idle`, and the directive `timeouts` by path, end a body
that stops as well, but take the deadline away with it, and Go's server then reads up to 256 KiB of what was announced before
it answers or closes, for as long as the client likes (seen with 2.11.7: no answer, open for good).
"""

from collections.abc import Mapping

from common.fleet import fleet, host_name
from common.serving.arriving import ARRIVES_WITHIN, SLOWEST
from deploy.gateway import CORS_EXPOSED, CORS_HEADERS, CORS_METHODS, CORS_SECONDS, KEY

_HEAD = """{{
	admin off
	auto_https off
	persist_config off
	grace_period 3s
	servers {{{trusted}
		max_header_size 64KiB
		timeouts {{
			read_header 10s
			read_body {body_seconds:.0f}s
			read_body_idle -1s
			write_idle 30s
			idle 60s
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
{bounds}
			request_header -{key}
			uri query -{key}
			uri strip_prefix /{path}
			rewrite * /api{{uri}}
			reverse_proxy 127.0.0.1:{port} {{
				header_up X-Gateway-Token {{$GATEWAY_TOKEN:unset}}
				header_up X-Forwarded-For {{client_ip}}
				request_buffers {buffer}
				response_buffers {buffer}
			}}
		}}
	}}"""

_LARGE_BODY = """method POST
				path_regexp ^/{path}(?:{paths})$
				header X-Consumer-Custom-ID *"""
"""Only who is logged in has something large to say; this stands behind the key check."""
_BODY = """			@{matcher} {condition}
			request_body @{matcher} {{
				max_size {size}
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
	request_body {{
		max_size {body}
	}}
	reverse_proxy 127.0.0.1:{upstream} {{
		header_up X-Forwarded-For {{client_ip}}
		request_buffers {buffer}
		response_buffers {buffer}
	}}
	handle_errors {{
		@too_large expression `{{http.error.status_code}} == 413`
		respond @too_large "This is too large." 413
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


BUFFER = "64KiB"
"""Of a body and of an answer."""


def caddyfile(settings: Mapping[str, str | int], ports: Mapping[str, int], *, web_app: str, max_body: int) -> str:
    """The whole configuration, for the addresses that `up` was told and the services' ports.

    Pages of `web_app`, and no others, may call the API from a browser. No body is larger than `max_body` bytes, as the
    services have it (MAX_BODY_BYTES).
    """
    routes = "\n".join(
        _ROUTE.format(
            name=name,
            path=host_name(name),
            port=ports[name],
            auth_port=ports["user_service"],
            key=KEY,
            bounds=_bounds(name, max_body),
            buffer=BUFFER,
        )
        for name in fleet().public
    )
    listen = _listen(str(settings["listen"]))
    trusted = settings.get("trusted_proxies")
    return (
        _HEAD.format(
            trusted=_TRUSTED.format(networks=trusted) if trusted else "",
            body_seconds=ARRIVES_WITHIN + min(fleet().largest_body, max_body) / SLOWEST,
        )
        + _GATEWAY.format(
            port=settings["gateway_port"],
            listen=listen,
            origin="/".join(web_app.split("/")[:3]),
            exposed=", ".join(CORS_EXPOSED),
            methods=", ".join(CORS_METHODS),
            headers=", ".join(CORS_HEADERS),
            seconds=CORS_SECONDS,
            routes=routes,
        )
        + _FRONTEND.format(
            port=settings["frontend_port"],
            listen=listen,
            upstream=ports["frontend"],
            body=min(fleet().body, max_body),
            buffer=BUFFER,
        )
    )


def _bounds(name: str, max_body: int) -> str:
    """How large bodies may be: two matchers, of which each request fits one."""
    service, path = fleet().services[name], host_name(name)
    lines, larger = [], []
    for number, size in enumerate(sorted({min(size, max_body) for size in service.bodies.values()})):
        paths = "|".join(where for where, most in service.bodies.items() if min(most, max_body) == size)
        larger.append(_LARGE_BODY.format(path=path, paths=paths))
        condition = f"{{\n\t\t\t\t{larger[-1]}\n\t\t\t}}"
        matcher = f"large_{number}_{name}"
        lines.append(_BODY.format(matcher=matcher, condition=condition, size=size))
    excepted = "".join(f"\n\t\t\t\tnot {{\n\t\t\t\t{condition}\n\t\t\t\t}}" for condition in larger)
    ordinary = f"{{{excepted}\n\t\t\t}}" if larger else "path *"
    size = min(fleet().body, max_body)
    lines.append(_BODY.format(matcher=f"ordinary_{name}", condition=ordinary, size=size))
    return "\n".join(lines)
