"""What a channel is for: all endpoints, some of them, or none that is left; and all events or some."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from common.api.errors import PeerError, ValidationFailed
from common.between.http import Peer
from common.contracts.alerts import CHOICES
from notification_service.models import Endpoint, Notification
from notification_service.rules.events import every_event

Values = dict[str, Any]


def events_settled(values: Values, *, channel: Notification | None = None) -> Values:
    """`values` with `all_events` decided: who names every event there is means those that come later as well.

    The list is then every one of them, whatever it says.
    """
    said, named = values.get("all_events"), values.get("events")
    values = {name: value for name, value in values.items() if name != "all_events"}
    if said is None and named is not None:
        said = set(named) >= set(CHOICES)
    if said is None:
        said = channel.wants_all if channel is not None else True
    if said:
        values["events"] = every_event()
    return values | {"all_events": said}


def endpoint_ids_check(*, user_id: int, endpoint_ids: Collection[int], stored: Collection[int] | None) -> list[int]:
    """The ids that a channel may name, in their order; raises `ValidationFailed` for a foreign or unknown one.

    What was just made is asked of endpoint_service, outside of any transaction (`PeerError` where it is away). One of the
    user's own that was deleted meanwhile is left out of a channel that exists (`stored`), since a form may still name it.
    """
    known = Endpoint.objects.in_bulk(set(endpoint_ids))
    kept = []
    for endpoint_id in endpoint_ids:
        endpoint = known.get(endpoint_id)
        owner, deleted = (endpoint.user_id, endpoint.deleted) if endpoint is not None else _asked(endpoint_id)
        if owner != user_id or (deleted and stored is None):
            text = _("You have no endpoint with the id %(id)d.") % {"id": endpoint_id}
            raise ValidationFailed(errors={"endpoint_ids": [text]})
        if not deleted:
            kept.append(endpoint_id)
    return kept


def _asked(endpoint_id: int) -> tuple[int | None, bool]:
    """Owner, and whether it was deleted; no owner where there is no such endpoint."""
    try:
        item = Peer("endpoint_service").get(f"/endpoints/{endpoint_id}")
    except PeerError as error:
        if error.status == 404:
            return None, True
        raise
    return int(item["user_id"]), bool(item.get("deleted"))
