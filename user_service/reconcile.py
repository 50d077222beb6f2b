"""Users and consumers compared: what a crash or a restore left different is made the same again."""

import logging
from datetime import timedelta

from django.db.models import Max
from django.utils import timezone

from user_service.gateways.base import gateway
from user_service.models import User

logger = logging.getLogger(__name__)
SETTLED = timedelta(minutes=5)
"""A sign-up makes its consumer before its row; none takes this long."""


def gateway_reconcile() -> tuple[int, int]:
    """Make the consumers that are missing, remove those of nobody; returns how many of each.

    Only ids below one that was given out a while ago are removed: above it a sign-up may be under way.
    """
    settled = User.objects.filter(created_at__lt=timezone.now() - SETTLED).aggregate(most=Max("id"))["most"] or 0
    consumers = set(gateway().list_consumers())
    users = set(User.objects.filter(deleted_at=None).values_list("id", flat=True).iterator())
    missing = users - consumers
    orphaned = {consumer for consumer in consumers - users if consumer <= settled}
    for user_id in missing:
        gateway().create_consumer(user_id=user_id)
    for user_id in orphaned:
        gateway().delete_consumer(user_id=user_id)
    if missing or orphaned:
        logger.warning("Made %d missing consumers and removed %d of nobody", len(missing), len(orphaned))
    return len(missing), len(orphaned)
