"""The fake gateway's answers about accounts, channels, windows and status pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

from common.contracts.alerts import CHOICES

Answers = dict[tuple[str, str], tuple[int, Any]]
USER, NOTE, POINT, REPORT = "/user-service", "/notification-service", "/endpoint-service", "/report-service"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RECOVERY_CODES = [f"abcd-efg{number}" for number in range(2, 10)]
OK = (200, {"status": "ok"})
TIMES = {"created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z"}


def iso(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def page(items: list[Any]) -> dict[str, Any]:
    return {"items": items, "page": {"current_page": 1, "total_count": len(items), "per_page": 100}}


def channels() -> list[dict[str, Any]]:
    """The user's own mail, and Slack with every rule."""
    events = list(CHOICES)
    plain = {
        "enabled": True, "events": events, "endpoint_ids": [], "tags": [], "quiet_from": None, "quiet_to": None,
        "delay": 0, "remind_every": 0, "unconfirmed_addresses": [], "refused_addresses": [], "disabled_reason": "", **TIMES,
    }  # fmt: skip
    ruled = {
        "events": ["down", "up"], "endpoint_ids": [7], "tags": ["web"], "quiet_from": "22:00", "quiet_to": "07:00",
        "delay": 300, "remind_every": 45,
    }  # fmt: skip
    return [
        plain | {"id": 3, "name": "Mail", "kind": "email", "settings": {"addresses": ["owner@example.com"]}},
        plain | {"id": 4, "name": "Ops", "kind": "slack",
                 "settings": {"domain": "acme", "channel": "#ops", "token": "••••••"}} | ruled,
        plain | {"id": 5, "name": "Team", "kind": "email", "settings": {"addresses": ["team@example.com"]},
                 "enabled": False, "disabled_reason": "550 no such user", "unconfirmed_addresses": ["team@example.com"]},
    ]  # fmt: skip


def delivery(number: int, state: str, **fields: Any) -> dict[str, Any]:
    incident = "019a0000-0000-7000-8000-0000000000aa"
    return {
        "id": number, "reason": "alert", "state": state, "created_at": iso(minutes=4), "due_at": iso(minutes=4),
        "next_attempt_at": iso(minutes=-1), "finished_at": None if state == "pending" else iso(minutes=3),
        "alerts": [{"incident_id": incident, "event": "down", "endpoint_id": 8, "endpoint_name": "shop.example.com",
                    "occurred_at": iso(minutes=4)}],
        "attempts": [
            {"number": 1, "started_at": iso(minutes=4), "finished_at": iso(minutes=4, seconds=-1),
             "outcome": "temporary", "answer": "421 try again later"},
            {"number": 2, "started_at": iso(minutes=3), "finished_at": iso(minutes=3, seconds=-1),
             "outcome": "delivered" if state == "delivered" else "permanent", "answer": "250 OK"},
        ],
    } | fields  # fmt: skip


def usage(*items: tuple[str, str, int, int]) -> tuple[int, Any]:
    """`GET /usage`: label, unit, used, most."""
    return 200, page([
        {"name": label.lower(), "label": label, "unit": unit, "period": 3600 if "mail" in label else None,
         "used": used, "most": most}
        for label, unit, used, most in items
    ])  # fmt: skip


def usage_answers() -> Answers:
    return {
        ("GET", f"{POINT}/usage"): usage(("Endpoints", "count", 24, 5000), ("Checks a minute", "count", 29_000, 30_000)),
        ("GET", f"{NOTE}/usage"): usage(("E-mails", "count", 1000, 1000)),
        ("GET", f"{REPORT}/usage"): usage(("Answers kept as evidence", "bytes", 1_500_000, 100_000_000)),
    }  # fmt: skip


