"""The secrets of a spec: kept apart and encrypted, answered as a mask, and kept when the mask is sent back.

Secret are the values of headers that `is_secret_header` names, and the password or token of `options.auth`.
They are stored and travel as `{"headers": {name: value}, "auth": {...} or null}`.
"""

from django.utils.translation import gettext as _

from common.api.errors import ValidationFailed
from common.contracts.check_kinds import origin_of
from common.contracts.fields import MASK
from common.contracts.options import secret_field
from common.security.secret_headers import is_secret_header
from endpoint_service.endpoints.values import EndpointValues, Secrets
from endpoint_service.models import Endpoint


def stored_secrets(endpoint: Endpoint | None) -> Secrets:
    """What is stored of it; nothing of none."""
    secrets: Secrets | None = endpoint.secrets if endpoint else None
    return secrets or {}


def split_headers(headers: dict[str, str], stored: Secrets | None) -> tuple[dict[str, str], dict[str, str]]:
    """`(masked, secret)` of the given headers; raises `ValidationFailed` for a mask that stands for nothing stored."""
    known = {name.lower(): value for name, value in ((stored or {}).get("headers") or {}).items()}
    secret = {}
    for name, value in headers.items():
        if not is_secret_header(name):
            continue
        if value == MASK and name.lower() not in known:
            raise ValidationFailed(errors={f"headers.{name}": [_no_value()]})
        secret[name] = known[name.lower()] if value == MASK else value
    return {name: MASK if name in secret else value for name, value in headers.items()}, secret


def split_options(
    options: dict[str, object], stored: Secrets | None
) -> tuple[dict[str, object], dict[str, str] | None]:
    """`(masked, auth)` of the given options; raises `ValidationFailed` for a mask that stands for nothing stored."""
    auth = options.get("auth")
    if not isinstance(auth, dict):
        return options, None
    field = secret_field(auth["kind"])
    if auth[field] == MASK:
        known = (stored or {}).get("auth") or {}
        if known.get("kind") != auth["kind"]:
            raise ValidationFailed(errors={f"options.auth.{field}": [_no_value()]})
        auth = auth | {field: known[field]}
    return options | {"auth": auth | {field: MASK}}, auth


def kept_fields(values: EndpointValues, stored: Secrets) -> list[str]:
    """The fields whose stored secrets stay as they are where an endpoint becomes `values`: masked, or not given."""
    secret_headers, auth = stored.get("headers") or {}, stored.get("auth")
    known = {name.lower() for name in secret_headers}
    headers = values["headers"] if "headers" in values else dict.fromkeys(secret_headers, MASK)
    kept = [f"headers.{name}" for name, value in headers.items() if value == MASK and name.lower() in known]
    if auth:
        field = secret_field(auth["kind"])
        given = values["options"].get("auth") if "options" in values else {field: MASK}
        if isinstance(given, dict) and given.get(field) == MASK:
            kept.append(f"options.auth.{field}")
    return kept


def refuse_other_origin(
    values: EndpointValues, stored: Secrets, before: tuple[str, str], after: tuple[str, str]
) -> None:
    """Raises `ValidationFailed` where a stored secret would be sent to another origin than it was given for.

    Who has come by a key alone cannot so have the secrets sent to a place of their own. `before` and `after` are kind and
    url.
    """
    origin = origin_of(*before)
    if origin == origin_of(*after):
        return
    text = _("This secret was given for %(host)s. Send its value again to use it at another address.")
    if kept := kept_fields(values, stored):
        raise ValidationFailed(errors={field: [text % {"host": origin[1]}] for field in kept})


def join_secrets(headers: dict[str, str], auth: dict[str, str] | None) -> Secrets | None:
    """What is stored: both, or None where there is no secret at all."""
    return {"headers": headers, "auth": auth} if headers or auth else None


def _no_value() -> str:
    return _("This is the mask of a stored secret, and none is stored. Send the value itself.")
