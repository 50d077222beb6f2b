"""Results, overview, summaries, series and incidents as report_service answers them; `status_pages` has its pages.

Names ending in `_ms` are milliseconds; uptimes are percentages, None where nothing was measured. `cause_data` is for
`contracts.causes.cause_of`, beside the sentence that stands for it where a server answers no data.
"""

from datetime import datetime

from msgspec import field

from common.contracts.answers.base import Answer, Status


class Phases(Answer, frozen=True, kw_only=True):
    """The parts of a check's time; None for what did not take place."""

    name_lookup_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None
    transfer_ms: float | None = None
    redirect_ms: float | None = None


class Report(Answer, frozen=True, kw_only=True):
    """A result. One of a check now has no `id`."""

    checked_at: datetime
    status: str
    id: str = ""
    endpoint_id: int | None = None
    user_id: int | None = None
    region: str = ""
    state: str = ""
    incident_id: str | None = None
    covers_ms: int = 0
    http_status: int | None = None
    error_code: str | None = None
    message: str | None = None
    total_ms: float | None = None
    phases: Phases | None = None
    resolved_ip: str | None = None
    certificate_expires_at: datetime | None = None
    manual: bool = False
    cause_data: object = None


class ReportDetail(Report, frozen=True, kw_only=True):
    """A result with what the site answered."""

    certificate_issuer: str | None = None
    response_headers: dict[str, str] | None = None
    response_body: str | None = None


class LastResult(Answer, frozen=True, kw_only=True):
    """The newest of an endpoint."""

    status: str = ""
    region: str = ""
    http_status: int | None = None
    error_code: str | None = None
    message: str | None = None
    total_ms: float | None = None
    checked_at: datetime | None = None
    certificate_expires_at: datetime | None = None
    cause_data: object = None


class OpenIncident(Answer, frozen=True, kw_only=True):
    """The one that an endpoint has now."""

    started_at: datetime
    id: str = ""
    cause: str = ""
    cause_data: object = None
    acknowledged_at: datetime | None = None


class Glance(Answer, frozen=True, kw_only=True):
    """An endpoint in the overview. `uptime` by `24h`, `7d`, `30d`, `90d`; `bars` are 90 days, `hour_bars` 24 hours, the
    current one last; `sparkline` is the mean ms of 24 hours.
    """

    endpoint_id: int
    key: str = ""
    name: str = ""
    url: str = ""
    tags: list[str] = []
    enabled: bool = True
    state: str = "pending"
    last_result: LastResult | None = None
    open_incident: OpenIncident | None = None
    uptime: dict[str, float | None] = {}
    bars: list[float | None] = []
    bars_down_ms: list[int | None] = []
    hour_bars: list[float | None] = []
    hour_bars_down_ms: list[int | None] = []
    sparkline: list[float | None] = []


class CheckCounts(Answer, frozen=True, kw_only=True):
    """Results by status; `offline` are those of regions that reached no network."""

    total: int = 0
    up: int = 0
    degraded: int = 0
    down: int = 0
    maintenance: int = 0
    unknown: int = 0
    offline: int = 0


class IncidentCounts(Answer, frozen=True, kw_only=True):
    """Mean times to repair and between failures."""

    total: int = 0
    open: int = 0
    mttr_ms: float | None = None
    mtbf_ms: float | None = None


class ResponseTimes(Answer, frozen=True, kw_only=True):
    """None where nothing was measured."""

    mean_ms: float | None = None
    min_ms: float | None = None
    max_ms: float | None = None
    p50_ms: float | None = None
    p90_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


class PhaseTimes(Answer, frozen=True, kw_only=True):
    """Response times by phase."""

    name_lookup_ms: ResponseTimes = ResponseTimes()
    connect_ms: ResponseTimes = ResponseTimes()
    tls_ms: ResponseTimes = ResponseTimes()
    first_byte_ms: ResponseTimes = ResponseTimes()
    transfer_ms: ResponseTimes = ResponseTimes()
    redirect_ms: ResponseTimes = ResponseTimes()


class Apdex(Answer, frozen=True, kw_only=True):
    """Between 0 and 1."""

    score: float | None
    satisfied_ms: float


class Summary(Answer, frozen=True, kw_only=True):
    """An endpoint over a period."""

    endpoint_id: int
    from_: datetime = field(name="from")
    to: datetime
    uptime: float | None = None
    covered_ms: int = 0
    down_ms: int = 0
    maintenance_ms: int = 0
    checks: CheckCounts = CheckCounts()
    incidents: IncidentCounts = IncidentCounts()
    response_time: ResponseTimes = ResponseTimes()
    phases: PhaseTimes = PhaseTimes()
    apdex: Apdex | None = None


class Point(Answer, frozen=True, kw_only=True):
    """One step of a series."""

    at: datetime
    checks: int = 0
    down: int = 0
    uptime: float | None = None
    down_ms: int = 0
    covered_ms: int = 0
    mean_ms: float | None = None
    min_ms: float | None = None
    max_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    phases: Phases = Phases()


class Series(Answer, frozen=True, kw_only=True):
    """`step` in seconds."""

    step: int
    endpoint_id: int = 0
    from_: datetime | None = field(default=None, name="from")
    to: datetime | None = None
    points: list[Point] = []


class Incident(Answer, frozen=True, kw_only=True):
    """`status` is `open` or `resolved`."""

    id: str
    endpoint_id: int
    status: str
    started_at: datetime
    region: str = ""
    cause: str = ""
    cause_data: object = None
    error_code: str = ""
    resolved_at: datetime | None = None
    acknowledged_at: datetime | None = None


class IncidentNote(Answer, frozen=True, kw_only=True):
    """What its owner wrote on an incident."""

    id: int
    text: str
    created_at: datetime


class IncidentDetail(Incident, frozen=True, kw_only=True):
    """An incident with what happened in it."""

    timeline: list[dict[str, object]] = []
    notes: list[IncidentNote] = []
    notes_count: int = 0


class Acknowledged(Status, frozen=True, kw_only=True):
    """The incident as it is now."""

    incident: Incident


class Badges(Answer, frozen=True, kw_only=True):
    """Addresses of an endpoint's pictures."""

    token: str
    state_url: str
    uptime_url: str
    latency_url: str
