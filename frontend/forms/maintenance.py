"""The maintenance form: once, or again and again by cron, in the visitor's zone."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

LOCAL = "%Y-%m-%dT%H:%M"
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)


class MaintenanceForm(forms.Form):
    """`to_api` and `from_api` translate between the form and the API's window."""

    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("Such as database upgrade."))
    starts_at = forms.DateTimeField(
        label=_("Starts"), required=False, input_formats=[LOCAL, f"{LOCAL}:%S"], widget=MOMENT
    )
    minutes = forms.IntegerField(label=_("Lasts (minutes)"), min_value=1, max_value=10080, initial=60)
    endpoint_ids = forms.TypedMultipleChoiceField(
        label=_("Endpoints"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked and no tag: all of them."),
    )
    tags = forms.CharField(label=_("Tags"), required=False, max_length=500, help_text=_("Separated by commas."))
    cron = forms.CharField(
        label=_("Repeats (cron)"),
        required=False,
        max_length=100,
        help_text=_("Empty: once. Such as 0 3 * * 0 for Sundays at three, in your time zone."),
    )

    def __init__(
        self,
        *args: Any,
        endpoints: list[dict[str, Any]],
        window: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.window = window
        if window:
            kwargs["initial"] = from_api(window)
        super().__init__(*args, **kwargs)
        chosen = self.fields["endpoint_ids"]
        if isinstance(chosen, forms.TypedMultipleChoiceField):
            chosen.choices = [(endpoint["id"], endpoint["name"]) for endpoint in endpoints]

    def clean(self) -> dict[str, Any]:
        """Once needs a beginning."""
        data = super().clean() or {}
        if not data.get("cron") and not data.get("starts_at") and "starts_at" not in self.errors:
            self.add_error("starts_at", _("Say when it starts, or how it repeats."))
        return data

    def to_api(self) -> dict[str, Any]:
        """The API's window; `duration` in seconds."""
        data = self.cleaned_data
        zone = timezone.get_current_timezone_name()
        kept = (self.window or {}).get("time_zone") if self.window and self.window["cron"] else None
        return {
            "name": data["name"],
            "starts_at": data["starts_at"] and data["starts_at"].isoformat(),
            "duration": data["minutes"] * 60,
            "endpoint_ids": data["endpoint_ids"],
            "tags": [tag for tag in (tag.strip() for tag in data["tags"].split(",")) if tag],
            "cron": data["cron"],
            "time_zone": kept or zone,
        }


def from_api(window: dict[str, Any]) -> dict[str, Any]:
    """The form's initial values for an existing window."""
    starts_at = parse_datetime(window["starts_at"]) if window["starts_at"] else None
    return {
        "name": window["name"],
        "starts_at": starts_at and timezone.localtime(starts_at).strftime(LOCAL),
        "minutes": max(1, window["duration"] // 60),
        "endpoint_ids": window["endpoint_ids"],
        "tags": ", ".join(window["tags"]),
        "cron": window["cron"],
    }
