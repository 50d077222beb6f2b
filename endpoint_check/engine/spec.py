"""What to probe: an endpoint's spec, decoded strictly. endpoint_service validates for people, this for safety."""

from functools import lru_cache
from typing import Annotated, Any

import msgspec

from common.contracts import endpoint
from common.contracts.causes import Cause, because, text_cause
from common.contracts.check_kinds import KINDS
from common.contracts.fields import clean
from common.contracts.headers import clean_headers
from common.contracts.invalid import Invalid
from common.contracts.options import OPTIONS, Auth

MAX_TIMEOUT = 120
"""Seconds; a leased check has to end."""


class InvalidSpec(ValueError):
    """The spec cannot be probed; the cause says why, for people."""

    def __init__(self, cause: Cause | str) -> None:
        self.cause = cause if isinstance(cause, Cause) else text_cause(cause)
        super().__init__(str(self.cause))


class Spec(endpoint.Spec, frozen=True, kw_only=True):
    """An endpoint's spec; who checks by the engine alone may say parts of seconds."""

    url: str
    interval: float = 60  # type: ignore[assignment]
    timeout: Annotated[float, msgspec.Meta(ge=0.01, le=MAX_TIMEOUT)] = 10  # type: ignore[assignment]


_decoder = msgspec.json.Decoder(Spec)


def spec_of(text: str | bytes) -> Spec:
    """The spec in `text` (JSON) with its secrets in place; raises `InvalidSpec`."""
    try:
        spec = _decoder.decode(text)
    except msgspec.MsgspecError as error:
        raise InvalidSpec(str(error)) from error
    if spec.kind not in KINDS:
        raise InvalidSpec(because("kind_unknown", kind=spec.kind[:50]))
    if spec.secrets:
        spec = _with_secrets(spec)
    if spec.headers:
        _check_headers(spec.headers)
    if spec.options.auth is not None:
        _check_credentials(spec.options.auth)
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
        raise InvalidSpec(because("secrets_unreadable")) from error
    return msgspec.structs.replace(spec, headers=kept | headers, options=options)


def hidden_headers(spec: Spec) -> dict[str, str]:
    """The headers of a spec by `spec_of` whose values nobody may see."""
    headers: dict[str, str] = _opened(spec.secrets).get("headers") or {} if spec.secrets else {}
    return {name: value for name, value in headers.items() if isinstance(value, str)}


@lru_cache(maxsize=2048)
def _opened(token: str) -> dict[str, Any]:
    """Decrypting takes as long as a third of a probe, and the same secrets come every interval."""
    # Imported here, since the terminal client probes with this engine and has no Django, nor secrets to open.
    from common.security.crypto import decrypt  # noqa: PLC0415

    found: dict[str, Any] = decrypt(token)
    return found


def _check_headers(headers: dict[str, str]) -> None:
    """Refuse what could pose as the gateway, name another host or smuggle a request; raises `InvalidSpec`."""
    try:
        clean_headers(headers)
    except Invalid as error:
        raise InvalidSpec(because("header_forbidden", name=error.path)) from error


def _check_credentials(auth: Auth) -> None:
    try:
        clean(OPTIONS["auth"], msgspec.to_builtins(auth))
    except Invalid as error:
        raise InvalidSpec(because("credentials_odd")) from error
