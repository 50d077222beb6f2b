"""Search, filter and order of the dashboard's list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from frontend.words import STATES

SHOWN_STATES = ("down", "degraded", "up", "pending", "paused", "maintenance")
SORTS = [
    ("name", _("Name")),
    ("-state_changed_at", _("Last change")),
    ("-created_at", _("Newest first")),
    ("state", _("State")),
]


class FilterForm(forms.Form):
    """Everything is optional; what is not valid is left out."""

    search = forms.CharField(label=_("Search"), required=False, max_length=200, strip=True)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *((name, STATES[name]) for name in SHOWN_STATES)]
    )
    tag = forms.CharField(label=_("Tag"), required=False, max_length=50)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)

    @property
    def filters(self) -> dict[str, str]:
        """What narrows the list."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in ("search", "state", "tag") if self.cleaned_data.get(name)}

    def to_api(self) -> dict[str, Any]:
        """The API's query."""
        return self.filters | {"sort": self.cleaned_data.get("sort") or "name"}
