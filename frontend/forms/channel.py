"""A notification channel: its name, the settings of its kind, which are the contract's, and its rules."""

import secrets
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from msgspec import NODEFAULT

from common.contracts.alerts import CHOICES, EVENTS
from common.contracts.channels import CHANNELS
from common.contracts.fields import Described
from common.contracts.invalid import Invalid
from frontend.forms.base import ScopeForm, scope_from_api
from frontend.forms.contract import form_field
from frontend.presenters import labels

EVENT_CHOICES = [(name, _(EVENTS[name].label)) for name in CHOICES]
DELAYS = [0, 60, 300, 600, 1800, 3600]
"""Seconds."""
REMINDERS = [0, 15, 30, 60, 240, 1440]
"""Minutes."""
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ChannelForm(ScopeForm):
    """`to_api` is the API's channel."""

    name = forms.CharField(label=_("Name"), max_length=100)
    events = forms.MultipleChoiceField(
        label=_("Tell me about"),
        choices=EVENT_CHOICES,
        initial=CHOICES,
        widget=forms.CheckboxSelectMultiple,
    )
    quiet_from = forms.TimeField(label=_("from"), required=False, widget=CLOCK)
    quiet_to = forms.TimeField(label=_("until"), required=False, widget=CLOCK)
    delay = forms.TypedChoiceField(
        label=_("First alert"), coerce=int, help_text=_("Whoever is back by then is not mentioned.")
    )
    remind_every = forms.TypedChoiceField(
        label=_("Reminders"), coerce=int, help_text=_("Until somebody acknowledges the incident.")
    )
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def __init__(
        self,
        *args: Any,
        kind: str,
        endpoints: Iterable[dict[str, Any]],
        channel: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.kind, self.channel = kind, channel or {}
        self.settings = CHANNELS[kind].fields
        if channel:
            kwargs["initial"] = from_api(channel) | channel["settings"]
        super().__init__(*args, **kwargs)
        self.fields |= {name: _field(field) for name, field in self.settings.items()}
        self.choose_from(endpoints, channel)
        self._offer_numbers("delay", DELAYS, _delay_words)
        self._offer_numbers("remind_every", REMINDERS, _reminder_words)
        self.order_fields(["name", *self.settings])

    def clean(self) -> dict[str, Any]:
        """Quiet hours need both ends, and the settings have to be whole."""
        data = super().clean() or {}
        if not self.errors:
            try:
                CHANNELS[self.kind].clean(self._said(data), self.channel.get("settings", {}))
            except Invalid as error:
                name = error.path.partition(".")[0]
                self.add_error(name if name in self.settings else None, error.sentence.said(gettext))
        if bool(data.get("quiet_from")) != bool(data.get("quiet_to")) and "quiet_to" not in self.errors:
            self.add_error("quiet_to", _("Quiet hours need a beginning and an end."))
        return data

    def to_api(self) -> dict[str, Any]:
        """The API's channel; `delay` in seconds, `remind_every` in minutes."""
        data = self.cleaned_data
        quiet = {name: data[name] and f"{data[name]:%H:%M}" for name in ("quiet_from", "quiet_to")}
        plain = ("name", "enabled", "events", "delay", "remind_every")
        return {
            "kind": self.kind,
            "settings": self._said(data),
            **{name: data[name] for name in plain},
            "all_events": {*data["events"]} >= {*CHOICES},
            **quiet,
            **self.scope_to_api(),
        }

    def _said(self, data: dict[str, Any]) -> dict[str, Any]:
        """`settings` of the kind's fields; what is empty is not said."""
        return {name: data[name] for name in self.settings if data.get(name)}

    def _offer_numbers(self, name: str, usual: list[int], told: Any) -> None:
        """The usual numbers, and the stored one if it is none of them."""
        numbers = sorted({*usual, self.channel.get(name) or 0})
        field = self.fields[name]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [(number, told(number)) for number in numbers]


def _field(field: Described) -> forms.Field:
    """A setting's field: whole on paste, nothing filled in by the browser."""
    made = form_field(field, required=field.default is NODEFAULT)
    made.initial = None
    if field.about.is_proposed:
        made.initial = lambda: secrets.token_urlsafe(24)
    if not field.about.lines:
        made.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
    if field.about.example:
        made.widget.attrs |= {"placeholder": field.about.example}
    if field.about.example.startswith("https://"):
        made.widget.attrs |= {"inputmode": "url"}
    return made


def from_api(channel: dict[str, Any]) -> dict[str, Any]:
    """The form's initial values for an existing channel, without those of its kind."""
    names = ("name", "enabled", "events", "quiet_from", "quiet_to", "delay", "remind_every")
    return {name: channel.get(name) for name in names} | scope_from_api(channel)


def _delay_words(seconds: int) -> str:
    if not seconds:
        return str(_("At once"))
    return str(_("After %(time)s")) % {"time": labels.duration(seconds)}


def _reminder_words(minutes: int) -> str:
    if not minutes:
        return str(_("None"))
    return str(_("Every %(time)s")) % {"time": labels.duration(minutes * 60)}


def rules_told(*, channel: dict[str, Any]) -> list[str]:
    """What a list says of a channel's rules: only what differs from "everything, at once"."""
    told = []
    if not channel.get("all_events", set(channel["events"]) == set(CHOICES)):
        told.append(", ".join(labels.event(name) for name in channel["events"]))
    if number := len(channel.get("endpoint_ids") or []):
        told.append(ngettext("%(n)d endpoint", "%(n)d endpoints", number) % {"n": number})
    told += [f"#{tag}" for tag in channel.get("tags") or []]
    if channel.get("quiet_from"):
        told.append(str(_("quiet %(first)s–%(last)s")) % {"first": channel["quiet_from"], "last": channel["quiet_to"]})
    if channel.get("delay"):
        told.append(str(_("alert after %(time)s")) % {"time": labels.duration(channel["delay"])})
    if channel.get("remind_every"):
        told.append(str(_("reminder every %(time)s")) % {"time": labels.duration(channel["remind_every"] * 60)})
    return told
