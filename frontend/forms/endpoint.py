"""The endpoint form: an address is enough, everything else has a default that can be seen."""

from collections.abc import Mapping, Sequence

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from msgspec.structs import asdict

from common.contracts.answers.endpoint_service import Assertion, Endpoint
from common.contracts.assertions import ASSERTIONS
from common.contracts.check_kinds import DEFAULT_KIND, KINDS
from common.contracts.endpoint import MAX_TAGS_TEXT, NAMING, SPEC
from common.contracts.options import OPTIONS, secret_field
from frontend.forms.assertion_rows import PREFIX, assertion_rows
from frontend.forms.contract import form_field, option_of
from frontend.forms.dashboard import split_tags

INTERVALS = [
    (5, _("5 seconds")),
    (10, _("10 seconds")),
    (30, _("30 seconds")),
    (60, _("1 minute")),
    (300, _("5 minutes")),
    (900, _("15 minutes")),
    (3600, _("1 hour")),
    (86400, _("1 day")),
]
OWN = ("kind", "interval", "assertions", "enabled", "options")
"""Fields of the spec that this form has in a way of its own, or not at all."""
SIMPLE = ("url", "name", "interval")
NO_AUTH = "none"
_INTERVAL, _AUTH, _TAGS = SPEC["interval"], OPTIONS["auth"], NAMING["tags"].about
CHECK_URL = reverse_lazy("endpoint_validate")


