"""What every route of every service promises, as assertions: the envelopes of errors, lists and calls."""

import re
from typing import Any, NotRequired, Protocol, TypedDict

CODE = re.compile(r"[A-Z][A-Z0-9_]*")


Body = dict[str, Any]
"""What the route itself promises about its answer, each test knows."""


class Answer(Protocol):
    """A response of Django's test client, or of requests."""

    status_code: int

    def json(self) -> Any:
        """The body, whatever its route answers."""


class Refusal(TypedDict):
    """The error envelope."""

    message: str
    code: str
    errors: NotRequired[dict[str, list[str]]]


def assert_error(response: Answer, status: int, code: str | None = None) -> Refusal:
    """The error envelope with this status (and code); returns the body."""
    body: Refusal = response.json()
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


def assert_page(response: Answer, *, total: int | None = None) -> list[Body]:
    """The list envelope; returns the items."""
    body = response.json()
    assert response.status_code == 200, body
    assert set(body) == {"items", "page"}, body
    assert set(body["page"]) == {"current_page", "total_count", "per_page"}, body
    assert isinstance(body["items"], list), body
    assert len(body["items"]) <= body["page"]["per_page"], body
    if total is not None:
        assert body["page"]["total_count"] == total, body
    items: list[Body] = body["items"]
    return items


def assert_ok(response: Answer) -> Body:
    """The envelope of a call that is no CRUD and went well; returns the body."""
    body = response.json()
    assert response.status_code == 200, body
    assert body["status"] == "ok", body
    ok: Body = body
    return ok
