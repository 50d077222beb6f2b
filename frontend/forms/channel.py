"""A notification channel: its name, the settings of its kind, which are the contract's, and its rules."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from msgspec import NODEFAULT

from common.contracts.alerts import CHOICES, EVENTS
from common.contracts.answers.endpoint_service import Endpoint
from common.contracts.answers.notification_service import Notification
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
        data: QueryDict | None = None,
        *,
        kind: str,
        endpoints: Iterable[Endpoint],
        channel: Notification | None = None,
        initial: dict[str, object] | None = None,
    ) -> None:
        self.kind, self.channel = kind, channel
        self.settings = CHANNELS[kind].fields
        super().__init__(data, initial=from_api(channel) | channel.settings if channel else initial)
        self.fields |= {name: _field(field) for name, field in self.settings.items()}
        self.choose_from(endpoints, channel)
        self._offer_numbers("delay", DELAYS, channel.delay if channel else 0, _delay_words)
        self._offer_numbers("remind_every", REMINDERS, channel.remind_every if channel else 0, _reminder_words)
        self.order_fields(["name", *self.settings])

    def clean(self) -> dict[str, Any]:
        """Quiet hours need both ends, and the settings have to be whole."""
        data = super().clean() or {}
        if not self.errors:
            try:
                CHANNELS[self.kind].clean(self._said(data), self.channel.settings if self.channel else {})
            except Invalid as error:
                name = error.path.partition(".")[0]
                self.add_error(name if name in self.settings else None, error.sentence.said(gettext))
        if bool(data.get("quiet_from")) != bool(data.get("quiet_to")) and "quiet_to" not in self.errors:
            self.add_error("quiet_to", _("Quiet hours need a beginning and an end."))
        return data

    def to_api(self) -> dict[str, object]:
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

    def _said(self, data: Mapping[str, object]) -> dict[str, object]:
        """`settings` of the kind's fields; what is empty is not said."""
        return {name: data[name] for name in self.settings if data.get(name)}

    def _offer_numbers(self, name: str, usual: list[int], stored: int, told: Callable[[int], str]) -> None:
        """The usual numbers, and the stored one if it is none of them."""
        numbers = sorted({*usual, stored})
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


def from_api(channel: Notification) -> dict[str, object]:
    """The form's initial values for an existing channel, without those of its kind."""
    names = ("name", "enabled", "events", "quiet_from", "quiet_to", "delay", "remind_every")
    return {name: getattr(channel, name) for name in names} | scope_from_api(channel)


def _delay_words(seconds: int) -> str:
    if not seconds:
        return str(_("At once"))
    return str(_("After %(time)s")) % {"time": labels.duration(seconds)}


def _reminder_words(minutes: int) -> str:
    if not minutes:
        return str(_("None"))
    return str(_("Every %(time)s")) % {"time": labels.duration(minutes * 60)}


def describe_rules(*, channel: Notification) -> list[str]:
    """What a list says of a channel's rules: only what differs from "everything, at once"."""
    rules = []
    everything = set(channel.events) == set(CHOICES) if channel.all_events is None else channel.all_events
    if not everything:
        rules.append(", ".join(labels.event(name) for name in channel.events))
    if number := len(channel.endpoint_ids):
        rules.append(ngettext("%(n)d endpoint", "%(n)d endpoints", number) % {"n": number})
    rules += [f"#{tag}" for tag in channel.tags]
    if channel.quiet_from:
        rules.append(str(_("quiet %(first)s–%(last)s")) % {"first": channel.quiet_from, "last": channel.quiet_to})
    if channel.delay:
        rules.append(str(_("alert after %(time)s")) % {"time": labels.duration(channel.delay)})
    if channel.remind_every:
        rules.append(str(_("reminder every %(time)s")) % {"time": labels.duration(channel.remind_every * 60)})
    return rules
