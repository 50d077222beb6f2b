"""The local gateway: a Caddyfile made of the fleet data, with the same contract towards services as Kong's file.

The order inside a `route` block counts; inside `handle` Caddy would sort the directives, and the key would be gone
before the key check. Around it stands a `handle`, since Caddy puts every `handle`, the last resort too, before `route`.
"""

from common.fleet import fleet, host_name
from deploy.local.data_dir import DataDir

MAX_BODY = "10MB"

_HEAD = """{{
	admin off
	auto_https off
	persist_config off
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
			forward_auth 127.0.0.1:{auth_port} {{
				uri /auth
				header_up X-Internal-Token {{$INTERNAL_TOKEN}}
				copy_headers X-Consumer-Custom-ID X-Credential-Identifier
			}}
			request_header -apikey
			uri query -apikey
			uri strip_prefix /{path}
			rewrite * /api{{uri}}
			reverse_proxy 127.0.0.1:{port} {{
				header_up X-Internal-Token {{$INTERNAL_TOKEN}}
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
	@internal path /health/* /metrics /schema /docs
	respond @internal 404
	reverse_proxy 127.0.0.1:{upstream}
	handle_errors {{
		respond "pongpong is starting or restarting. Reload in a moment." 503
	}}
}}
"""


def caddyfile(data: DataDir) -> str:
    """The whole configuration, for the addresses that `up` was told."""
    settings, ports = data.settings(), data.known_ports()
    routes = "\n".join(
        _ROUTE.format(name=name, path=host_name(name), port=ports[name], auth_port=ports["user_service"])
        for name in fleet().public
    )
    return (
        _HEAD.format()
        + _GATEWAY.format(port=settings["gateway_port"], listen=settings["listen"], max_body=MAX_BODY, routes=routes)
        + _FRONTEND.format(port=settings["frontend_port"], listen=settings["listen"], upstream=ports["frontend"])
    )
