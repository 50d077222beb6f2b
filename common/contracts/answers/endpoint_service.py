"""Endpoints, checks now, bulk calls, imports and maintenance windows as endpoint_service answers them."""

from datetime import datetime

from common.contracts.answers.base import Answer, Status
from common.contracts.answers.report_service import Report


class Assertion(Answer, frozen=True, kw_only=True):
    """A condition; `value` is a text or a number, as its kind has it."""

    kind: str
    target: str = ""
    operator: str = ""
    value: object = None


class Endpoint(Answer, frozen=True, kw_only=True):
    """`interval` and `timeout` in seconds; `options` as `contracts.options` describes those that the reader knows."""

    id: int
    key: str
    url: str
    user_id: int = 0
    name: str = ""
    kind: str = "http"
    method: str = "GET"
    headers: dict[str, str] = {}
    body: str = ""
    interval: int = 60
    timeout: int = 10
    expected_status: str = ""
    assertions: list[Assertion] = []
    failure_threshold: int = 3
    recovery_threshold: int = 2
    enabled: bool = True
    options: dict[str, object] = {}
    tags: list[str] = []
    version: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None
    state: str = "pending"
    state_changed_at: datetime | None = None
    last_checked_at: datetime | None = None


class EndpointAction(Status, frozen=True, kw_only=True):
    """Of a pause or resumption."""

    endpoint: Endpoint


class CheckAnswer(Status, frozen=True, kw_only=True):
    """`fail` where the probe could not run."""

    result: Report | None = None


class BulkResult(Status, frozen=True, kw_only=True):
    """One item's outcome; `errors` by field."""

    index: int = 0
    id: int | None = None
    errors: dict[str, list[str]] = {}


class BulkAnswer(Status, frozen=True, kw_only=True):
    """In the order of the items."""

    results: list[BulkResult]
    succeeded: int = 0
    failed: int = 0


class ImportEntry(Answer, frozen=True, kw_only=True):
    """What would become of one entry: `create`, `update` or `none`; `fields` are those that change."""

    index: int
    action: str
    key: str = ""
    fields: list[str] = []


class ImportAnswer(Status, frozen=True, kw_only=True):
    """`entries` are a dry run's; None from a server that only counts."""

    created: int
    updated: int
    unchanged: int
    entries: list[ImportEntry] | None = None


class ValidateAnswer(Status, frozen=True, kw_only=True):
    """`errors` by field."""

    errors: dict[str, list[str]] = {}


class Occurrence(Answer, frozen=True, kw_only=True):
    """One time of a window."""

    starts_at: datetime
    ends_at: datetime


class MaintenanceWindow(Answer, frozen=True, kw_only=True):
    """`duration` in seconds; `problem` is why it never comes again."""

    id: int
    name: str
    duration: int
    user_id: int = 0
    covers_all: bool | None = None
    endpoint_ids: list[int] = []
    tags: list[str] = []
    starts_at: datetime | None = None
    cron: str = ""
    time_zone: str = "UTC"
    ends_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    next_starts_at: datetime | None = None
    occurrences: list[Occurrence] = []
    problem: str | None = None


class WindowPreview(Status, frozen=True, kw_only=True):
    """The next times of a window that is not kept yet."""

    occurrences: list[Occurrence]
