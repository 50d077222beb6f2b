"""What status pages are made of: the groups that their owner writes, and what everybody may read."""

from datetime import datetime
from typing import NotRequired, TypedDict

from report_service.models import IncidentUpdate


class PageEntry(TypedDict):
    """An endpoint on a page, by the name that readers see; none is given where it is the endpoint's own."""

    endpoint_id: int
    name: NotRequired[str]


class PageGroup(TypedDict):
    name: str
    endpoints: list[PageEntry]


class PublicEntry(TypedDict):
    """An endpoint as everybody sees it; `fault` says that it is `unknown` by one of ours."""

    name: str
    state: str
    fault: bool
    uptime: dict[str, float | None]
    bars: list[float | None]
    bars_down_ms: list[int | None]
    sparkline: NotRequired[list[float | None]]


class PublicIncident(TypedDict):
    """An incident as everybody sees it; when it was confirmed the feed alone needs."""

    key: str
    name: str
    status: str
    started_at: datetime
    confirmed_at: datetime | None
    resolved_at: datetime | None
    updates: list[IncidentUpdate]


class PublicMaintenance(TypedDict):
    """A time of maintenance, its endpoints by their names on the page; `window_key` tells one window from another."""

    key: str
    window_key: str
    starts_at: datetime
    ends_at: datetime
    under_way: bool
    endpoints: list[str]
