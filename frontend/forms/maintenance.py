"""The maintenance form: once, or again and again, in the visitor's zone."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.contracts.answers.endpoint_service import Endpoint, MaintenanceWindow
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

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

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


def moment_field(
    label: "_StrPromise", *, required: bool = True, help_text: "str | _StrPromise" = ""
) -> forms.DateTimeField:
    """A moment in the visitor's zone."""
    formats = [LOCAL, f"{LOCAL}:%S"]
    return forms.DateTimeField(
        label=label, input_formats=formats, widget=moment_input(), required=required, help_text=help_text
    )


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
        self,
        data: QueryDict | None = None,
        *,
        endpoints: Iterable[Endpoint],
        window: MaintenanceWindow | None = None,
    ) -> None:
        self.window = window
        super().__init__(data, initial=from_api(window) if window else None)
        self.fields["cron"].widget.attrs |= {"class": "mono", "autocomplete": "off", "spellcheck": "false"}
        self.choose_from(endpoints, window)

    @property
    def zone(self) -> str:
        """Whose clocks a recurring window follows: a stored one keeps its zone."""
        kept = self.window.time_zone if self.window and self.window.cron else None
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

    def to_api(self) -> dict[str, object]:
        """The API's window."""
        return {"name": self.cleaned_data["name"], **self.times_to_api(), **self.scope_to_api()}

    def times_to_api(self) -> dict[str, object]:
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
        kept = self.window.starts_at if self.window and self.window.cron else None
        begins = data["starts_at"] if once else kept
        return {
            "starts_at": begins.isoformat() if begins else None,
            "duration": data["minutes"] * 60,
            "cron": recurrence_to_cron(recurrence),
            "ends_at": data["ends_at"].isoformat() if data["ends_at"] and not once else None,
            "time_zone": self.zone,
        }


def from_api(window: MaintenanceWindow) -> dict[str, object]:
    """The form's initial values for an existing window."""
    found = recurrence_from_cron(window.cron)
    once = found.repeats == ONCE
    return {
        "name": window.name,
        "repeats": found.repeats,
        "starts_at": window.starts_at if once else None,
        "at": found.at or None,
        "weekdays": found.weekdays,
        "day": found.day,
        "cron": found.cron,
        "minutes": max(1, window.duration // 60),
        "ends_at": None if once else window.ends_at,
        **scope_from_api(window),
    }
