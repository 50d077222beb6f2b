"""What no feed tells: endpoints that are there no more though their deletion never came, and incidents of paused ones.

A deletion is told for 90 days, and a restored endpoint_service knows nothing of what was made after its backup; without
this such endpoints would be checked for ever. What endpoint_service itself sweeps of owners who are gone comes by its feed.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.api.errors import PeerError
from common.api.pagination import MAX_PER_FEED
from common.between.http import Peer
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.feeds.incident_closing import CLEARED, closing_of, closings_store, state_clear
from endpoint_check.models import Monitor

MOST_ASKED = 1000
"""Endpoints that are asked for one by one in one sweep; the next goes on."""


def monitors_sweep() -> int:
    """Forget monitors whose endpoint is gone, and end incidents that a pause of the version before left open.

    Returns how many monitors went. Raises `PeerError`.
    """
    ours = set(Monitor.objects.filter(region=settings.REGION).values_list("endpoint_id", flat=True))
    # The feed leaves out what is being changed just now, so whoever is missing is asked for.
    suspects = sorted(ours - _listed())[:MOST_ASKED]
    gone = [endpoint_id for endpoint_id in suspects if not _exists(endpoint_id)]
    endpoints_apply([{"id": endpoint_id, "deleted": True} for endpoint_id in gone])
    _close_paused()
    return len(gone)


def _listed() -> set[int]:
    peer, cursor, listed = Peer("endpoint_service"), "", set[int]()
    while True:
        page: dict[str, Any] = peer.get("/endpoints", params={"changed_since": cursor, "per_page": MAX_PER_FEED})
        listed.update(item["id"] for item in page["items"] if not item.get("deleted"))
        if len(page["items"]) < MAX_PER_FEED:
            return listed
        cursor = page["cursor"]


def _exists(endpoint_id: int) -> bool:
    try:
        item: dict[str, Any] = Peer("endpoint_service").get(f"/endpoints/{endpoint_id}")
    except PeerError as error:
        if error.status == 404:
            return False
        raise
    return not item.get("deleted")


@transaction.atomic
def _close_paused() -> None:
    now = timezone.now()
    paused = Monitor.objects.filter(region=settings.REGION, enabled=False, incident_id__isnull=False)
    monitors = list(paused.select_for_update().order_by("endpoint_id")[:MOST_ASKED])
    closings = [closing_of(monitor, "paused", monitor.last_checked_at or now) for monitor in monitors]
    for monitor in monitors:
        state_clear(monitor, now)
    Monitor.objects.bulk_update(monitors, CLEARED)
    closings_store([closing for closing in closings if closing is not None])
