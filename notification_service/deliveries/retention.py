"""How long history is kept, and what goes with its owner."""

import time
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from common.contracts.alerts import ENDINGS
from common.models import Owner
from notification_service.deliveries.quotas_used import used_forget
from notification_service.feeds.users import users_forget
from notification_service.models import Acknowledgement, Alert, Circuit, Delivery, Notification, OpenAlert

KEPT = timedelta(days=90)
USED_KEPT = timedelta(days=2)
CIRCUIT_KEPT = timedelta(days=1)
GONE_EVERY = 60.0
"""Seconds between two looks for what belongs to nobody any more."""


def history_purge() -> None:
    """Remove what is older than 90 days, but nothing that still waits, and of what is open nothing that its end needs."""
    now = timezone.now()
    before = now - KEPT
    Delivery.objects.filter(created_at__lt=before).exclude(state=Delivery.State.PENDING).delete()
    over = Alert.objects.filter(incident_id=OuterRef("awaits"), event__in=ENDINGS, received_at__lt=before)
    OpenAlert.objects.filter(Exists(over)).delete()
    open_ids = OpenAlert.objects.filter(alert=OuterRef("pk"))
    Alert.objects.filter(~Exists(open_ids), received_at__lt=before, deliveryalert=None).delete()
    open_incidents = OpenAlert.objects.filter(alert__incident_id=OuterRef("incident_id"))
    Acknowledgement.objects.filter(~Exists(open_incidents), created_at__lt=before).delete()
    used_forget(before=now - USED_KEPT)
    Circuit.objects.filter(open_until__lt=now - CIRCUIT_KEPT).delete()


class GoneOwners:
    """Removes, once a minute, what somebody made by a key that outlived its owner for some seconds."""

    def __init__(self) -> None:
        self._next = float("-inf")

    def look(self) -> None:
        """Look if it is time again: a channel is what everything else here belongs to."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + GONE_EVERY
        gone = Owner.objects.filter(id=OuterRef("user_id"), deleted=True)
        found = Notification.objects.filter(Exists(gone)).values_list("user_id", flat=True).distinct()
        if user_ids := list(found):
            users_forget(user_ids)
