"""Asking the API what it would do: it alone knows its rules, and whether a secret is another one than it keeps."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from common.contracts.answers.endpoint_service import ImportAnswer
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
    uncertain = {change.name for change in changes if _is_uncertain(change)}
    asked = [change for change in changes if change.action == "create" or change.fields or change.name in uncertain]
    unchanged: set[str] = set()
    for start in range(0, len(asked), MOST):
        part = asked[start : start + MOST]
        unchanged |= _unchanged(part, _asked(api, document, part), uncertain)
    return [_decided(change, unchanged) if change.name in uncertain else change for change in changes]


def _is_uncertain(change: "Change") -> bool:
    if change.action != "update" or change.fields.keys() - _REWRITTEN:
        return False
    options = change.entry.get("options")
    secret = (isinstance(options, dict) and options.get("auth")) or change.entry.get("headers")
    return bool(change.fields) or bool(secret)


def _decided(change: "Change", unchanged: set[str]) -> "Change":
    if change.name in unchanged:
        return replace(change, fields={})
    return change if change.fields else replace(change, fields={"secrets": (None, None)})


def _unchanged(asked: "list[Change]", answer: ImportAnswer, uncertain: set[str]) -> set[str]:
    """Which of these would stay as they are."""
    if answer.entries is not None:
        return {asked[entry.index].name for entry in answer.entries if entry.action == "none"}
    # A server of before only counts. Where it is not none of them, all are sent: a second time does no harm.
    sure = sum(change.action == "update" and change.name not in uncertain for change in asked)
    return uncertain if answer.updated <= sure else set()


def _asked(api: "Api", document: "Document", changes: "list[Change]") -> ImportAnswer:
    """What an import of these would do; raises `WrongUsage` with lines for what it refuses."""
    body = {"version": 1, "endpoints": [change.entry for change in changes]}
    try:
        return api.post("/endpoint-service/endpoints/import", body, answer=ImportAnswer, dry_run="true").known
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


def _line(document: "Document", change: "Change", field: str | None) -> int:
    """The line of the field, or of the entry where the field is not written."""
    index = next(number for number, entry in enumerate(document.sections["endpoints"]) if entry["key"] == change.name)
    parts = [int(part) if part.isdigit() else part for part in (field or "").split(".") if part]
    return document.line(("endpoints", index, *parts))
