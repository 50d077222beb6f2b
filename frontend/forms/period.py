"""Which span of time a page is about: one of the usual ones that end now, or from and to."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PERIODS = {
    "1h": _("1 hour"),
    "6h": _("6 hours"),
    "24h": _("24 hours"),
    "7d": _("7 days"),
    "30d": _("30 days"),
    "90d": _("90 days"),
    "365d": _("1 year"),
}
SHORT = {"1h": timedelta(hours=1), "6h": timedelta(hours=6)}
"""Those that the API has no name for."""
DEFAULT = "24h"


class PeriodForm(forms.Form):
    """`start` and `end` (local time of the visitor) win over `period`; what is not valid is left out."""

    period = forms.ChoiceField(required=False, choices=list(PERIODS.items()))
    start = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    end = forms.DateTimeField(
        label=_("To"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    phases = forms.BooleanField(required=False)

    def clean(self) -> dict[str, object]:
        """The start lies before the end, and both in the past."""
        data = self.cleaned_data
        start, end = data.get("start"), data.get("end")
        if start and (start >= timezone.now() or (end and end <= start)):
            self.add_error("start", _("This has to lie before the end, and before now."))
        return data

    @property
    def custom(self) -> bool:
        """Whether from and to were given."""
        return self.is_valid()

    @property
    def refused(self) -> bool:
        """Whether from and to were given and make no sense."""
        return not self.is_valid() and bool(self.data.get("start"))

    @property
    def chosen(self) -> str:
        """The name of the usual span; empty for from and to."""
        if self.custom:
            return ""
        name = self.cleaned_data.get("period")
        return str(name) if name else DEFAULT

    @property
    def with_phases(self) -> bool:
        """Whether the time is shown in its parts."""
        self.is_valid()
        return bool(self.cleaned_data.get("phases"))

    def to_api(self) -> dict[str, str]:
        """The API's query for summary and series."""
        if self.custom:
            end = self.cleaned_data["end"]
            return {"from": _iso(self.cleaned_data["start"])} | ({"to": _iso(end)} if end else {})
        if self.chosen in SHORT:
            return {"from": _iso(timezone.now() - SHORT[self.chosen])}
        return {"period": self.chosen}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
