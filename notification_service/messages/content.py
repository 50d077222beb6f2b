"""What a message has to say, before any channel puts it into its own form. Plain values: no database behind them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from common.contracts.causes import Cause, kept
from notification_service.rules.zones import zone_of


@dataclass(frozen=True)
class Item:
    """The latest event of one incident. A held region is of no endpoint; `reason` is why an incident was closed."""

    incident_id: str
    event: str
    endpoint_id: int | None
    endpoint_name: str
    url: str
    region: str
    cause: str
    error_code: str
    started_at: datetime
    occurred_at: datetime
    duration: timedelta | None = None
    last_good_at: datetime | None = None
    reason: str = ""
    cause_data: str = ""

    @property
    def why(self) -> Cause | None:
        """The cause as data."""
        return kept(self.cause_data, self.cause)

    @property
    def link(self) -> str:
        """Where the web app shows the endpoint, or all of them."""
        return f"{settings.PUBLIC_URL}/" + (f"endpoints/{self.endpoint_id}" if self.has_page else "")

    @property
    def has_page(self) -> bool:
        """False for what is of no endpoint, and of one that was deleted."""
        return self.endpoint_id is not None and self.reason != "deleted"


@dataclass(frozen=True)
class Content:
    """One message. `reason` is a delivery's: alert, reminder, test, notice, confirmation; `data` belongs to the last two."""

    reason: str
    language: str
    time_zone: str
    created_at: datetime
    delivery_id: int
    items: tuple[Item, ...] = ()
    data: dict[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """The user's time zone."""
        return zone_of(self.time_zone)
