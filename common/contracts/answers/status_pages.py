"""Status pages as report_service answers them: their owner's, and everybody's.

Uptimes are percentages, None where nothing was measured; names ending in `_ms` are milliseconds.
"""

from datetime import date, datetime

from common.contracts.answers.base import Answer


class PageEntry(Answer, frozen=True, kw_only=True):
    """An endpoint on a status page, by the name that readers see."""

    endpoint_id: int
    name: str = ""


class PageGroup(Answer, frozen=True, kw_only=True):
    """Entries under a heading."""

    endpoints: list[PageEntry]
    name: str = ""


class StatusPage(Answer, frozen=True, kw_only=True):
    """As its owner sees it."""

    id: int
    slug: str
    title: str
    description: str = ""
    published: bool = True
    show_response_times: bool = False
    groups: list[PageGroup] = []
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Announcement(Answer, frozen=True, kw_only=True):
    """A text on a status page for a time."""

    id: int
    kind: str
    title: str
    starts_at: datetime
    text: str = ""
    ends_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class IncidentUpdate(Answer, frozen=True, kw_only=True):
    """What a status page says of an incident."""

    id: int
    stage: str
    text: str
    created_at: datetime
    updated_at: datetime | None = None


class PublicEntry(Answer, frozen=True, kw_only=True):
    """An endpoint as everybody sees it; `fault` where it is `unknown` by a fault of the monitoring itself."""

    name: str
    state: str
    fault: bool = False
    uptime: dict[str, float | None] = {}
    bars: list[float | None] = []
    bars_down_ms: list[int | None] = []
    sparkline: list[float | None] = []


class PublicGroup(Answer, frozen=True, kw_only=True):
    """Entries under a heading."""

    name: str
    endpoints: list[PublicEntry]


class PublicUpdate(Answer, frozen=True, kw_only=True):
    """What is said of an incident."""

    stage: str
    text: str
    created_at: datetime


class PublicIncident(Answer, frozen=True, kw_only=True):
    """An incident as everybody sees it."""

    key: str
    name: str
    status: str
    started_at: datetime
    resolved_at: datetime | None = None
    updates: list[PublicUpdate] = []


class PublicMaintenance(Answer, frozen=True, kw_only=True):
    """A window as everybody sees it; `endpoints` are names."""

    key: str
    starts_at: datetime
    ends_at: datetime
    under_way: bool
    endpoints: list[str] = []


class PublicAnnouncement(Answer, frozen=True, kw_only=True):
    """A text for everybody."""

    kind: str
    starts_at: datetime
    title: str = ""
    text: str = ""
    ends_at: datetime | None = None


class PublicPage(Answer, frozen=True, kw_only=True):
    """A status page as everybody sees it."""

    slug: str
    title: str
    description: str
    language: str
    time_zone: str
    state: str
    sentence: str
    bars_start: date
    groups: list[PublicGroup] = []
    incidents: list[PublicIncident] = []
    maintenance: list[PublicMaintenance] = []
    announcements: list[PublicAnnouncement] = []
