"""The conditions on an answer. Each failed one is a sentence with the actual value in it."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec

from common.conditions import Unreadable, pattern_of
from common.json_paths import JsonPath, json_path_of
from endpoint_check.engine.received import Received
from endpoint_check.engine.spec import Assertion, InvalidSpec

MAX_MATCHES = 1000
_SHOWN = 80


class Answer(msgspec.Struct):
    """What assertions look at; body and headers are decoded only when one asks. `expires` is the certificate's end."""

    received: Received
    total_ms: float
    expires: datetime | None
    _text: str | None = None
    _json: Any = None
    _parsed: bool = False

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The last answer's headers, in their order."""
        return self.received.headers

    @property
    def days_left(self) -> float | None:
        """Until the certificate expires; None where there is none."""
        return None if self.expires is None else (self.expires - datetime.now(UTC)).total_seconds() / 86_400

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        if self._text is None:
            self._text = self.received.body.decode(errors="replace")
        return self._text

    @property
    def json(self) -> Any:
        """The body as JSON; raises `ValueError`."""
        if not self._parsed:
            try:
                self._json = json.loads(self.received.body)
            except RecursionError as error:
                raise ValueError("nested too deeply") from error
            self._parsed = True
        return self._json


def regex(pattern: str) -> Any:
    """The compiled pattern; raises `InvalidSpec`."""
    try:
        return pattern_of(pattern)
    except Unreadable as error:
        raise InvalidSpec(f"{_shown(pattern)} is no valid regular expression.") from error


def _header(assertion: Assertion, answer: Answer) -> str | None:
    name = assertion.target.lower()
    values = [value for header, value in answer.headers if header.lower() == name]
    return _compared(f"The header {assertion.target}", assertion, values)


def _json_path(assertion: Assertion, answer: Answer) -> str | None:
    try:
        document = answer.json
    except ValueError:
        return f"The body is no JSON, so {assertion.target} cannot be read."
    try:
        found = list(islice(_path(assertion.target).values(document), MAX_MATCHES))
    except RecursionError:
        found = []
    return _compared(assertion.target, assertion, found)


def _compared(what: str, assertion: Assertion, values: Sequence[Any]) -> str | None:
    """Whether any of `values` satisfies the operator (for the negative ones: all of them)."""
    operator = assertion.operator or "equals"
    if operator == "exists":
        return None if values else f"{what} is missing."
    if operator == "not_exists":
        return None if not values else f"{what} is there: {_shown(values[0])}."
    if not values:
        return f"{what} is missing; expected {_words(operator)} {_shown(assertion.value)}."
    holds = _OPERATORS.get(operator)
    if holds is None:
        raise InvalidSpec(f"{operator!r} is no operator.")
    every = all if operator.startswith("not_") else any
    if every(holds(value, assertion.value) for value in values):
        return None
    return f"{what} is {_shown(values[0])}; expected {_words(operator)} {_shown(assertion.value)}."


def _body_contains(assertion: Assertion, answer: Answer) -> str | None:
    if str(assertion.value) in answer.text:
        return None
    return f"The body does not contain {_shown(assertion.value)}."


def _body_not_contains(assertion: Assertion, answer: Answer) -> str | None:
    return f"The body contains {_shown(assertion.value)}." if str(assertion.value) in answer.text else None


def _body_regex(assertion: Assertion, answer: Answer) -> str | None:
    if regex(str(assertion.value)).search(answer.text):
        return None
    return f"The body does not match {_shown(assertion.value)}."


def _response_time(assertion: Assertion, answer: Answer) -> str | None:
    limit = _number(assertion)
    if answer.total_ms < limit or (answer.total_ms == limit and assertion.operator != "less_than"):
        return None
    return f"The response took {answer.total_ms:.0f} ms; the limit is {limit:.0f} ms."


def _certificate_days(assertion: Assertion, answer: Answer) -> str | None:
    least, left = _number(assertion), answer.days_left
    if left is None:
        return "There is no certificate to look at."
    if left > least or (left == least and assertion.operator != "greater_than"):
        return None
    return f"The certificate is valid for {left:.1f} more days; expected at least {least:.0f}."


def _number(assertion: Assertion) -> float:
    if isinstance(assertion.value, bool) or not isinstance(assertion.value, int | float):
        raise InvalidSpec(f"The value of {assertion.kind} must be a number.")
    return float(assertion.value)


def _equals(actual: Any, wanted: Any) -> bool:
    if isinstance(wanted, str) and not isinstance(actual, str):
        return _text(actual) == wanted
    # In JSON true is not 1.
    return isinstance(actual, bool) == isinstance(wanted, bool) and bool(actual == wanted)


def _numeric(compare: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def holds(actual: Any, wanted: Any) -> bool:
        try:
            return not isinstance(actual, bool) and compare(float(actual), float(wanted))
        except (TypeError, ValueError):
            return False

    return holds


def _contains(actual: Any, wanted: Any) -> bool:
    return wanted in actual if isinstance(actual, list) else str(wanted) in _text(actual)


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _equals,
    "not_equals": lambda actual, wanted: not _equals(actual, wanted),
    "contains": _contains,
    "not_contains": lambda actual, wanted: not _contains(actual, wanted),
    "matches": lambda actual, wanted: bool(regex(str(wanted)).search(_text(actual))),
    "less_than": _numeric(lambda actual, wanted: actual < wanted),
    "at_most": _numeric(lambda actual, wanted: actual <= wanted),
    "greater_than": _numeric(lambda actual, wanted: actual > wanted),
    "at_least": _numeric(lambda actual, wanted: actual >= wanted),
}
FAILURES: dict[str, Callable[[Assertion, Answer], str | None]] = {
    "header": _header,
    "body_contains": _body_contains,
    "body_not_contains": _body_not_contains,
    "body_regex": _body_regex,
    "json_path": _json_path,
    "response_time": _response_time,
    "certificate_days": _certificate_days,
}
"""By kind: None where the assertion holds, else a sentence; raises `InvalidSpec` for one that cannot be evaluated."""


def _path(text: str) -> JsonPath:
    try:
        return json_path_of(text)
    except Unreadable as error:
        raise InvalidSpec(f"{_shown(text)} is no valid JSONPath.") from error


def _words(operator: str) -> str:
    return {"equals": "", "not_equals": "anything but", "matches": "a match of"}.get(
        operator, operator.replace("_", " ")
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
