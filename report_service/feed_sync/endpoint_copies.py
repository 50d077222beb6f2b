"""Copies of users and endpoints, kept by their owners' feeds."""

from collections.abc import Sequence
from typing import Any

from common.api.errors import Forbidden, NotFound, PeerError
from common.between.http import Peer
from common.between.owners import owners_apply
from report_service.models import EndpointCopy, UserCopy


def users_apply(items: Sequence[dict[str, Any]]) -> None:
    """Bring the copies of users up to date with a page of the feed."""
    owners_apply(items)
    UserCopy.objects.bulk_create(
        [
            UserCopy(
                id=item["id"],
                name=item["name"],
                time_zone=item.get("time_zone") or "UTC",
                language=item.get("language") or "",
                deleted=item["deleted"],
            )
            for item in items
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "time_zone", "language", "deleted"],
    )


def endpoints_apply(items: Sequence[dict[str, Any]]) -> None:
    """Bring the copies of endpoints up to date with a page of the feed."""
    EndpointCopy.objects.bulk_create(
        [_copy_of(item) for item in items],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["user_id", "key", "name", "url", "tags", "enabled", "interval", "degraded_ms", "deleted"],
    )


def _copy_of(item: dict[str, Any]) -> EndpointCopy:
    return EndpointCopy(
        id=item["id"],
        user_id=item["user_id"],
        key=item.get("key") or "",
        name=item["name"],
        url=item["url"],
        tags=item.get("tags") or [],
        enabled=item.get("enabled", True),
        interval=item.get("interval") or 60,
        degraded_ms=(item.get("options") or {}).get("degraded_ms"),
        deleted=item.get("deleted", False),
    )


def endpoint_get(*, endpoint_id: int, user_id: int) -> EndpointCopy:
    """The user's endpoint. One that the feed has not brought yet is asked for, so that it has a report at once.

    Raises `NotFound`, `Forbidden` for another user's, and `PeerError` where endpoint_service does not answer.
    """
    copy = EndpointCopy.objects.filter(id=endpoint_id).first() or _ask(endpoint_id)
    if copy is None or copy.deleted:
        raise NotFound
    if copy.user_id != user_id:
        raise Forbidden
    return copy


def _ask(endpoint_id: int) -> EndpointCopy | None:
    try:
        item = Peer("endpoint_service").get(f"/endpoints/{endpoint_id}")
    except PeerError as error:
        if error.permanent:
            return None
        raise
    EndpointCopy.objects.bulk_create([_copy_of(item)], ignore_conflicts=True)
    return EndpointCopy.objects.get(id=endpoint_id)
