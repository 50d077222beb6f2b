"""The owners of everything: which are gone, and what the operator allows them, as user_service's feed tells it.

A key may outlive its user for some seconds at the gateway, and what it makes then would stay for ever. So nothing is made
for an owner who is gone, and what slipped through is swept.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from common.models import Owner


def owners_apply(items: Sequence[Mapping[str, Any]]) -> None:
    """Take over a page of user_service's feed of users."""
    latest = {item["id"]: item for item in items}
    Owner.objects.bulk_create(
        [
            Owner(id=owner_id, deleted=bool(item.get("deleted")), quotas=dict(item.get("quotas") or {}))
            for owner_id, item in sorted(latest.items())
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["deleted", "quotas"],
        batch_size=1000,
    )


def is_gone(owner_id: int) -> bool:
    """Whether the owner was deleted; one that the feed has not brought yet is there."""
    return Owner.objects.filter(id=owner_id, deleted=True).exists()


def owners_gone(owner_ids: Sequence[int]) -> set[int]:
    """Which of these owners were deleted: what a sweep removes."""
    return set(Owner.objects.filter(id__in=owner_ids, deleted=True).values_list("id", flat=True))
