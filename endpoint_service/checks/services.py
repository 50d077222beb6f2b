"""A check at once: of a stored endpoint or of a spec that nobody stored, by endpoint_check."""

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from common.api.errors import PeerError, ValidationFailed
from common.between.http import Peer
from common.contracts.check_kinds import DEFAULT_KIND, host_of
from common.contracts.endpoint import SPEC_FIELDS
from common.contracts.options import OPTIONS
from common.limits.slots import Slots
from common.security.crypto import encrypt
from endpoint_service.endpoints.values import EndpointValues
from endpoint_service.errors import ChecksBusy
from endpoint_service.models import Endpoint

GRACE = 10.0
"""Seconds that endpoint_check may take beyond the spec's own timeout: redirects' look-ups, the way there and back."""
ANONYMOUS_MAX_TIMEOUT = 10
ANONYMOUS_OPTIONS = {name for name, option in OPTIONS.items() if option.about.is_open}
NOT_PUBLIC = "The name leads to no public address"
"""What visitors are told of whatever is not public, and of what is not there at all: the two look the same to them."""
_NOT_PUBLIC_CODES = {"dns_failure", "blocked_address"}
_slots = Slots(lambda: settings.CHECKS_AT_ONCE, ChecksBusy)


def spec_of(endpoint: Endpoint) -> dict[str, object]:
    """The spec as it travels: with masks, and their values in `secrets` (encrypted, or None)."""
    spec = {field: getattr(endpoint, field) for field in SPEC_FIELDS}
    secrets = encrypt(endpoint.secrets) if endpoint.secrets else None
    return spec | {"version": endpoint.version, "secrets": secrets}


def check_run(*, endpoint: Endpoint, user_id: int | None, caller: str) -> dict[str, object]:
    """Probe now and wait for it: `{"status": "ok", "result"}` or `{"status": "fail", "code", "message"}`.

    `user_id` None is an anonymous visitor, who learns nothing of what is not public. `caller` is who holds the slot.
    Raises `ChecksBusy`, and `PeerError` where endpoint_check does not answer in time.
    """
    call: dict[str, object] = {"spec": spec_of(endpoint), "user_id": user_id}
    if endpoint.pk is not None:
        call["endpoint_id"] = endpoint.pk
    groups = [f"host:{host_of(endpoint.kind, endpoint.url)}"] + (["visitors"] if user_id is None else [])
    with _slots.one(caller, groups=groups):
        if not connection.in_atomic_block:
            connection.close()  # what waits for a probe needs no database
        try:
            answer = Peer("endpoint_check").post("/checks", json=call, read_timeout=endpoint.timeout + GRACE)
        except PeerError as error:
            if error.permanent and isinstance(error.body, dict) and {"code", "message"} <= error.body.keys():
                return {"status": "fail", "code": error.body["code"], "message": error.body["message"]}
            raise
    if answer["status"] == "ok":
        return {"status": "ok", "result": answer["result"] if user_id is not None else _public(answer["result"])}
    return {"status": "fail", "code": answer["code"], "message": answer["message"]}


def refuse_for_visitors(values: EndpointValues) -> None:
    """Raises `ValidationFailed` for what only users may send: their key says who makes us send it."""
    allowed = {
        "kind": values["kind"] == DEFAULT_KIND,
        "method": values["method"] in {"GET", "HEAD"},
        "headers": not values["headers"],
        "body": not values["body"],
        "assertions": not values["assertions"],
        "options": values["options"].keys() <= ANONYMOUS_OPTIONS,
        "timeout": values["timeout"] <= ANONYMOUS_MAX_TIMEOUT,
    }
    wrong = [field for field, fine in allowed.items() if not fine]
    if wrong:
        raise ValidationFailed(errors={field: [_("Log in to check with this.")] for field in wrong})


def _public(result: dict[str, object]) -> dict[str, object]:
    """The result without a word, a number or a time that tells of names and addresses that are not public."""
    if result.get("error_code") not in _NOT_PUBLIC_CODES:
        return result
    blank = {name: None for name in result if name not in {"region", "checked_at", "status", "state"}}
    return result | blank | {"error_code": "dns_failure", "message": NOT_PUBLIC}
