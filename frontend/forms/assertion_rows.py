"""The editor of assertions: a row each, with empty ones to write in."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from msgspec.structs import asdict

from common.contracts.answers.endpoint_service import Assertion
from common.contracts.assertions import ASSERTIONS, MAX_ASSERTIONS, MAX_PATH, MAX_VALUE, OPERATORS, WITHOUT_VALUE

EMPTY_ROWS = 1
PREFIX = "assertions"
Scalar: TypeAlias = str | int | float | bool | None


class AssertionForm(forms.Form):
    """One assertion; a row without a kind is none."""

    kind = forms.ChoiceField(label=_("What"), required=False)
    target = forms.CharField(label=_("Where"), required=False, max_length=MAX_PATH)
    operator = forms.ChoiceField(
        label=_("How"), required=False, choices=[("", "–"), *((name, _(word)) for name, word in OPERATORS.items())]
    )
    value = forms.CharField(label=_("Value"), required=False, max_length=MAX_VALUE, strip=False)

    def __init__(self, *args: Any, kinds: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Nothing")), *((name, _(ASSERTIONS[name].label)) for name in kinds)]
        self.fields["kind"] = forms.ChoiceField(label=_("What"), required=False, choices=choices)
        self.fields["target"].widget.attrs["placeholder"] = "$.status"
        self.fields["value"].widget.attrs["placeholder"] = "ok"

    def clean(self) -> dict[str, Any]:
        """A place where the kind needs one, a number where it compares numbers."""
        data: dict[str, Any] = self.cleaned_data
        kind = data.get("kind")
        if kind in ASSERTIONS and ASSERTIONS[kind].target and not data.get("target"):
            self.add_error("target", _("A path such as $.status, or a header's name."))
        if kind in ASSERTIONS and ASSERTIONS[kind].bounds and not data.get("value", "").strip().isdecimal():
            self.add_error("value", _("A whole number."))
        return data

    def to_api(self) -> dict[str, object]:
        """The API's assertion, its operator the kind's usual one where none was chosen."""
        data = self.cleaned_data
        kind = data["kind"]
        target = data["target"] if ASSERTIONS[kind].target else ""
        operator = data["operator"] if ASSERTIONS[kind].operators else ""
        return {"kind": kind, "target": target, "operator": operator, "value": self._value(kind, operator)}

    def _value(self, kind: str, operator: str) -> Scalar:
        text: str = self.cleaned_data["value"]
        if operator in WITHOUT_VALUE:
            return None
        if ASSERTIONS[kind].bounds:
            return int(text)
        return value_of(text) if _is_json(kind, operator) else text


if TYPE_CHECKING:
    _Rows = forms.BaseFormSet[AssertionForm]
else:
    _Rows = forms.BaseFormSet


class _AssertionFormSet(_Rows):
    def to_api(self) -> list[dict[str, object]]:
        """The rows that say something."""
        return [form.to_api() for form in self.forms if form.cleaned_data.get("kind")]


def assertion_rows(*, kind: str, data: QueryDict | None, stored: Sequence[Assertion]) -> _AssertionFormSet:
    """The rows for an endpoint's kind, of what was posted, else of what is stored."""
    made = forms.formset_factory(
        AssertionForm, formset=_AssertionFormSet, extra=EMPTY_ROWS, max_num=MAX_ASSERTIONS, validate_max=True
    )
    initial = [asdict(item) | {"value": _shown(item)} for item in stored] if data is None else None
    kinds = {"kinds": tuple(name for name, known in ASSERTIONS.items() if known.is_for(kind))}
    return cast("_AssertionFormSet", made(data, prefix=PREFIX, initial=initial, form_kwargs=kinds))


def _is_json(kind: str, operator: str) -> bool:
    """Whether the value is compared as JSON has it, rather than as text."""
    return kind == "json_path" and operator not in {"contains", "not_contains", "matches"}


def _shown(assertion: Assertion) -> str:
    value = assertion.value
    if _is_json(assertion.kind, assertion.operator):
        return text_of(value)
    return "" if value is None else str(value)


def with_another_row(data: QueryDict) -> QueryDict:
    """What was posted, with one more empty row."""
    copy = data.copy()
    total = f"{PREFIX}-TOTAL_FORMS"
    count = copy.get(total, "")
    copy[total] = str(min(MAX_ASSERTIONS, int(count) + 1)) if count.isdecimal() else "1"
    return copy


def value_of(text: str) -> Scalar:
    """A number, `true`, `false` or `null` as JSON has it, else the text; in quotes it is a text whatever it says."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if value is None or isinstance(value, bool | int | float | str) else text


def text_of(value: object) -> str:
    """What `value_of` reads back."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if value_of(value) != value else value
    return "" if value is None else json.dumps(value)
