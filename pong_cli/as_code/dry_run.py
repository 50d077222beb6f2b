"""Asking the API what it would do: it alone knows its rules, and whether a secret is another one than it keeps."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pong_cli.errors import ApiError

if TYPE_CHECKING:
    from pong_cli.api import Api
    from pong_cli.as_code.document import Document
    from pong_cli.as_code.plan import Change

MOST = 5000
"""Entries in one import."""
_REWRITTEN = {"url", "assertions", "headers", "options", "expected_status"}
"""Fields that the API stores in a form of its own, so that a difference may be none."""
_FIELD = re.compile(r"endpoints\.([0-9]+)(?:\.(.+))?", re.ASCII)


def settled(api: "Api", document: "Document", changes: "list[Change]") -> "list[Change]":
    """The changes without those that would change nothing; raises `WrongUsage` with lines for what the API refuses."""
    uncertain = [change for change in changes if _is_uncertain(change)]
    names = {change.name for change in uncertain}
    asked = [change for change in changes if change.action == "create" or change.fields or change.name in names]
    updated = 0
    for start in range(0, len(asked), MOST):
        updated += _updated(api, document, asked[start : start + MOST])
    sure = sum(change.action == "update" for change in asked) - len(uncertain)
    real = {change.name for change in _real(api, document, uncertain, updated - sure)}
    return [_decided(change, real) if change.name in names else change for change in changes]


def _is_uncertain(change: "Change") -> bool:
    if change.action != "update" or change.fields.keys() - _REWRITTEN:
        return False
    secret = change.entry.get("options", {}).get("auth") or change.entry.get("headers")
    return bool(change.fields) or bool(secret)


def _decided(change: "Change", real: set[str]) -> "Change":
    if change.name not in real:
        return replace(change, fields={})
    return change if change.fields else replace(change, fields={"secrets": (None, None)})


def _real(api: "Api", document: "Document", changes: "list[Change]", count: int) -> "list[Change]":
    """Which `count` of these would change anything, by halving."""
    if count <= 0:
        return []
    if count >= len(changes):
        return changes
    half = len(changes) // 2
    first = _updated(api, document, changes[:half])
    return _real(api, document, changes[:half], first) + _real(api, document, changes[half:], count - first)


def _updated(api: "Api", document: "Document", changes: "list[Change]") -> int:
    """How many endpoints an import of these would update."""
    if not changes:
        return 0
    body = {"version": 1, "endpoints": [change.entry for change in changes]}
    try:
        answer: dict[str, Any] = api.post("/endpoint-service/endpoints/import", body, dry_run="true")
    except ApiError as error:
        if not error.errors:
            raise
        for name, texts in error.errors.items():
            match = _FIELD.fullmatch(name)
            change = changes[int(match[1])] if match else changes[0]
            where = f"{change.name}.{match[2]}" if match and match[2] else change.name
            document.problems.append(
                (_line(document, change, match[2] if match else None), f"{where}: {' '.join(texts)}")
            )
        document.refuse()
        raise
    return int(answer["updated"])


def _line(document: "Document", change: "Change", field: str | None) -> int:
    """The line of the field, or of the entry where the field is not written."""
    index = next(number for number, entry in enumerate(document.data["endpoints"]) if entry["key"] == change.name)
    parts = [int(part) if part.isdigit() else part for part in (field or "").split(".") if part]
    return document.line(("endpoints", index, *parts))
