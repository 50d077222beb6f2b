"""The endpoint form: a URL is enough, everything else has a default that can be seen."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

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
METHODS = [(name, name) for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")]
SPEC_FIELDS = ("url", "name", "method", "expected_status", "timeout", "failure_threshold", "recovery_threshold", "body")
OPTION_FIELDS = ("degraded_ms", "follow_redirects", "verify_tls")
OPTIONAL = {"optional": True}


class EndpointForm(forms.Form):
    """`to_api` and `from_api` translate between the form and the API's endpoint."""

    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        help_text=_("A URL is enough; https:// is added if you leave it out."),
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://example.com/health"}),
    )
    name = forms.CharField(
        label=_("Name"), required=False, max_length=200, help_text=_("The host's name unless you say another.")
    )
    interval = forms.TypedChoiceField(label=_("Check every"), choices=INTERVALS, coerce=int, initial=60)
    method = forms.ChoiceField(label=_("Method"), choices=METHODS, initial="GET")
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
        label=_("Answer must contain"), required=False, max_length=1000, help_text=_("Text in the first 1 MiB.")
    )
    headers = forms.CharField(
        label=_("Headers"),
        required=False,
        max_length=16000,
        help_text=_("One a line: Name: value. Secret values are kept encrypted and shown masked."),
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Accept: application/json"}),
    )
    body = forms.CharField(label=_("Body"), required=False, max_length=65536, widget=forms.Textarea(attrs={"rows": 3}))
    tags = forms.CharField(label=_("Tags"), required=False, max_length=500, help_text=_("Separated by commas."))
    follow_redirects = forms.BooleanField(label=_("Follow redirects"), required=False, initial=True)
    verify_tls = forms.BooleanField(label=_("Verify the certificate"), required=False, initial=True)

    def __init__(self, *args: Any, endpoint: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.endpoint = endpoint
        if endpoint:
            kwargs["initial"] = from_api(endpoint)
        super().__init__(*args, **kwargs)
        if endpoint and endpoint["interval"] not in dict(INTERVALS):
            seconds = endpoint["interval"]
            choices = [*INTERVALS, (seconds, _("%(seconds)d seconds") % {"seconds": seconds})]
            interval = self.fields["interval"]
            if isinstance(interval, forms.TypedChoiceField):
                interval.choices = choices

    @property
    def advanced_open(self) -> bool:
        """Open where an error hides in it."""
        return any(name not in {"url", "name", "interval"} for name in self.errors)

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
        return list(dict.fromkeys(filter(None, (tag.strip() for tag in self.cleaned_data["tags"].split(",")))))

    def to_api(self) -> dict[str, Any]:
        """The API's endpoint; what the form does not show of an existing one stays."""
        data = self.cleaned_data
        old = self.endpoint or {}
        body = {name: data[name] for name in SPEC_FIELDS} | {
            "interval": data["interval"],
            "headers": data["headers"],
            "tags": data["tags"],
            "options": {**(old.get("options") or {}), **{name: data[name] for name in OPTION_FIELDS}},
        }
        if data["degraded_ms"] is None:
            body["options"].pop("degraded_ms")
        if not data["name"]:
            body.pop("name")
        kept = [item for item in old.get("assertions") or [] if not _is_body_contains(item)]
        if data["body_contains"]:
            kept.append({"kind": "body_contains", "target": "", "operator": "", "value": data["body_contains"]})
        body["assertions"] = kept
        body["timeout"] = min(data["timeout"], data["interval"])
        return body

    def to_spec(self) -> dict[str, Any]:
        """The part of it that a check of an unsaved spec takes."""
        return {name: value for name, value in self.to_api().items() if name not in {"name", "tags"}}


def _is_body_contains(assertion: dict[str, Any]) -> bool:
    return assertion.get("kind") == "body_contains"


def from_api(endpoint: dict[str, Any]) -> dict[str, Any]:
    """The form's initial values for an existing endpoint."""
    options = endpoint.get("options") or {}
    texts = [item["value"] for item in endpoint.get("assertions") or [] if _is_body_contains(item)]
    return {
        **{name: endpoint.get(name) for name in (*SPEC_FIELDS, "interval")},
        "headers": "\n".join(f"{name}: {value}" for name, value in (endpoint.get("headers") or {}).items()),
        "tags": ", ".join(endpoint.get("tags") or []),
        "body_contains": texts[0] if texts else "",
        "degraded_ms": options.get("degraded_ms"),
        "follow_redirects": options.get("follow_redirects", True),
        "verify_tls": options.get("verify_tls", True),
    }