def channel_answers(known: list[dict[str, Any]]) -> Answers:
    answers: Answers = {
        ("GET", f"{NOTE}/notifications"): (200, page(known)),
        ("POST", f"{NOTE}/notifications"): (201, known[0]),
    }
    for item in known:
        at = f"{NOTE}/notifications/{item['id']}"
        answers |= {
            ("GET", at): (200, item), ("PATCH", at): (200, item), ("DELETE", at): (204, None),
            ("POST", f"{at}/test"): OK, ("POST", f"{at}/confirm"): OK,
            ("GET", f"{at}/deliveries"): (200, page([
                delivery(13, "pending"), delivery(12, "delivered"), delivery(11, "failed", reason="test", alerts=[]),
            ])),
        }  # fmt: skip
    return answers


def account_answers(user: dict[str, Any], key: str) -> Answers:
    event = {"id": 9, "kind": "logged_in", "address": "198.51.100.7", "detail": "", "created_at": iso(hours=2)}
    return {
        ("POST", f"{USER}/users"): (201, user | {"key": key}),
        ("POST", f"{USER}/login"): (200, user | {"key": key}),
        ("POST", f"{USER}/logout"): OK,
        ("POST", f"{USER}/users/confirm"): (201, user | {"key": key}),
        ("POST", f"{USER}/password-reset"): OK,
        ("POST", f"{USER}/password-reset/confirm"): OK,
        ("GET", f"{USER}/users/me"): (200, user),
        ("PATCH", f"{USER}/users/me"): (200, user),
        ("DELETE", f"{USER}/users/me"): (204, None),
        ("POST", f"{USER}/users/me/password"): OK,
        ("GET", f"{USER}/users/me/events"): (200, page([event, event | {"kind": "login_failed"},
                                                        event | {"kind": "key_created", "detail": "deploy"}])),
        ("GET", f"{USER}/users/me/totp"): (200, {"enabled": False, "recovery_codes_left": 0}),
        ("POST", f"{USER}/users/me/totp"): (200, {
            "status": "ok", "secret": SECRET, "uri": f"otpauth://totp/pongpong:owner%40example.com?secret={SECRET}",
        }),
        ("POST", f"{USER}/users/me/totp/confirm"): (200, {"status": "ok", "recovery_codes": RECOVERY_CODES}),
        ("POST", f"{USER}/users/me/totp/disable"): OK,
        ("GET", f"{USER}/keys"): (200, page([
            {"id": 5, "name": "deploy", "created_at": iso(days=3), "expires_at": None, "last_used_at": iso(hours=2)},
            {"id": 7, "name": "ci", "created_at": iso(days=3), "expires_at": iso(days=-27), "last_used_at": None},
        ])),
        ("POST", f"{USER}/keys"): (201, {
            "id": 6, "name": "ci", "key": "secret-key-shown-once", "created_at": iso(), "expires_at": None,
            "last_used_at": None,
        }),
        ("DELETE", f"{USER}/keys/5"): (204, None),
    }  # fmt: skip


def window(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number, "user_id": 1, **TIMES, "name": "Upgrade", "endpoint_ids": [7], "tags": [], "starts_at": iso(hours=-3), "duration": 3600,
        "cron": "", "time_zone": "Asia/Seoul", "ends_at": None, "next_starts_at": iso(hours=-3),
        "occurrences": [{"starts_at": iso(hours=-3), "ends_at": iso(hours=-4)}], "problem": None,
    } | fields  # fmt: skip


def window_answers() -> Answers:
    at = f"{POINT}/maintenance-windows"
    weekly = {"starts_at": None, "cron": "0 3 * * 0,6", "tags": ["web"], "endpoint_ids": []}
    known = [
        window(2),
        window(3, name="Backups", **weekly, occurrences=[
            {"starts_at": iso(minutes=10), "ends_at": iso(minutes=-50)}, {"starts_at": iso(days=-7), "ends_at": iso(days=-8)},
        ]),
        window(4, name="Moving house", occurrences=[], starts_at=iso(days=3)),
    ]  # fmt: skip
    answers: Answers = {
        ("GET", at): (200, page(known)),
        ("POST", at): (201, known[0]),
        ("POST", f"{at}/preview"): (200, {"status": "ok", "occurrences": known[1]["occurrences"]}),
    }
    for item in known:
        one = f"{at}/{item['id']}"
        answers |= {("GET", one): (200, item), ("PATCH", one): (200, item), ("DELETE", one): (204, None)}
    return answers


