"""Comparing what an answer holds with what a condition wants."""

import json
import re
from collections.abc import Callable
from decimal import Decimal

from common.contracts.causes import because
from common.formats.conditions import Pattern, Unreadable, pattern_of
from common.formats.text import storable
from endpoint_check.engine.judging.facts import Facts
from endpoint_check.engine.judging.redaction import SHOWN
from endpoint_check.engine.spec import InvalidSpec

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,9})?", re.ASCII)
"""RFC 8259, 6."""
_LONG = 4000
"""Digits up to which Python reads a whole number without complaint."""

Comparison = Callable[[object, object, Facts], bool]
Number = int | float | Decimal


def written(value: object) -> str:
    """A text as it is, everything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def equals(actual: object, wanted: object, facts: Facts) -> bool:
    """Whether both are the same. A text may also write a number, a boolean, null, a list or an object that is meant."""
    if isinstance(actual, list | dict):
        facts.budget.spend(200 * len(facts.received.body))
    if not isinstance(wanted, str):
        return _same(actual, wanted)
    if isinstance(actual, str):
        return facts.normal(actual) == facts.normal(wanted)
    return _same_as_written(actual, wanted)


def contains(actual: object, wanted: object, facts: Facts) -> bool:
    """Whether the text is in the text, or the value among those of the list."""
    if isinstance(actual, list):
        facts.budget.spend(3000 * len(actual))
        return any(equals(item, wanted, facts) for item in actual)
    return found_in(_text(actual, facts), str(wanted), facts)


def found_in(text: str, wanted: str, facts: Facts) -> bool:
    """Whether `wanted` is in a `text` of the normal form C."""
    facts.budget.spend(10 * len(text))
    return facts.normal(wanted) in text


def matches(actual: object, wanted: object, facts: Facts) -> bool:
    """Whether the pattern is found in the text."""
    return pattern(wanted, facts).search(storable(_text(actual, facts))) is not None


def pattern(text: object, facts: Facts) -> Pattern:
    """The compiled pattern; raises `InvalidSpec`. Its time is linear in what is searched, but nobody knows the factor."""
    facts.budget.spend(10**9)
    try:
        return pattern_of(str(text))
    except Unreadable as error:
        raise InvalidSpec(because("no_pattern", pattern=shown(text))) from error


def shown(value: object) -> str:
    """A value of the spec as a sentence shows it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _text(actual: object, facts: Facts) -> str:
    if isinstance(actual, dict | list):
        facts.budget.spend(200 * len(facts.received.body))
    return facts.normal(written(actual))


def _compared(compare: Callable[[Number, Number], bool]) -> Comparison:
    def holds(actual: object, wanted: object, _facts: Facts) -> bool:
        number, limit = _number_of(actual), _number_of(wanted)
        return number is not None and limit is not None and compare(number, limit)

    return holds


def _number_of(value: object) -> Number | None:
    """The number that it is or, as a text, writes; None for what is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    digits = match[0]
    return int(digits) if not (match[1] or match[2] or len(digits) > _LONG) else Decimal(digits)


def _same_as_written(actual: object, text: str) -> bool:
    if isinstance(actual, float):
        return _NUMBER.fullmatch(text) is not None and actual == float(text)
    if isinstance(actual, int) and not isinstance(actual, bool):
        return actual == _number_of(text)
    try:
        return _same(actual, json.loads(text))
    except (ValueError, RecursionError):
        return False


def _same(actual: object, wanted: object) -> bool:
    # In JSON true is not 1.
    return isinstance(actual, bool) == isinstance(wanted, bool) and bool(actual == wanted)


OPERATORS: dict[str, Comparison] = {
    "equals": equals,
    "not_equals": lambda actual, wanted, facts: not equals(actual, wanted, facts),
    "contains": contains,
    "not_contains": lambda actual, wanted, facts: not contains(actual, wanted, facts),
    "matches": matches,
    "less_than": _compared(lambda actual, wanted: actual < wanted),
    "at_most": _compared(lambda actual, wanted: actual <= wanted),
    "greater_than": _compared(lambda actual, wanted: actual > wanted),
    "at_least": _compared(lambda actual, wanted: actual >= wanted),
}
