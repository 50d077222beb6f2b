"""What every notification channel has: its name and its rules. `channel_kinds` has what each kind adds."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from common.contracts.alerts import CHOICES, EVENTS
from frontend.forms.base import ScopeForm, scope_from_api
from frontend.presenters import labels

EVENT_CHOICES = [(name, _(EVENTS[name].label)) for name in CHOICES]
DELAYS = [0, 60, 300, 600, 1800, 3600]
"""Seconds."""
REMINDERS = [0, 15, 30, 60, 240, 1440]
"""Minutes."""
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
RULES = ("events", *ScopeForm.scope_fields, "quiet_from", "quiet_to", "delay", "remind_every")


class ChannelForm(ScopeForm):
    """`to_api` is the API's channel; `settings` are of the kind."""

    kind = ""
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
        self, *args: Any, endpoints: Iterable[dict[str, Any]], channel: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self.channel = channel or {}
        if channel:
            kwargs["initial"] = from_api(channel) | self.from_settings(channel["settings"])
        super().__init__(*args, **kwargs)
        self.choose_from(endpoints, channel)
        self._offer_numbers("delay", DELAYS, _delay_words)
        self._offer_numbers("remind_every", REMINDERS, _reminder_words)
        self.order_fields(["name", *self.own_fields])

    @property
    def own_fields(self) -> list[str]:
        """The fields that only this kind has."""
        return [name for name in self.fields if name not in {"name", "enabled", *RULES}]

    def clean(self) -> dict[str, Any]:
        """Quiet hours need both ends."""
        data = super().clean() or {}
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
            "settings": self.to_settings(data),
            **{name: data[name] for name in plain},
            "all_events": {*data["events"]} >= {*CHOICES},
            **quiet,
            **self.scope_to_api(),
        }

    def from_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The kind's fields of `settings`."""
        raise NotImplementedError

    def to_settings(self, data: dict[str, Any]) -> dict[str, Any]:
        """`settings` of the kind's fields."""
        raise NotImplementedError

    def _offer_numbers(self, name: str, usual: list[int], told: Any) -> None:
        """The usual numbers, and the stored one if it is none of them."""
        numbers = sorted({*usual, self.channel.get(name) or 0})
        field = self.fields[name]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [(number, told(number)) for number in numbers]


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
