"""The tasks of endpoint_service."""

from collections.abc import Sequence
from typing import Any

from common.between.feeds import follow, purge_tombstones
from common.between.owners import owners_apply
from common.celery import task
from endpoint_service.feeds.deleted_users import deleted_owners_with_rows, users_clear
from endpoint_service.models import Endpoint, FollowedFeed, MaintenanceWindow


@task
def sync_users() -> None:
    """Follow user_service: a deleted user's endpoints and windows go too."""
    follow(FollowedFeed, "user_service", "/users", _take_users)


@task
def sweep_owners() -> None:
    """Delete what somebody who is gone has made since: a key may outlive its user at the gateway for seconds."""
    users_clear(user_ids=deleted_owners_with_rows())


@task
def purge() -> None:
    """Remove tombstones that every follower has had 90 days to see."""
    purge_tombstones(Endpoint)
    purge_tombstones(MaintenanceWindow)


def _take_users(users: Sequence[dict[str, Any]]) -> None:
    owners_apply(users)
    users_clear(user_ids=[user["id"] for user in users if user["deleted"]])