def status_answers(bars: list[float | None], incident_id: str) -> Answers:
    at = f"{REPORT}/status-pages"
    shown = {
        "id": 4, **TIMES, "slug": "acme", "title": "Acme", "description": "Our services", "published": True,
        "show_response_times": True,
        "groups": [{"name": "Web", "endpoints": [{"endpoint_id": 7, "name": "API"}]}, {"name": "Shop", "endpoints": []}],
    }  # fmt: skip
    update = {
        "id": 2, "stage": "identified", "text": "A full disk.\nWe make room.", "created_at": iso(minutes=2),
        "updated_at": iso(minutes=2),
    }  # fmt: skip
    told = {"updates": [{name: update[name] for name in ("stage", "text", "created_at")}]}
    note = {"id": 6, **TIMES, "kind": "maintenance", "title": "New rack", "text": "We move\nat night.", "starts_at": iso(hours=1),
            "ends_at": None}  # fmt: skip
    entry = {
        "name": "API",
        "state": "down",
        "fault": False,
        "uptime": {"90d": 99.93},
        "bars": bars,
        "bars_down_ms": [None if share is None else round((100 - share) * 864_000) for share in bars],
        "sparkline": [None, 80.0, 84.0, 91.0, 88.0] * 4 + [120.0, 95.0, 90.0, 84.0],
    }
    public = {
        "slug": "acme", "title": "Acme", "description": "Our services", "state": "down", "bars_start": "2026-01-01",
        "language": "", "time_zone": "", "sentence": "",
        "groups": [{"name": "Web", "endpoints": [entry, entry | {"name": "Shop", "state": "up"}]}],
        "incidents": [
            {"key": incident_id, "name": "API", "status": "open", "started_at": iso(minutes=4), "resolved_at": None} | told,
            {"key": incident_id, "name": "Shop", "status": "resolved", "started_at": iso(days=2, hours=5),
             "resolved_at": iso(days=2, hours=4), "updates": []},
        ],
        "maintenance": [
            {"key": incident_id, "starts_at": iso(minutes=9), "ends_at": iso(minutes=-51), "under_way": True,
             "endpoints": ["API"]},
            {"key": incident_id, "starts_at": iso(days=-2), "ends_at": iso(days=-3), "under_way": False,
             "endpoints": ["API", "Shop"]},
        ],
        "announcements": [{name: note[name] for name in ("kind", "title", "text", "starts_at", "ends_at")}],
    }  # fmt: skip
    later = note | {"id": 8, "kind": "information", "title": "Holidays", "starts_at": iso(days=-3)}
    over = note | {"id": 9, "kind": "incident", "title": "Slow database", "ends_at": iso(minutes=5)}
    notes, updates = f"{at}/4/announcements", f"{at}/4/incidents/{incident_id}/updates"
    return {
        ("GET", at): (200, page([shown, shown | {"id": 5, "slug": "draft", "title": "Draft", "published": False}])),
        ("POST", at): (201, shown), ("GET", f"{at}/4"): (200, shown), ("PATCH", f"{at}/4"): (200, shown),
        ("DELETE", f"{at}/4"): (204, None), ("GET", f"{at}/4/preview"): (200, public),
        ("GET", f"{REPORT}/status/acme"): (200, public),
        ("GET", updates): (200, page([update])), ("POST", updates): (201, update),
        ("PATCH", f"{updates}/2"): (200, update), ("DELETE", f"{updates}/2"): (204, None),
        ("GET", notes): (200, page([later, note, over])), ("POST", notes): (201, note),
        ("GET", f"{notes}/6"): (200, note), ("PATCH", f"{notes}/6"): (200, note), ("DELETE", f"{notes}/6"): (204, None),
    }  # fmt: skip
