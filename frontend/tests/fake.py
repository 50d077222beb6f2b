"""The gateway's public API as a real HTTP server: answers in the shapes of docs/architecture.md, notes every call."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from frontend.tests.documents import mismatch
from frontend.tests.fake_more import (
    account_answers,
    channel_answers,
    channels,
    status_answers,
    usage_answers,
    window_answers,
)

KEY = "k" * 40
USER = {
    "id": 1,
    "email": "owner@example.com",
    "name": "Owner",
    "language": "en",
    "time_zone": "Asia/Seoul",
    "created_at": "2026-01-01T00:00:00.000000Z",
}
REFUSED = {"code": "refused", "params": {"address": "203.0.113.7:443", "time": 12}}
REPORT_ID = "019a0000-0000-7000-8000-000000000001"
BADGE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><rect width="80" height="20" fill="#2da44e"/></svg>'
)
INCIDENT_ID = "019a0000-0000-7000-8000-0000000000aa"


def iso(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def endpoint(number: int, name: str, state: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "user_id": 1, "key": name, "name": name, "kind": "http", "url": f"https://{name}/health",
        "method": "GET", "headers": {}, "body": "", "interval": 60, "timeout": 10, "expected_status": "200-299",
        "assertions": [], "failure_threshold": 3, "recovery_threshold": 2, "enabled": state != "paused", "options": {},
        "tags": ["web"], "state": state, "state_changed_at": iso(minutes=4, seconds=3), "last_checked_at": iso(seconds=12),
        "version": 1, "created_at": iso(days=90), "updated_at": iso(days=9),
    } | fields  # fmt: skip


def report(status: str = "up", **fields: Any) -> dict[str, Any]:
    return {
        "id": REPORT_ID, "endpoint_id": 7, "user_id": 1, "region": "default", "checked_at": iso(seconds=12),
        "status": status, "state": status, "incident_id": None, "covers_ms": 60000, "http_status": 200,
        "error_code": None, "message": None, "total_ms": 84.2,
        "phases": {
            "name_lookup_ms": 4.1, "connect_ms": 12.3, "tls_ms": 25.0, "first_byte_ms": 41.8, "transfer_ms": 1.0,
            "redirect_ms": 0.0,
        },
        "resolved_ip": "203.0.113.7", "certificate_expires_at": iso(days=-40), "manual": False, "cause_data": None,
    } | fields  # fmt: skip


def bars(bad: int = 3) -> list[float | None]:
    """90 days; the first nine were not measured."""
    return [None] * 9 + [99.31 if day % 27 == bad else 100.0 for day in range(81)]


def down_ms(shares: list[float | None]) -> list[int | None]:
    """What is down of days that were watched as a whole."""
    return [None if share is None else round((100 - share) * 864_000) for share in shares]


def glance(number: int, name: str, state: str, **fields: Any) -> dict[str, Any]:
    """An item of the overview."""
    return {
        "endpoint_id": number, "key": name, "name": name, "url": f"https://{name}/health", "tags": ["web"], "enabled": True,
        "state": state, "last_result": report(), "open_incident": None,
        "uptime": {"24h": 100.0, "7d": 100.0, "30d": 100.0, "90d": 100.0}, "bars": bars(-1),
        "bars_down_ms": down_ms(fields.get("bars", bars(-1))),
        "hour_bars": [None] * 3 + [100.0] * 21, "hour_bars_down_ms": [None] * 24,
        "sparkline": [None] * 3 + [84.0 + hour % 5 * 7 for hour in range(21)],
    } | fields  # fmt: skip


def series() -> dict[str, Any]:
    """A day in points of ten minutes, with a hole and a slow hour."""
    points = [
        {
            "at": iso(minutes=10 * back), "checks": 10, "down": 0, "uptime": 100.0, "down_ms": 0, "covered_ms": 600_000, "mean_ms": 90.0,
            "min_ms": 70.0, "max_ms": 310.0, "p50_ms": 84.0 + back % 7 * 3, "p95_ms": 140.0 + back % 11 * 9,
            "phases": {"connect_ms": 12.0, "first_byte_ms": 70.0 + back % 7 * 3, "tls_ms": None},
        }
        for back in range(144, 0, -1)
        if not 60 < back < 75
    ]  # fmt: skip
    return {"endpoint_id": 7, "from": iso(days=1), "to": iso(), "step": 600, "points": points}


def page(items: list[Any]) -> dict[str, Any]:
    return {"items": items, "page": {"current_page": 1, "total_count": len(items), "per_page": 100}}


class FakeGateway:
    """`answers[(method, path)]` may be replaced by a test; `calls` is what came in."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.calls: list[tuple[str, str, Any]] = []
        self.requests: list[Request] = []
        self.key_valid = True
        self.drift: list[str] = []
        """What no service would answer; a test that leaves any fails."""
        self.endpoints = [endpoint(7, "api.example.com", "up"), endpoint(8, "shop.example.com", "down")]
        self.channels = channels()
        self.reports = [
            report(certificate_issuer=None, response_headers=None, response_body=""),
            report("down", http_status=None, total_ms=12.0, error_code="connection_refused", resolved_ip="203.0.113.7",
                   message="Connection refused by 203.0.113.7:443 after 12 ms", cause_data=REFUSED),
        ]  # fmt: skip
        self.incident: dict[str, Any] = {
            "id": INCIDENT_ID, "endpoint_id": 8, "status": "open", "cause": "Connection refused by 203.0.113.7:443",
            "error_code": "connection_refused", "region": "default", "cause_data": None, "started_at": iso(minutes=4), "resolved_at": None,
            "acknowledged_at": None, "notes_count": 1, "notes": [{"id": 1, "text": "Looking at it", "created_at": iso(minutes=2)}],
            "timeline": [
                {"event": "detected", "at": iso(minutes=4), "text": "Connection refused by 203.0.113.7:443", "cause_data": None},
                {"event": "confirmed", "at": iso(minutes=4, seconds=-10), "text": "", "cause_data": None},
                {"event": "alerted", "at": iso(minutes=4, seconds=-12), "text": "Mail", "cause_data": None},
                {"event": "note", "at": iso(minutes=2), "text": "Looking at it", "cause_data": None},
            ],
        }  # fmt: skip
        self.answers: dict[tuple[str, str], tuple[int, Any]] = self._answers()
        server.expect_request(re.compile(".*")).respond_with_handler(self._handle)

    def _answers(self) -> dict[tuple[str, str], tuple[int, Any]]:
        point, report_ = "/endpoint-service", "/report-service"
        checked = (200, {"status": "ok", "result": report()})
        times = dict.fromkeys(("mean_ms", "min_ms", "max_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms"))
        phases = ("name_lookup_ms", "connect_ms", "tls_ms", "first_byte_ms", "transfer_ms", "redirect_ms")
        statuses = ("total", "up", "degraded", "down", "maintenance", "unknown", "offline")
        summary = {
            "endpoint_id": 7, "from": iso(days=1), "to": iso(), "covered_ms": 86_400_000, "maintenance_ms": 0,
            "checks": dict.fromkeys(statuses, 0), "phases": dict.fromkeys(phases, times),
            "apdex": {"score": 1.0, "satisfied_ms": 500.0},
            "uptime": 99.98, "down_ms": 600000, "incidents": {"total": 1, "open": 0, "mttr_ms": 600000, "mtbf_ms": 1.0},
            "response_time": {"mean_ms": 90.0, "min_ms": 70.0, "max_ms": 2310.0, "p50_ms": 84.0, "p90_ms": 90.0, "p95_ms": 120.0, "p99_ms": 300.0},
        }  # fmt: skip
        answers: dict[tuple[str, str], tuple[int, Any]] = {
            ("POST", f"{point}/endpoints/bulk"): (200, {"status": "ok", "succeeded": 2, "failed": 0, "results": []}),
            ("GET", f"{point}/endpoints"): (200, page(self.endpoints)),
            ("POST", f"{point}/endpoints"): (201, endpoint(9, "new.example.com", "pending")),
            ("POST", f"{point}/checks"): checked,
            ("GET", f"{report_}/overview"): (200, page([
                glance(7, "api.example.com", "up"),
                glance(8, "shop.example.com", "down", uptime={"24h": 90.0, "7d": 98.0, "30d": 99.5, "90d": 99.93},
                       bars=bars(3), hour_bars=[100.0] * 23 + [40.0], last_result=report("down", total_ms=12.0),
                       open_incident={"id": INCIDENT_ID, "cause": "x", "cause_data": None, "started_at": iso(minutes=4, seconds=3),
                                      "acknowledged_at": None}),
            ])),
            ("GET", f"{report_}/reports"): (200, page(self.reports)),
            ("GET", f"{report_}/reports/{REPORT_ID}"): (200, self.reports[0]),
            ("GET", f"{report_}/incidents"): (200, page([self.incident])),
            ("GET", f"{report_}/incidents/{INCIDENT_ID}"): (200, self.incident),
            ("POST", f"{report_}/incidents/{INCIDENT_ID}/acknowledge"): (200, {"status": "ok", "incident": self.incident}),
            ("POST", f"{report_}/incidents/{INCIDENT_ID}/notes"): (201, {"id": 2, "text": "x", "created_at": iso()}),
        }  # fmt: skip
        answers |= account_answers(USER, KEY) | channel_answers(self.channels)
        answers |= window_answers() | status_answers(bars(3), INCIDENT_ID) | usage_answers()
        for item in self.endpoints:
            at = f"{point}/endpoints/{item['id']}"
            answers |= {
                ("GET", at): (200, item), ("PATCH", at): (200, item), ("DELETE", at): (204, None),
                ("POST", f"{at}/check"): checked, ("POST", f"{at}/pause"): (200, {"status": "ok", "endpoint": item}),
                ("POST", f"{at}/resume"): (200, {"status": "ok", "endpoint": item}),
                ("GET", f"{report_}/endpoints/{item['id']}/summary"): (200, summary),
                ("GET", f"{report_}/endpoints/{item['id']}/series"): (200, series()),
                ("GET", f"{report_}/endpoints/{item['id']}/badges"): (200, {"token": "t"} | {
                    f"{kind}_url": f"{self.url}/badges/t.svg?kind={kind}" for kind in ("state", "uptime", "latency")
                }),
                ("DELETE", f"{report_}/endpoints/{item['id']}/badges"): (204, None),
                ("POST", f"{at}/clone"): (201, item),
            }  # fmt: skip
        return answers

    def refuse(self, method: str, path: str, status: int, code: str, message: str, **errors: list[str]) -> None:
        body: dict[str, Any] = {"message": message, "code": code}
        self.answers[method, path] = (status, body | ({"errors": errors} if errors else {}))

    def set_state(self, number: int, state: str) -> None:
        """What the checker found of an endpoint, as both services tell it."""
        overview = self.answers["GET", "/report-service/overview"][1]["items"]
        for item in (*self.endpoints, *overview):
            if item.get("id", item.get("endpoint_id")) == number:
                item["state"] = state

    def sent(self, method: str, path: str) -> Any:
        """The body of the last such call."""
        return [body for made, at, body in self.calls if (made, at) == (method, path)][-1]

    def _handle(self, request: Request) -> Response:
        self.requests.append(request)
        if request.path.startswith("/badges/"):
            return Response(BADGE, content_type="image/svg+xml")
        body = json.loads(request.data) if request.data else None
        self.calls.append((request.method, request.path, body))
        open_to_all = request.path.startswith("/report-service/status/") or request.path in {
            "/user-service/users",
            "/user-service/users/confirm",
            "/user-service/password-reset",
            "/user-service/password-reset/confirm",
            "/user-service/login",
            "/endpoint-service/checks",
        }
        if not open_to_all and (request.headers.get("apikey") != KEY or not self.key_valid):
            return _json(401, {"message": "Log in first.", "code": "NOT_LOGGED_IN"})
        status, answer = self.answers.get(
            (request.method, request.path), (404, {"message": "There is nothing.", "code": "NOT_FOUND"})
        )
        if status < 400 and (drifted := mismatch(request.method, request.path, status, answer)):
            self.drift.append(drifted)
        return _json(status, answer)


def _json(status: int, body: Any) -> Response:
    return Response(b"" if body is None else json.dumps(body), status=status, content_type="application/json")
