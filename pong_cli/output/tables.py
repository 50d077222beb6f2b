"""The columns of what is listed in more than one place."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from common.contracts.causes import cause_of
from common.contracts.results import REASONS
from pong_cli.labels import _
from pong_cli.output.charts import uptime_text
from pong_cli.output.marks import state_text
from pong_cli.output.screen import Column, plain
from pong_cli.output.times import ago, between, exact, milliseconds

if TYPE_CHECKING:
    from common.contracts.answers.endpoint_service import Assertion, Endpoint
    from common.contracts.answers.report_service import Glance, Incident, LastResult, Report

ID_SHOWN = 13
"""Characters of an incident's id that are enough for `pong ack`: its time to the millisecond."""


def cause(data: object, text: str | None) -> str:
    """Why, in the reader's language; an API that answers no data answers a sentence, which is `text`."""
    found = cause_of(data, text)
    return found.said(_) if found else ""


def advice(error_code: str | None) -> str:
    """What to do where a check failed by a fault of pongpong's; else nothing."""
    reason = REASONS.get(error_code or "")
    return _(reason.advice) if reason and reason.advice else ""


def endpoints(glances: "Mapping[int, Glance]") -> "list[Column[Endpoint]]":
    """A list of endpoints, each with its glance of the overview."""

    def last(row: "Endpoint") -> "LastResult | None":
        return glances[row.id].last_result if row.id in glances else None

    def uptime(row: "Endpoint") -> Text:
        return uptime_text(glances[row.id].uptime.get("24h") if row.id in glances else None)

    def took(row: "Endpoint") -> str:
        found = last(row)
        return milliseconds(found.total_ms) if found else ""

    def checked(row: "Endpoint") -> str:
        found = last(row)
        return ago(found.checked_at) if found else ""

    return [
        Column(_("State"), "state", lambda row: state_text(row.state), keep=True),
        Column(_("Key"), "key", cut=True),
        Column(_("Address"), "url", cut=True, least=70),
        Column(_("24 h"), "glance.uptime.24h", uptime, right=True),
        Column(_("Last"), "glance.last_result.total_ms", took, right=True),
        Column(_("Checked"), "glance.last_result.checked_at", checked, cut=True, least=60),
    ]


def endpoint() -> "list[Column[Endpoint]]":
    """All of one endpoint."""
    return [
        Column(_("State"), "state", lambda row: state_text(row.state)),
        Column(_("Since"), "state_changed_at", lambda row: _moment(row.state_changed_at)),
        Column(_("Key"), "key"),
        Column(_("Name"), "name"),
        Column(_("Address"), "url"),
        Column(_("Kind"), "kind"),
        Column(_("Method"), "method", lambda row: row.method if row.kind == "http" else ""),
        Column(_("Headers"), "headers", lambda row: "\n".join(f"{k}: {v}" for k, v in row.headers.items())),
        Column(_("Body"), "body"),
        Column(_("Interval"), "interval", lambda row: _("%(n)d s") % {"n": row.interval}),
        Column(_("Timeout"), "timeout", lambda row: _("%(n)d s") % {"n": row.timeout}),
        Column(_("Expected status"), "expected_status"),
        Column(_("Conditions"), "assertions", lambda row: "\n".join(_condition(one) for one in row.assertions)),
        Column(_("Down after"), "failure_threshold"),
        Column(_("Up after"), "recovery_threshold"),
        Column(_("Options"), "options", lambda row: "\n".join(f"{k}: {v}" for k, v in row.options.items())),
        Column(_("Tags"), "tags"),
        Column("Id", "id"),
    ]


def incidents() -> "list[Column[Incident]]":
    """A list of incidents, each with its endpoint's `name`."""
    return [
        Column(_("State"), "status", lambda row: state_text(row.status), keep=True),
        Column(_("Endpoint"), "name", cut=True),
        Column(_("Began"), "started_at", lambda row: exact(row.started_at), keep=True, least=70),
        Column(_("For"), "resolved_at", lambda row: between(row.started_at, row.resolved_at), right=True),
        Column(_("Cause"), "cause", lambda row: cause(row.cause_data, row.cause)),
        Column(_("Seen"), "acknowledged_at", lambda row: ago(row.acknowledged_at), least=90),
        Column("Id", "id", lambda row: row.id[:ID_SHOWN], keep=True),
    ]


def results(names: Mapping[int, str]) -> "list[Column[Report]]":
    """A list of results; `names` are those of endpoints by id."""

    def endpoint_name(row: "Report") -> str:
        return names.get(row.endpoint_id or 0) or str(row.endpoint_id)

    return [
        Column(_("Time"), "checked_at", lambda row: exact(row.checked_at), keep=True),
        Column(_("Endpoint"), "endpoint_id", endpoint_name),
        Column(_("Result"), "status", lambda row: state_text(row.status), keep=True),
        Column(_("Status"), "http_status"),
        Column(_("Took"), "total_ms", lambda row: milliseconds(row.total_ms), right=True),
        Column(_("Message"), "message", lambda row: cause(row.cause_data, row.message)),
    ]


def _moment(when: datetime | None) -> str:
    return f"{ago(when)} ({exact(when)})" if when else ""


def _condition(one: "Assertion") -> str:
    return " ".join(filter(None, (one.kind, one.target, one.operator, plain(one.value))))
