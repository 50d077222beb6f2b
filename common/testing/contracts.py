"""What every route of every service promises, as assertions: the envelopes of errors, lists and calls."""

import re
from typing import Any

CODE = re.compile(r"[A-Z][A-Z0-9_]*")


def assert_error(response: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The error envelope with this status (and code); returns the body."""
    body = _json(response)
    assert response.status_code == status, body
    assert set(body) <= {"message", "code", "errors"}, body
    assert isinstance(body["message"], str), body
    assert body["message"], body
    assert CODE.fullmatch(body["code"]), body
    if code is not None:
        assert body["code"] == code, body
    for field, messages in body.get("errors", {}).items():
        assert isinstance(field, str), body
        assert messages, body
        assert all(isinstance(message, str) for message in messages), body
    return body


def assert_page(response: Any, *, total: int | None = None) -> list[dict[str, Any]]:
    """The list envelope; returns the items."""
    body = _json(response)
    assert response.status_code == 200, body
    assert set(body) == {"items", "page"}, body
    assert set(body["page"]) == {"current_page", "total_count", "per_page"}, body
    assert isinstance(body["items"], list), body
    assert len(body["items"]) <= body["page"]["per_page"], body
    if total is not None:
        assert body["page"]["total_count"] == total, body
    items: list[dict[str, Any]] = body["items"]
    return items


def assert_ok(response: Any) -> dict[str, Any]:
    """The envelope of a call that is no CRUD and went well; returns the body."""
    body = _json(response)
    assert response.status_code == 200, body
    assert body["status"] == "ok", body
    return body


def _json(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = response.json()
    return body
