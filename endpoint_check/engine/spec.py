"""What to probe: an endpoint's spec, decoded strictly. endpoint_service validates for people, this for safety."""

import re
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec

KINDS = Literal["http", "tcp", "tls", "dns", "ping"]
RECORD_TYPES = Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"]
METHODS = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
MAX_HEADERS = 50
MAX_REDIRECTS = 20
DEFAULT_BODY_KIB, MAX_BODY_KIB = 1024, 10 * 1024
"""How much of an answer is read, unless its spec says otherwise, and at most."""
MAX_TIMEOUT = 120
"""Seconds; a leased check has to end."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FORBIDDEN = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer",
    "upgrade", "expect",
})  # fmt: skip
_FORBIDDEN_PREFIXES = ("x-consumer-", "x-credential-", "x-internal-", "x-anonymous-consumer")
MAX_WARNINGS = 10
Days = Annotated[float, msgspec.Meta(ge=0, le=3650)]


class InvalidSpec(ValueError):
    """The spec cannot be probed; the text says why, for people."""


class Assertion(msgspec.Struct, frozen=True):
    """One condition on the answer. `target` is a header's name or a JSONPath; the other kinds have none."""

    kind: Literal[
        "header", "body_contains", "body_not_contains", "body_regex", "json_path", "response_time", "certificate_days"
    ]
    target: str = ""
    operator: str = ""
    value: Any = None


class Auth(msgspec.Struct, frozen=True):
    """Credentials for HTTP: `basic` takes a name and a password, `bearer` a token."""

    kind: Literal["basic", "bearer"]
    username: str = ""
    password: str = ""
    token: str = ""


class Options(msgspec.Struct, frozen=True):
    """The rest of what the engine knows."""

    follow_redirects: bool = True
    max_redirects: Annotated[int, msgspec.Meta(ge=0, le=MAX_REDIRECTS)] = 10
    verify_tls: bool = True
    degraded_ms: float | None = None
    http_version: Literal["auto", "1.1", "2", "3"] = "auto"
    ip_version: Literal["auto", "4", "6"] = "auto"
    auth: Auth | None = None
    record_type: RECORD_TYPES = "A"
    expected: list[str] = []
    max_body_kib: Annotated[int, msgspec.Meta(ge=1, le=MAX_BODY_KIB)] = DEFAULT_BODY_KIB
    certificate_warnings: Annotated[list[Days], msgspec.Meta(max_length=MAX_WARNINGS)] | None = None


class Spec(msgspec.Struct, frozen=True):
    """An endpoint's spec in the fields of docs/architecture.md; `interval` and `timeout` in seconds."""

    url: str
    kind: KINDS = "http"
    method: METHODS = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    interval: float = 60
    timeout: Annotated[float, msgspec.Meta(ge=0.01, le=MAX_TIMEOUT)] = 10
    expected_status: str = "200-299"
    assertions: list[Assertion] = []
    failure_threshold: int = 3
    recovery_threshold: int = 2
    options: Options = Options()
    secrets: str | None = None


_decoder = msgspec.json.Decoder(Spec)


def spec_of(text: str | bytes) -> Spec:
    """The spec in `text` (JSON) with its secrets in place; raises `InvalidSpec`."""
    try:
        spec = _decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise InvalidSpec(str(error)) from error
    if spec.secrets:
        spec = _with_secrets(spec)
    if spec.headers:
        _check_headers(spec.headers)
    auth = spec.options.auth
    if auth is not None and _UNPRINTABLE.search(auth.username + auth.password + auth.token):
        raise InvalidSpec("The credentials have control characters in them.")
    return spec


def _with_secrets(spec: Spec) -> Spec:
    """Put `{"headers": {...}, "auth": {...}}` where the feed shows masks."""
    try:
        found, headers = _opened(spec.secrets or ""), hidden_headers(spec)
        hidden = {name.lower() for name in headers}
        kept = {name: value for name, value in spec.headers.items() if name.lower() not in hidden}
        options = spec.options
        if found.get("auth"):
            options = msgspec.structs.replace(options, auth=msgspec.convert(found["auth"], Auth))
    except (ValueError, AttributeError) as error:
        raise InvalidSpec("The secrets of this endpoint cannot be read.") from error
    return msgspec.structs.replace(spec, headers=kept | headers, options=options)


def hidden_headers(spec: Spec) -> dict[str, str]:
    """The headers of a spec by `spec_of` whose values nobody may see."""
    headers: dict[str, str] = _opened(spec.secrets).get("headers") or {} if spec.secrets else {}
    return {name: value for name, value in headers.items() if isinstance(value, str)}


@lru_cache(maxsize=2048)
def _opened(token: str) -> dict[str, Any]:
    """Decrypting takes as long as a third of a probe, and the same secrets come every interval."""
    # Imported here, since the terminal client probes with this engine and has no Django, nor secrets to open.
    from common.crypto import decrypt  # noqa: PLC0415

    found: dict[str, Any] = decrypt(token)
    return found


def _check_headers(headers: dict[str, str]) -> None:
    """Refuse what could pose as the gateway, name another host or smuggle a request; raises `InvalidSpec`."""
    if len(headers) > MAX_HEADERS:
        raise InvalidSpec(f"At most {MAX_HEADERS} headers can be sent.")
    for name, value in headers.items():
        # Some servers take X_Internal_Token for X-Internal-Token.
        plain = name.lower().replace("_", "-")
        if not _TOKEN.fullmatch(name):
            raise InvalidSpec("A header's name has characters that HTTP does not allow.")
        if plain in _FORBIDDEN or plain.startswith(_FORBIDDEN_PREFIXES):
            raise InvalidSpec(f"The header {name} cannot be set.")
        if _UNPRINTABLE.search(value) or len(value) > 8192:
            raise InvalidSpec(f"The value of the header {name} is not allowed.")
