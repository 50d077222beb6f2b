"""The conditions on an answer. Each failed one is a cause with the actual value in it, without secrets."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain

from common.contracts.assertions import ASSERTIONS, Assertion
from common.contracts.causes import Cause, because
from common.formats.conditions import Unreadable
from common.security.secret_headers import is_secret_of_answer
from endpoint_check.engine.judging import values
from endpoint_check.engine.judging.facts import Facts, NoJson, TooDeep
from endpoint_check.engine.judging.redaction import REDACTED, SHOWN
from endpoint_check.engine.spec import InvalidSpec

OF_BODY = frozenset(name for name, kind in ASSERTIONS.items() if kind.of_body)
_NEGATIVE = frozenset({"not_equals", "not_contains", "not_exists"})
"""Operators that must hold for every value."""
_ENDS = re.compile(r"(?:[^\\]|^)(?:\\\\)*(?:\$|\\[zbB])")
"""What a pattern says of the place behind a match."""
_STEP = re.compile(
    r"\.([A-Za-z_\u0080-\ud7ff\ue000-\U0010ffff][A-Za-z0-9_\u0080-\ud7ff\ue000-\U0010ffff]*)"
    r"|\['([^'\\\x00-\x1f]*)'\]|\[\"([^\"\\\x00-\x1f]*)\"\]|\[(0|-?[1-9][0-9]{0,8})\]"
)


def failure_of(assertion: Assertion, facts: Facts) -> Cause | None:
    """None where the assertion holds, else the cause; raises `InvalidSpec` for one that cannot be evaluated."""
    encoding = facts.received.undecoded
    if encoding and assertion.kind in OF_BODY:
        named = facts.redaction.shown(encoding)
        return because("encoding_unknown", name=named)
    return _FAILURES[assertion.kind](assertion, facts)


def described(assertion: Assertion) -> str:
    """The condition as a sentence names it."""
    what = assertion.target or values.shown(assertion.value)
    return f"{assertion.kind} {what if len(what) <= SHOWN else what[: SHOWN - 1] + '…'}"


def _header(assertion: Assertion, facts: Facts) -> Cause | None:
    name = assertion.target.lower()
    found = [value for header, value in facts.headers if header.lower() == name]
    if not found and assertion.operator in _NEGATIVE:
        return None
    return _compared(
        because("header", name=assertion.target), assertion, found, facts, is_secret=is_secret_of_answer(name)
    )


def _json_path(assertion: Assertion, facts: Facts) -> Cause | None:
    path = assertion.target
    try:
        return _compared(path, assertion, _found(path, facts.json, facts), facts)
    except (TooDeep, RecursionError):
        return because("too_deep", path=path)
    except NoJson:
        if facts.received.cut:
            return because("cut_path", size=_read(facts), path=path)
        return because("no_json", path=path)


def _found(path: str, document: object, facts: Facts) -> Iterable[object]:
    steps = _steps(path)
    if steps is None:
        facts.budget.spend(10**9)
        # Loaded where it is needed: in the check loop it never is.
        from common.formats.json_paths import json_path_of  # noqa: PLC0415

        try:
            return json_path_of(path).values(document)
        except Unreadable as error:
            raise InvalidSpec(because("no_json_path", pattern=values.shown(path))) from error
    for step in steps:
        document = _member(document, step)
    return [] if document is _ABSENT else [document]


_ABSENT = object()


def _member(document: object, step: str | int) -> object:
    if isinstance(step, str):
        return document.get(step, _ABSENT) if isinstance(document, dict) else _ABSENT
    return document[step] if isinstance(document, list) and -len(document) <= step < len(document) else _ABSENT


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str | int, ...] | None:
    """The names and places that a path goes through where it is but a chain of them; None for any other path."""
    if not path.startswith("$"):
        return None
    steps, place = [], 1
    while place < len(path):
        step = _STEP.match(path, place)
        if step is None:
            return None
        name = next((text for text in step.group(1, 2, 3) if text is not None), None)
        steps.append(int(step[4]) if name is None else name)
        place = step.end()
    return tuple(steps)


def _compared(
    what: str | Cause, assertion: Assertion, found: Iterable[object], facts: Facts, *, is_secret: bool = False
) -> Cause | None:
    """Whether any of the values found satisfies the operator (for the negative ones: all of them)."""

    def show(value: object) -> str:
        return REDACTED if is_secret else facts.redaction.shown(value)

    operator = assertion.operator or "equals"
    iterator = iter(found)
    first = next(iterator, _ABSENT)
    if operator == "exists":
        return because("missing", what=what) if first is _ABSENT else None
    if operator == "not_exists":
        return None if first is _ABSENT else because("there", what=what, found=show(first))
    holds = values.OPERATORS.get(operator)
    if holds is None:
        raise InvalidSpec(because("no_operator", name=repr(operator)))
    value = values.shown(assertion.value)
    wanted = value if operator == "equals" else because(operator, value=value)
    if first is _ABSENT:
        return because("missing_wanted", what=what, wanted=wanted)
    every = chain([first], iterator)
    if operator in _NEGATIVE:
        wrong = next((value for value in every if not holds(value, assertion.value, facts)), _ABSENT)
        return None if wrong is _ABSENT else because("differs", what=what, found=show(wrong), wanted=wanted)
    if any(holds(value, assertion.value, facts) for value in every):
        return None
    return because("differs", what=what, found=show(first), wanted=wanted)


def _body_contains(assertion: Assertion, facts: Facts) -> Cause | None:
    if _is_in_body(assertion, facts):
        return None
    if facts.received.cut:
        return because("cut_not_containing", size=_read(facts), value=values.shown(assertion.value))
    return because("not_containing", value=values.shown(assertion.value))


def _body_not_contains(assertion: Assertion, facts: Facts) -> Cause | None:
    if _is_in_body(assertion, facts):
        return because("containing", value=values.shown(assertion.value))
    if facts.received.cut:
        return because("cut_unknown", size=_read(facts), value=values.shown(assertion.value))
    return None


def _is_in_body(assertion: Assertion, facts: Facts) -> bool:
    wanted, text = str(assertion.value), facts.raw_text
    facts.budget.spend(10 * len(text))
    # Mostly it is found so, and spares the normal form.
    return wanted in text or (not (text.isascii() and wanted.isascii()) and values.found_in(facts.text, wanted, facts))


def _body_regex(assertion: Assertion, facts: Facts) -> Cause | None:
    match = values.pattern(assertion.value, facts).search(facts.text)
    if not facts.received.cut:
        return None if match else because("not_matching", value=values.shown(assertion.value))
    # More of the body would have been no end, or the end of no word.
    if match and not (match.end() == len(facts.text) and _ENDS.search(str(assertion.value))):
        return None
    return because("cut_not_matching", size=_read(facts), value=values.shown(assertion.value))


def _read(facts: Facts) -> str:
    return f"{len(facts.received.body) / 1024:,.0f}"


def _response_time(assertion: Assertion, facts: Facts) -> Cause | None:
    limit = _number(assertion)
    if facts.total_ms < limit or (facts.total_ms == limit and assertion.operator != "less_than"):
        return None
    return because("over_limit", time=round(facts.total_ms), limit=round(limit))


def _certificate_days(assertion: Assertion, facts: Facts) -> Cause | None:
    least, left = _number(assertion), facts.days_left
    if left is None:
        return because("no_certificate")
    if left > least or (left == least and assertion.operator != "greater_than"):
        return None
    return because("certificate_short", days=f"{left:.1f}", least=round(least))


def _number(assertion: Assertion) -> float:
    value = assertion.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e18:
        raise InvalidSpec(because("no_number", kind=assertion.kind))
    return float(value)


_FAILURES: dict[str, Callable[[Assertion, Facts], Cause | None]] = {
    "header": _header,
    "body_contains": _body_contains,
    "body_not_contains": _body_not_contains,
    "body_regex": _body_regex,
    "json_path": _json_path,
    "response_time": _response_time,
    "certificate_days": _certificate_days,
}