class EndpointForm(forms.Form):
    """`to_api` and `from_api` translate between the form and the API's endpoint; the kind decides which fields there are.

    The spec's fields and the options are the contract's.
    """

    kind = forms.CharField(required=False, widget=forms.HiddenInput)
    name = form_field(NAMING["name"])
    interval = forms.TypedChoiceField(
        label=_(_INTERVAL.about.label), choices=INTERVALS, coerce=int, initial=_INTERVAL.default
    )
    body_contains = forms.CharField(
        label=_("Answer must contain"), required=False, max_length=1000, help_text=_("Text in what is read of it.")
    )
    auth = forms.ChoiceField(
        label=_(_AUTH.about.label),
        required=False,
        choices=[(NO_AUTH, _("None")), ("basic", "Basic"), ("bearer", "Bearer")],
    )
    username = forms.CharField(
        label=_("User name"), required=False, max_length=4096, help_text=_("For Basic."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Password or token"), required=False, max_length=4096, help_text=_("Kept encrypted, shown masked."),
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    tags = forms.CharField(label=_(_TAGS.label), required=False, max_length=MAX_TAGS_TEXT, help_text=_(_TAGS.help))

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        endpoint: Endpoint | None = None,
        kind: str = DEFAULT_KIND,
        initial: dict[str, object] | None = None,
    ) -> None:
        self.endpoint = endpoint
        super().__init__(data, initial=from_api(endpoint) if endpoint else initial)
        chosen = endpoint.kind if endpoint else self.data.get("kind", kind)
        self.of_kind = KINDS.get(chosen, KINDS[DEFAULT_KIND])
        self.initial["kind"] = self.of_kind.name
        self._add_fields()
        self._offer_interval()
        for name, field in self.fields.items():
            field.widget.attrs |= {
                "hx-post": f"{CHECK_URL}?field={name}&endpoint={endpoint.id if endpoint else ''}",
                "hx-target": f"#live-{name}",
                "hx-trigger": "change, keyup changed delay:600ms",
                "hx-sync": "this:replace",
            }
        rows = data if data is not None and f"{PREFIX}-TOTAL_FORMS" in data else None
        self.rows_posted = rows is not None
        self.rows = assertion_rows(kind=self.of_kind.name, data=rows, stored=_others(endpoint))

    def _add_fields(self) -> None:
        """The contract's, those that the kind has; the address comes first."""
        has = self.of_kind.has
        spec = {
            name: form_field(field, required=not field.about.lines)
            for name, field in SPEC.items()
            if name not in OWN and has(field.about.of)
        }
        url = spec["url"]
        url.help_text, url.initial = _(self.of_kind.help), None
        url.widget.attrs |= {"placeholder": self.of_kind.example, "inputmode": "url"}
        options = {name: form_field(field) for name, field in OPTIONS.items() if name != "auth" and has(field.about.of)}
        self.option_names = list(options)
        self.fields = {**spec, **self.fields, **options}
        if not ASSERTIONS["body_contains"].is_for(self.of_kind.name):
            del self.fields["body_contains"]
        if not has(OPTIONS["auth"].about.of):
            for name in ("auth", "username", "secret"):
                del self.fields[name]

    @property
    def option_fields(self) -> list[BoundField]:
        """The options that are written or chosen, in the contract's order."""
        return [self[name] for name in self.option_names if not self._is_box(name)]

    @property
    def option_boxes(self) -> list[BoundField]:
        """The options that are ticked, or take a line of their own."""
        return [self[name] for name in self.option_names if self._is_box(name)]

    def _is_box(self, name: str) -> bool:
        return isinstance(self.fields[name].widget, forms.CheckboxInput)

    def _is_emptied(self, name: str) -> bool:
        return not isinstance(self.fields[name], forms.ChoiceField) and self.data.get(name) == ""

    def _offer_interval(self) -> None:
        """What is stored can be chosen, however odd."""
        field, seconds = self.fields["interval"], self.initial.get("interval") or 60
        if isinstance(field, forms.TypedChoiceField) and seconds not in dict(INTERVALS):
            field.choices = [*INTERVALS, (seconds, _("%(seconds)d seconds") % {"seconds": seconds})]

    def is_valid(self) -> bool:
        """The assertions are a part of it."""
        return super().is_valid() and (not self.rows_posted or self.rows.is_valid())

    @property
    def advanced_open(self) -> bool:
        """Open where an error hides in it, or where it has conditions or they are being written."""
        if any(name not in SIMPLE for name in self.errors) or self.data.get("action") == "row":
            return True
        return any(row["kind"].value() for row in self.rows)

    def clean_tags(self) -> list[str]:
        """A list without blanks and repetitions."""
        return split_tags(self.cleaned_data["tags"])

    def to_api(self) -> dict[str, object]:
        """The API's endpoint; what the form does not show of an existing one stays."""
        data, old = self.cleaned_data, self.endpoint.options if self.endpoint else {}
        body = {name: data[name] for name in ("name", "tags", *SPEC) if name in data and name != "kind"}
        body |= {"kind": self.of_kind.name, "timeout": min(data["timeout"], data["interval"])}
        if not data["name"]:
            body.pop("name")
        # A choice that was not sent is left as it is; a text that was sent empty is taken away.
        sent = {name: data[name] for name in self.option_names if data.get(name, "") != "" or self._is_emptied(name)}
        options = old | {name: option_of(OPTIONS[name], value, old.get(name)) for name, value in sent.items()}
        if data.get("auth"):
            options["auth"] = _auth(data)
        said = {name: value for name, value in options.items() if value is not None}
        return body | {"assertions": self._assertions(), "options": said}

    def _assertions(self) -> list[dict[str, object]]:
        kept = self.rows.to_api() if self.rows_posted else [asdict(item) for item in _others(self.endpoint)]
        text = self.cleaned_data.get("body_contains")
        return kept + ([{"kind": "body_contains", "target": "", "operator": "", "value": text}] if text else [])

    def to_spec(self) -> dict[str, object]:
        """The part of it that a check of an unsaved spec takes."""
        return {name: value for name, value in self.to_api().items() if name not in {"name", "tags"}}


def _simple_text(assertions: Sequence[Assertion]) -> Assertion | None:
    """The assertion that the simple field shows: the last one of its kind, where it is written to."""
    found = [item for item in assertions if item.kind == "body_contains"]
    return found[-1] if found else None


def _others(endpoint: Endpoint | None) -> list[Assertion]:
    assertions = endpoint.assertions if endpoint else []
    simple = _simple_text(assertions)
    return [item for item in assertions if item is not simple]


def _auth(data: Mapping[str, str]) -> dict[str, str] | None:
    chosen = data["auth"]
    if chosen == NO_AUTH:
        return None
    named = {"username": data["username"]} if chosen == "basic" else {}
    return {"kind": chosen, secret_field(chosen): data["secret"], **named}


def from_api(endpoint: Endpoint) -> dict[str, object]:
    """The form's initial values for an existing endpoint."""
    simple, options, stored = _simple_text(endpoint.assertions), endpoint.options, asdict(endpoint)
    auth = options.get("auth")
    known = auth if isinstance(auth, dict) else {}
    return {
        **{name: stored[name] for name in ("name", *SPEC) if name != "options"},
        **{name: options[name] for name in OPTIONS if name in options},
        "tags": ", ".join(endpoint.tags),
        "body_contains": simple.value if simple else "",
        "auth": known.get("kind", NO_AUTH),
        "username": known.get("username", ""),
        "secret": known.get(secret_field(known["kind"]), "") if known else "",
    }
