"""The endpoint form: an address is enough, everything else has a default that can be seen."""

import re
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from frontend.forms import kinds
from frontend.forms.assertions import PREFIX, assertion_rows
from frontend.forms.dashboard import tags_split

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
SPEC_FIELDS = ("url", "name", "method", "expected_status", "timeout", "failure_threshold", "recovery_threshold", "body")
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
SIMPLE = ("url", "name", "interval")
CHECK_URL = reverse_lazy("endpoint_validate")


class EndpointForm(forms.Form):
    """`to_api` and `from_api` translate between the form and the API's endpoint; the kind decides which fields there are."""

    kind = forms.ChoiceField(required=False, choices=list(kinds.LABELS.items()), widget=forms.HiddenInput)
    url = forms.CharField(label=_("Address"), max_length=2048, widget=forms.TextInput(attrs={"inputmode": "url"}))
    name = forms.CharField(
        label=_("Name"), required=False, max_length=200, help_text=_("The host's name unless you say another.")
    )
    interval = forms.TypedChoiceField(label=_("Check every"), choices=INTERVALS, coerce=int, initial=60)
    method = forms.ChoiceField(label=_("Method"), choices=[(name, name) for name in kinds.METHODS], initial="GET")
    expected_status = forms.CharField(
        label=_("Expected status"), max_length=200, initial="200-299", help_text=_("Such as 200-299,304.")
    )
    timeout = forms.IntegerField(label=_("Timeout (s)"), min_value=1, max_value=60, initial=10)
    failure_threshold = forms.IntegerField(
        label=_("Down after failures"), min_value=1, max_value=20, initial=3, help_text=_("5 seconds apart.")
    )
    recovery_threshold = forms.IntegerField(
        label=_("Up after successes"), min_value=1, max_value=20, initial=2, help_text=_("5 seconds apart.")
    )
    degraded_ms = forms.IntegerField(
        label=_("Slow above (ms)"), required=False, min_value=1, max_value=60000, help_text=_("Empty: never.")
    )
    body_contains = forms.CharField(
        label=_("Answer must contain"), required=False, max_length=1000, help_text=_("Text in what is read of it.")
    )
    max_body_kib = forms.IntegerField(
        label=_("Read at most (KiB)"),
        required=False,
        min_value=1,
        max_value=10240,
        help_text=_("Of the answer's body. Empty: 1024."),
    )
    headers = forms.CharField(
        label=_("Headers"),
        required=False,
        max_length=16000,
        help_text=_("One a line: Name: value. Secret values are kept encrypted and shown masked."),
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Accept: application/json"}),
    )
    body = forms.CharField(label=_("Body"), required=False, max_length=65536, widget=forms.Textarea(attrs={"rows": 3}))
    auth = forms.ChoiceField(
        label=_("Log-in"),
        required=False,
        choices=[(kinds.NO_AUTH, _("None")), ("basic", "Basic"), ("bearer", "Bearer")],
    )
    username = forms.CharField(
        label=_("User name"), required=False, max_length=4096, help_text=_("For Basic."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Password or token"), required=False, max_length=4096, help_text=_("Kept encrypted, shown masked."),
        widget=forms.PasswordInput(render_value=True, attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    record_type = forms.ChoiceField(
        label=_("Record type"), choices=[(name, name) for name in kinds.RECORD_TYPES], initial="A"
    )
    expected = forms.CharField(
        label=_("Expected answers"),
        required=False,
        max_length=20000,
        help_text=_("One a line. Empty: any answer will do."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    ip_version = forms.ChoiceField(
        label=_("IP version"), required=False, choices=[("auto", _("Any")), ("4", "IPv4"), ("6", "IPv6")]
    )
    http_version = forms.ChoiceField(
        label=_("HTTP version"),
        required=False,
        choices=[("auto", _("Any")), ("1.1", "HTTP/1.1"), ("2", "HTTP/2"), ("3", "HTTP/3")],
    )
    tags = forms.CharField(label=_("Tags"), required=False, max_length=500, help_text=_("Separated by commas."))
    follow_redirects = forms.BooleanField(label=_("Follow redirects"), required=False, initial=True)
    verify_tls = forms.BooleanField(label=_("Verify the certificate"), required=False, initial=True)

    certificate_warnings = forms.CharField(
        label=_("Warn of a certificate's end (days)"),
        required=False,
        max_length=100,
        help_text=_("Such as 60, 30, 7. Empty: at 30, 14, 7 and 1; later for short-lived ones."),
    )

    def __init__(self, *args: Any, endpoint: dict[str, Any] | None = None, kind: str = "http", **kwargs: Any) -> None:
        self.endpoint = endpoint
        if endpoint:
            kwargs["initial"] = from_api(endpoint)
        super().__init__(*args, **kwargs)
        self.of_kind = kinds.kind_of(endpoint["kind"] if endpoint else self.data.get("kind", kind))
        self.initial["kind"] = self.of_kind
        for name in kinds.fields_of_others(self.of_kind):
            del self.fields[name]
        url = self.fields["url"]
        url.help_text, url.widget.attrs["placeholder"] = kinds.HELP[self.of_kind], kinds.EXAMPLES[self.of_kind]
        self._offer_interval()
        for name, field in self.fields.items():
            field.widget.attrs |= {
                "hx-post": f"{CHECK_URL}?field={name}&endpoint={(endpoint or {}).get('id', '')}",
                "hx-target": f"#live-{name}",
                "hx-trigger": "change, keyup changed delay:600ms",
                "hx-sync": "this:replace",
            }
        rows = self.data if self.is_bound and f"{PREFIX}-TOTAL_FORMS" in self.data else None
        self.rows_posted = rows is not None
        self.rows = assertion_rows(kind=self.of_kind, data=rows, stored=_others(endpoint))

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

    def clean_headers(self) -> dict[str, str]:
        """`Name: value` lines as an object."""
        headers = {}
        for line in filter(None, map(str.strip, self.cleaned_data["headers"].splitlines())):
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise forms.ValidationError(_("“%(line)s” is no header: write Name: value.") % {"line": line[:60]})
            headers[name.strip()] = value.strip()
        return headers

    def clean_tags(self) -> list[str]:
        """A list without blanks and repetitions."""
        return tags_split(self.cleaned_data["tags"])

    def clean_expected(self) -> list[str] | None:
        """Lines as a list; None where there is none."""
        return list(filter(None, map(str.strip, self.cleaned_data["expected"].splitlines()))) or None

    def clean_certificate_warnings(self) -> list[float] | None:
        """Numbers as a list; None where there is none, unless that is what is stored."""
        text = self.cleaned_data["certificate_warnings"]
        if not text.strip():
            stored = ((self.endpoint or {}).get("options") or {}).get("certificate_warnings")
            return [] if stored == [] else None
        parts = text.replace(",", " ").split()
        if not all(_NUMBER.fullmatch(part) for part in parts):
            raise forms.ValidationError(_("Write days with commas between them: 30, 14, 7, 1."))
        return [float(part) if "." in part else int(part) for part in parts]

    def to_api(self) -> dict[str, Any]:
        """The API's endpoint; what the form does not show of an existing one stays."""
        data, old = self.cleaned_data, self.endpoint or {}
        body = {name: data[name] for name in (*SPEC_FIELDS, "headers", "tags") if name in data}
        body |= {"kind": self.of_kind, "interval": data["interval"], "timeout": min(data["timeout"], data["interval"])}
        if not data["name"]:
            body.pop("name")
        options = (old.get("options") or {}) | kinds.options_of(data)
        said = {name: value for name, value in options.items() if value is not None}
        return body | {"assertions": self._assertions(), "options": said}

    def _assertions(self) -> list[dict[str, Any]]:
        kept = self.rows.to_api() if self.rows_posted else _others(self.endpoint)
        text = self.cleaned_data.get("body_contains")
        return kept + ([{"kind": "body_contains", "target": "", "operator": "", "value": text}] if text else [])

    def to_spec(self) -> dict[str, Any]:
        """The part of it that a check of an unsaved spec takes."""
        return {name: value for name, value in self.to_api().items() if name not in {"name", "tags"}}


def _simple_text(endpoint: dict[str, Any] | None) -> dict[str, Any] | None:
    """The assertion that the simple field shows: the last one of its kind, where it is written to."""
    found = [item for item in (endpoint or {}).get("assertions") or [] if item.get("kind") == "body_contains"]
    return found[-1] if found else None


def _others(endpoint: dict[str, Any] | None) -> list[dict[str, Any]]:
    simple = _simple_text(endpoint)
    return [item for item in (endpoint or {}).get("assertions") or [] if item is not simple]


def from_api(endpoint: dict[str, Any]) -> dict[str, Any]:
    """The form's initial values for an existing endpoint."""
    simple = _simple_text(endpoint)
    return {
        **{name: endpoint.get(name) for name in (*SPEC_FIELDS, "interval")},
        "headers": "\n".join(f"{name}: {value}" for name, value in (endpoint.get("headers") or {}).items()),
        "tags": ", ".join(endpoint.get("tags") or []),
        "body_contains": simple["value"] if simple else "",
        **kinds.initial_of(endpoint.get("options") or {}),
    }
