"""What rules look at when a message leaves: windows, pauses and acknowledgements of that moment."""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

from common.clocks.windows import Window
from notification_service import models
from notification_service.models import Acknowledgement, Alert, Endpoint, Notification
from notification_service.rules import incidents

logger = logging.getLogger(__name__)

SETTLED_AFTER = timedelta(seconds=30)
"""After a window the checker looks again within an interval, and confirms what it finds within this."""


@dataclass
class Present:
    """The moment `now` for the alerts that are to be judged; each fact is one query, whatever their number."""

    now: datetime
    alerts: Sequence[Alert]

    @cached_property
    def endings(self) -> dict[int, Alert]:
        """By opening: what ended it."""
        return incidents.endings_of(self.alerts)

    @cached_property
    def acknowledged(self) -> set[UUID]:
        """Incidents of which somebody takes care."""
        wanted = {alert.incident_id for alert in self.alerts}
        rows = Acknowledgement.objects.filter(incident_id__in=wanted)
        return set(rows.values_list("incident_id", flat=True))

    @cached_property
    def endpoints(self) -> dict[int, Endpoint]:
        return Endpoint.objects.in_bulk({alert.endpoint_id for alert in self.alerts if alert.endpoint_id is not None})

    @cached_property
    def windows(self) -> dict[int, list[Window]]:
        """By owner."""
        windows: dict[int, list[Window]] = defaultdict(list)
        for row in models.Window.objects.filter(user_id__in={alert.user_id for alert in self.alerts}):
            windows[row.user_id].append(_window(row))
        return windows

    def tags(self, alert: Alert) -> Collection[str]:
        """The endpoint's tags by now; the alert's own where nobody has told us of the endpoint yet."""
        endpoint = self.endpoints.get(alert.endpoint_id or 0)
        return endpoint.tags if endpoint is not None else alert.tags or []

    def wants(self, channel: Notification, alert: Alert) -> bool:
        """Whether the channel's rules of this moment want it."""
        return incidents.wants(channel, alert, self.tags(alert))

    def is_watched(self, alert: Alert) -> bool:
        """False where its endpoint is paused or deleted."""
        endpoint = self.endpoints.get(alert.endpoint_id or 0)
        return endpoint is None or (endpoint.enabled and not endpoint.deleted)

    def in_window(self, alert: Alert) -> bool:
        """Whether a window is open for its endpoint, or was until so lately that nobody has looked again since."""
        if alert.endpoint_id is None:
            return False
        endpoint = self.endpoints.get(alert.endpoint_id)
        settled = SETTLED_AFTER + timedelta(seconds=min(endpoint.interval if endpoint else 0, 86_400))
        tags = self.tags(alert)
        return any(
            window.covers(alert.endpoint_id, tags) and _was_open(window, self.now - settled, self.now)
            for window in self.windows.get(alert.user_id, ())
        )


def _window(row: models.Window) -> Window:
    return Window(
        duration=row.duration,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        cron=row.cron,
        time_zone=row.time_zone,
        endpoint_ids=frozenset(row.endpoint_ids),
        tags=frozenset(row.tags),
        covers_all=row.covers_all,
    )


def _was_open(window: Window, since: datetime, now: datetime) -> bool:
    """A window that cannot be understood is never open, and silences nobody."""
    try:
        return window.is_open(now) or any(True for _ in window.spans(since, now))
    except Exception:
        logger.exception("A maintenance window cannot be understood: %s", window)
        return False
