"""What an endpoint may assert about an answer: `{kind, target, operator, value}`, one shape for every kind."""

from collections.abc import Mapping, Sequence

import msgspec

from common.contracts.check_kinds import KINDS
from common.contracts.headers import HEADER_NAME
from common.contracts.invalid import Invalid, at
from common.contracts.kinds.base import ANSWER, TLS
from common.contracts.texts import N_
from common.contracts.values import clean_choice, clean_integer, clean_text, refuse_unknown

MAX_ASSERTIONS = 20
MAX_VALUE = 4096
MAX_PATTERN = 1000
MAX_PATH = 500
MAX_NUMBER = 2**53
"""Up to here every JSON reader sees the same number (RFC 8259, 6)."""
TEXT_OPERATORS = ("equals", "not_equals", "contains", "not_contains", "matches", "exists", "not_exists")
NUMBER_OPERATORS = ("less_than", "at_most", "greater_than", "at_least")
WITHOUT_VALUE = frozenset({"exists", "not_exists"})
OPERATORS = {
    "equals": N_("equals"),
    "not_equals": N_("differs from"),
    "contains": N_("contains"),
    "not_contains": N_("does not contain"),
    "matches": N_("matches"),
    "exists": N_("exists"),
    "not_exists": N_("does not exist"),
    "less_than": N_("less than"),
    "at_most": N_("at most"),
    "greater_than": N_("greater than"),
    "at_least": N_("at least"),
}
"""With their words."""


class Assertion(msgspec.Struct, frozen=True):
    """One condition on the answer. `target` is a header's name or a JSONPath; the other kinds have none."""

    kind: str
    target: str = ""
    operator: str = ""
    value: object = None


class AssertionKind(msgspec.Struct, frozen=True, kw_only=True):
    """`label` is a marked text. `operators`: the first is the default; none means that the kind itself says it.

    `of` is the trait that the endpoint's kind must have, `of_body` whether it looks at the answer's body. `bounds` are
    those of its value where that is a whole number, `unit` what the number counts.
    """

    label: str
    operators: tuple[str, ...] = ()
    target: bool = False
    of: str = ANSWER
    of_body: bool = False
    bounds: tuple[int, int] | None = None
    unit: str = ""

    def is_for(self, kind: str) -> bool:
        """Whether it can be made about endpoints of this kind."""
        return KINDS[kind].has(self.of)


ASSERTIONS = {
    "body_contains": AssertionKind(label=N_("Answer contains"), of_body=True),
    "body_not_contains": AssertionKind(label=N_("Answer does not contain"), of_body=True),
    "body_regex": AssertionKind(label=N_("Answer matches (RE2)"), of_body=True),
    "json_path": AssertionKind(
        label=N_("JSON value"), operators=(*TEXT_OPERATORS, *NUMBER_OPERATORS), target=True, of_body=True
    ),
    "header": AssertionKind(label=N_("Header"), operators=TEXT_OPERATORS, target=True),
    "response_time": AssertionKind(
        label=N_("Response time (ms)"), operators=("at_most", "less_than"), of="", bounds=(1, 60_000), unit=N_("ms")
    ),
    "certificate_days": AssertionKind(
        label=N_("Certificate (days left)"),
        operators=("at_least", "greater_than"),
        of=TLS,
        bounds=(0, 3650),
        unit=N_("days"),
    ),
}
"""In the order in which they are offered."""


def clean_assertions(value: object) -> list[dict[str, object]]:
    """A list of assertions in their full form; raises `Invalid` with the position of the wrong one."""
    if not isinstance(value, list):
        raise Invalid(N_("A list of assertions."))
    if len(value) > MAX_ASSERTIONS:
        raise Invalid(N_("At most %(most)d assertions."), most=MAX_ASSERTIONS)
    return [at(index, _clean, item) for index, item in enumerate(value)]


def refuse_assertions_of_other_kinds(kind: str, assertions: Sequence[Mapping[str, object]]) -> None:
    """Raises `Invalid` for an assertion that cannot be made about this kind of endpoint."""
    for index, assertion in enumerate(assertions):
        if not ASSERTIONS[str(assertion["kind"])].is_for(kind):
            raise Invalid(N_("Endpoints of the kind %(kind)s do not know this assertion."), f"{index}.kind", kind=kind)


