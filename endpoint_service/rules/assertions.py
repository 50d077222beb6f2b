"""What an endpoint may assert about an answer: `{kind, target, operator, value}`, one shape for every kind."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from common.conditions import Unreadable, pattern_of
from common.json_paths import json_path_of
from endpoint_service.rules.headers import _NAME as HEADER_NAME
from endpoint_service.rules.invalid import Invalid
from endpoint_service.rules.texts import clean_choice, clean_integer, clean_text, refuse_unknown

MAX_ASSERTIONS = 20
MAX_VALUE = 4096
MAX_PATH = 500
MAX_NUMBER = 2**53
"""Up to here every JSON reader sees the same number (RFC 8259, 6)."""
FIELDS = ("kind", "target", "operator", "value")
TEXT_OPERATORS = ("equals", "not_equals", "contains", "not_contains", "matches", "exists", "not_exists")
NUMBER_OPERATORS = ("less_than", "at_most", "greater_than", "at_least")

BOUNDS = {"response_time": (1, 60_000), "certificate_days": (0, 3650)}
"""The values of the kinds that compare a whole number, in ms and in days."""


@dataclass(frozen=True)
class _Kind:
    """`operators`: the first is the default; none means that the kind itself says it. `kinds`: of endpoints. `of_body`: whether it looks at the answer's body."""

    operators: tuple[str, ...] = ()
    target: bool = False
    kinds: tuple[str, ...] = ("http",)
    of_body: bool = False


KINDS = {
    "header": _Kind(TEXT_OPERATORS, target=True),
    "body_contains": _Kind(of_body=True),
    "body_not_contains": _Kind(of_body=True),
    "body_regex": _Kind(of_body=True),
    "json_path": _Kind((*TEXT_OPERATORS, *NUMBER_OPERATORS), target=True, of_body=True),
    "response_time": _Kind(("at_most", "less_than"), kinds=("http", "tcp", "tls", "dns", "ping")),
    "certificate_days": _Kind(("at_least", "greater_than"), kinds=("http", "tls")),
}


def clean_assertions(value: Any) -> list[dict[str, Any]]:
    """A list of assertions in their full form; raises `Invalid` with the position of the wrong one."""
    if not isinstance(value, list):
        raise Invalid(_("A list of assertions."))
    if len(value) > MAX_ASSERTIONS:
        raise Invalid(_("At most %(most)d assertions.") % {"most": MAX_ASSERTIONS})
    cleaned = []
    for index, item in enumerate(value):
        try:
            cleaned.append(_clean(item))
        except Invalid as error:
            raise error.below(index) from error
    return cleaned


def refuse_assertions_of_other_kinds(kind: str, assertions: list[dict[str, Any]]) -> None:
    """Raises `Invalid` for an assertion that cannot be made about this kind of endpoint."""
    for index, assertion in enumerate(assertions):
        if kind not in KINDS[assertion["kind"]].kinds:
            raise Invalid(
                _("Endpoints of the kind %(kind)s do not know this assertion.") % {"kind": kind}, path=f"{index}.kind"
            )


def refuse_body_assertions_of_head(method: str, assertions: list[dict[str, Any]]) -> None:
    """Raises `Invalid` for an assertion about what an answer to HEAD does not have (RFC 9110, 9.3.2)."""
    for index, assertion in enumerate(assertions):
        if method == "HEAD" and KINDS[assertion["kind"]].of_body:
            raise Invalid(_("An answer to HEAD has no body that could be looked at."), path=f"{index}.kind")


def clean_regex(text: str) -> str:
    """A pattern of RE2 (linear time, whatever it is); raises `Invalid`."""
    try:
        pattern_of(text)
    except Unreadable as error:
        raise Invalid(_("This is no valid regular expression: %(reason)s") % {"reason": error}) from error
    return text


def _clean(item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise Invalid(_("An object with kind, target, operator and value."))
    refuse_unknown(item, FIELDS)
    kind = _at("kind", clean_choice, item.get("kind"), tuple(KINDS))
    rule = KINDS[kind]
    operator = item.get("operator") or (rule.operators[0] if rule.operators else "")
    if rule.operators:
        _at("operator", clean_choice, operator, rule.operators)
    elif operator:
        raise Invalid(_("This kind of assertion has no operator."), path="operator")
    target = item.get("target") or ""
    if target and not rule.target:
        raise Invalid(_("This kind of assertion has no target."), path="target")
    return {
        "kind": kind,
        "target": _at("target", _target, kind, target) if rule.target else "",
        "operator": operator,
        "value": _at("value", _value, kind, operator, item.get("value")),
    }


def _at(path: str, rule: Any, *values: Any) -> Any:
    try:
        return rule(*values)
    except Invalid as error:
        raise error.below(path) from error


def _target(kind: str, target: Any) -> str:
    if kind == "header":
        if not isinstance(target, str) or not HEADER_NAME.fullmatch(target):
            raise Invalid(_("This is no valid header name."))
        return target
    path = clean_text(target, most=MAX_PATH)
    try:
        json_path_of(path)
    except Unreadable as error:
        raise Invalid(_("This is no valid JSONPath.")) from error
    return path


def _value(kind: str, operator: str, value: Any) -> Any:
    if kind in BOUNDS:
        return clean_integer(value, *BOUNDS[kind])
    if operator in {"exists", "not_exists"}:
        if value not in (None, ""):
            raise Invalid(_("This operator takes no value."))
        return None
    if operator in NUMBER_OPERATORS:
        return _number(value)
    if kind == "body_regex" or operator == "matches":
        return clean_regex(clean_text(value, most=1000))
    if kind == "json_path" and operator in {"equals", "not_equals"} and not isinstance(value, str):
        return value if value is None or isinstance(value, bool) else _number(value)
    return clean_text(value, most=MAX_VALUE, least=0 if kind in {"header", "json_path"} else 1)


def _number(value: Any) -> int | float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise Invalid(_("A number."))
    return value
