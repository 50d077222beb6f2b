"""A check at once: of a stored endpoint or of a spec that nobody stored, by endpoint_check."""

from typing import Any

from django.utils.translation import gettext as _

from common.crypto import encrypt
from common.errors import PeerError, ValidationFailed
from common.http import Peer
from endpoint_service.limits import Slots
from endpoint_service.models import Endpoint
from endpoint_service.spec import SPEC_FIELDS, Kind, Method

GRACE = 10.0
"""Seconds that endpoint_check may take beyond the spec's own timeout: redirects' look-ups, the way there and back."""
ANONYMOUS_MAX_TIMEOUT = 10
_slots = Slots()


def spec_of(endpoint: Endpoint) -> dict[str, Any]:
    """The spec as it travels: with masks, and their values in `secrets` (encrypted, or None)."""
    spec = {field: getattr(endpoint, field) for field in SPEC_FIELDS}
    secrets = encrypt(endpoint.secrets) if endpoint.secrets else None
    return spec | {"version": endpoint.version, "secrets": secrets}


def check_run(*, endpoint: Endpoint, user_id: int | None, caller: str) -> dict[str, Any]:
    """Probe now and wait for it: `{"status": "ok", "result"}` or `{"status": "fail", "code", "message"}`.

    `user_id` None is an anonymous visitor. `caller` is who holds the slot. Raises `ChecksBusy`, and `PeerError`
    where endpoint_check does not answer in time.
    """
    call: dict[str, Any] = {"spec": spec_of(endpoint), "user_id": user_id}
    if endpoint.pk is not None:
        call["endpoint_id"] = endpoint.pk
    with _slots.one(caller):
        try:
            answer = Peer("endpoint_check").post("/checks", json=call, read_timeout=endpoint.timeout + GRACE)
        except PeerError as error:
            if error.permanent and isinstance(error.body, dict) and {"code", "message"} <= error.body.keys():
                return {"status": "fail", "code": error.body["code"], "message": error.body["message"]}
            raise
    if answer["status"] == "ok":
        return {"status": "ok", "result": answer["result"]}
    return {"status": "fail", "code": answer["code"], "message": answer["message"]}


def anonymous_refused(values: dict[str, Any]) -> None:
    """Raises `ValidationFailed` for what only users may send: their key says who makes us send it."""
    allowed = {
        "method": values["kind"] != Kind.HTTP or values["method"] in {Method.GET, Method.HEAD},
        "headers": not values["headers"],
        "body": not values["body"],
        "options": "auth" not in values["options"],
        "timeout": values["timeout"] <= ANONYMOUS_MAX_TIMEOUT,
    }
    wrong = [field for field, fine in allowed.items() if not fine]
    if wrong:
        raise ValidationFailed(errors={field: [_("Log in to check with this.")] for field in wrong})