def refuse_body_assertions_of_head(method: str, assertions: Sequence[Mapping[str, object]]) -> None:
    """Raises `Invalid` for an assertion about what an answer to HEAD does not have (RFC 9110, 9.3.2)."""
    for index, assertion in enumerate(assertions):
        if method == "HEAD" and ASSERTIONS[str(assertion["kind"])].of_body:
            raise Invalid(N_("An answer to HEAD has no body that could be looked at."), f"{index}.kind")


def clean_regex(text: str) -> str:
    """A pattern of RE2 (linear time, whatever it is); raises `Invalid`."""
    # Loaded where it is needed: RE2 comes with it.
    from common.formats.conditions import Unreadable, pattern_of  # noqa: PLC0415

    try:
        pattern_of(text)
    except Unreadable as error:
        raise Invalid(N_("This is no valid regular expression: %(reason)s"), reason=str(error)) from error
    return text


def schema() -> dict[str, object]:
    """The JSON Schema of a list of them."""
    return {
        "type": "array",
        "maxItems": MAX_ASSERTIONS,
        "items": {
            "type": "object",
            "required": ["kind"],
            "additionalProperties": False,
            "properties": {
                "kind": {"type": "string", "enum": list(ASSERTIONS)},
                "target": {
                    "type": "string",
                    "maxLength": MAX_PATH,
                    "description": "header: its name; json_path: the path.",
                },
                "operator": {
                    "type": "string",
                    "enum": ["", *OPERATORS],
                    "description": "By default " + "; ".join(
                        f"{name}: {kind.operators[0]}" for name, kind in ASSERTIONS.items() if kind.operators
                    ) + ".",
                },
                "value": {"description": "The text, pattern or number to compare with; ms for response_time."},
            },
        },
        "example": [{"kind": "json_path", "target": "$.status", "operator": "equals", "value": "ok"}],
    }  # fmt: skip


def _clean(item: object) -> dict[str, object]:
    if not isinstance(item, dict):
        raise Invalid(N_("An object with kind, target, operator and value."))
    refuse_unknown(item, Assertion.__struct_fields__)
    kind = at("kind", clean_choice, item.get("kind"), tuple(ASSERTIONS))
    rule = ASSERTIONS[kind]
    operator = item.get("operator") or (rule.operators[0] if rule.operators else "")
    if rule.operators:
        at("operator", clean_choice, operator, rule.operators)
    elif operator:
        raise Invalid(N_("This kind of assertion has no operator."), "operator")
    target = item.get("target") or ""
    if target and not rule.target:
        raise Invalid(N_("This kind of assertion has no target."), "target")
    return {
        "kind": kind,
        "target": at("target", _target, kind, target) if rule.target else "",
        "operator": operator,
        "value": at("value", _value, kind, operator, item.get("value")),
    }


def _target(kind: str, target: object) -> str:
    if kind == "header":
        if not isinstance(target, str) or not HEADER_NAME.fullmatch(target):
            raise Invalid(N_("This is no valid header name."))
        return target
    path = clean_text(target, most=MAX_PATH)
    # Loaded where they are needed: the terminal client judges none.
    from common.formats.conditions import Unreadable  # noqa: PLC0415
    from common.formats.json_paths import json_path_of  # noqa: PLC0415

    try:
        json_path_of(path)
    except Unreadable as error:
        raise Invalid(N_("This is no valid JSONPath.")) from error
    return path


def _value(kind: str, operator: str, value: object) -> object:
    bounds = ASSERTIONS[kind].bounds
    if bounds:
        return clean_integer(value, *bounds)
    if operator in WITHOUT_VALUE:
        if value not in (None, ""):
            raise Invalid(N_("This operator takes no value."))
        return None
    if operator in NUMBER_OPERATORS:
        return _number(value)
    if kind == "body_regex" or operator == "matches":
        return clean_regex(clean_text(value, most=MAX_PATTERN))
    if kind == "json_path" and operator in {"equals", "not_equals"} and not isinstance(value, str):
        return value if value is None or isinstance(value, bool) else _number(value)
    return clean_text(value, most=MAX_VALUE, least=0 if kind in {"header", "json_path"} else 1)


def _number(value: object) -> int | float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise Invalid(N_("A number."))
    return value
