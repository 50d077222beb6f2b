"""The maintenance form: once, or again and again, in the visitor's zone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from common.contracts.windows import MAX_DURATION, MIN_DURATION, WINDOW
from frontend.forms.base import ScopeForm, scope_from_api
from frontend.forms.contract import form_field
from frontend.presenters.recurrence import (
    CRON,
    DAILY,
    MONTHLY,
    ONCE,
    WEEKDAYS,
    WEEKLY,
    Recurrence,
    recurrence_from_cron,
    recurrence_to_cron,
    weekdays_in_order,
)

LOCAL = "%Y-%m-%dT%H:%M"
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
REPEATS = [
    (ONCE, _("No, once")),
    (DAILY, _("Daily")),
    (WEEKLY, _("On days of the week")),
    (MONTHLY, _("On a day of the month")),
    (CRON, _("As a cron expression says")),
]
_STARTS, _ENDS, _LENGTH = WINDOW["starts_at"].about, WINDOW["ends_at"].about, WINDOW["duration"].about
NEEDED = {ONCE: ["starts_at"], DAILY: ["at"], WEEKLY: ["at", "weekdays"], MONTHLY: ["at", "day"], CRON: ["cron"]}


def moment_input() -> forms.DateTimeInput:
    """The browser's own picker of a moment."""
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)


def moment_field(label: Any, **options: Any) -> forms.DateTimeField:
    """A moment in the visitor's zone."""
    formats = [LOCAL, f"{LOCAL}:%S"]
    return forms.DateTimeField(label=label, input_formats=formats, widget=moment_input(), **options)


class MaintenanceForm(ScopeForm):
    """`to_api` and `from_api` translate between the form and the API's window."""

    name = form_field(WINDOW["name"], required=True)
    repeats = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, initial=ONCE, widget=forms.RadioSelect)
    starts_at = moment_field(_(_STARTS.label), required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"),
        required=False,
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    day = forms.IntegerField(
        label=_("Day of the month"),
        required=False,
        min_value=1,
        max_value=31,
        help_text=_("Months that are too short are left out."),
    )
    at = forms.TimeField(label=_("At"), required=False, widget=CLOCK)
    cron = form_field(WINDOW["cron"])
    minutes = forms.IntegerField(
        label=_(_LENGTH.label), min_value=MIN_DURATION // 60, max_value=MAX_DURATION // 60, initial=60
    )
    ends_at = moment_field(_(_ENDS.label), required=False, help_text=_(_ENDS.help))
    field_order = (
        "name", "repeats", "starts_at", "weekdays", "day", "at", "cron", "minutes", "ends_at", *ScopeForm.scope_fields
    )  # fmt: skip

    def __init__(
        self, *args: Any, endpoints: Iterable[dict[str, Any]], window: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self.window = window or {}
        if window:
            kwargs["initial"] = from_api(window)
        super().__init__(*args, **kwargs)
        self.fields["cron"].widget.attrs |= {"class": "mono", "autocomplete": "off", "spellcheck": "false"}
        self.choose_from(endpoints, window)

    @property
    def zone(self) -> str:
        """Whose clocks a recurring window follows: a stored one keeps its zone."""
        kept = self.window.get("time_zone") if self.window.get("cron") else None
        return kept or timezone.get_current_timezone_name()

    def clean(self) -> dict[str, Any]:
        """Each way of repeating needs its own fields."""
        data = super().clean() or {}
        for name in NEEDED.get(data.get("repeats", ""), []):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("This is needed."))
        return data

    @property
    def times_valid(self) -> bool:
        """Whether the window's times are whole, whatever else is missing."""
        return not self.errors.keys() - {"name", *self.scope_fields}

    def to_api(self) -> dict[str, Any]:
        """The API's window."""
        return {"name": self.cleaned_data["name"], **self.times_to_api(), **self.scope_to_api()}

    def times_to_api(self) -> dict[str, Any]:
        """When it opens, as the API has it; `duration` in seconds."""
        data = self.cleaned_data
        recurrence = Recurrence(
            data["repeats"],
            at=f"{data['at']:%H:%M}" if data["at"] else "",
            weekdays=weekdays_in_order(data["weekdays"]),
            day=data["day"],
            cron=data["cron"],
        )
        once = data["repeats"] == ONCE
        kept = self.window["starts_at"] if self.window.get("cron") else None
        begins = data["starts_at"] if once else parse_moment(kept)
        return {
            "starts_at": begins.isoformat() if begins else None,
            "duration": data["minutes"] * 60,
            "cron": recurrence_to_cron(recurrence),
            "ends_at": data["ends_at"].isoformat() if data["ends_at"] and not once else None,
            "time_zone": self.zone,
        }


def from_api(window: dict[str, Any]) -> dict[str, Any]:
    """The form's initial values for an existing window."""
    found = recurrence_from_cron(window["cron"])
    once = found.repeats == ONCE
    return {
        "name": window["name"],
        "repeats": found.repeats,
        "starts_at": parse_moment(window["starts_at"]) if once else None,
        "at": found.at or None,
        "weekdays": found.weekdays,
        "day": found.day,
        "cron": found.cron,
        "minutes": max(1, window["duration"] // 60),
        "ends_at": None if once else parse_moment(window.get("ends_at")),
        **scope_from_api(window),
    }


def parse_moment(text: str | None) -> datetime | None:
    """The API's ISO 8601 as a moment."""
    return parse_datetime(text) if text else None
