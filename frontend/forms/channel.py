"""Forms of notification channels, one a kind; each knows its `settings` on the wire."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

EVENTS = [
    ("down", _("Down")),
    ("up", _("Back up")),
    ("degraded", _("Slow")),
    ("recovered", _("Fast again")),
    ("certificate", _("Certificate ends soon")),
    ("flapping", _("Flapping")),
]


class ChannelForm(forms.Form):
    """What every channel has."""

    kind = ""
    name = forms.CharField(label=_("Name"), max_length=100)
    events = forms.MultipleChoiceField(
        label=_("Tell me about"),
        choices=EVENTS,
        initial=[value for value, _label in EVENTS],
        widget=forms.CheckboxSelectMultiple,
    )
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def __init__(self, *args: Any, channel: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.channel = channel
        if channel:
            events = channel.get("events") or [value for value, _label in EVENTS]
            kwargs["initial"] = {"name": channel["name"], "enabled": channel["enabled"], "events": events}
            kwargs["initial"] |= self.from_settings(channel["settings"])
        super().__init__(*args, **kwargs)
        self.order_fields(["name", *(name for name in self.fields if name not in {"name", "events", "enabled"})])

    def to_api(self) -> dict[str, Any]:
        """The API's channel."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "kind": self.kind,
            "enabled": data["enabled"],
            "events": data["events"],
            "settings": self.to_settings(data),
        }

    def from_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The kind's fields of `settings`."""
        raise NotImplementedError

    def to_settings(self, data: dict[str, Any]) -> dict[str, Any]:
        """`settings` of the kind's fields."""
        raise NotImplementedError


class EmailForm(ChannelForm):
    kind = "email"
    addresses = forms.CharField(
        label=_("Addresses"),
        max_length=2000,
        help_text=_("One a line. An address other than your own gets a code to confirm."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_addresses(self) -> list[str]:
        """Each a valid address."""
        addresses: list[str] = self.cleaned_data["addresses"].replace(",", "\n").split()
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError as error:
                raise forms.ValidationError(_("“%(address)s” is no e-mail address.") % {"address": address}) from error
        return addresses

    def from_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """One address a line."""
        return {"addresses": "\n".join(settings.get("addresses", []))}

    def to_settings(self, data: dict[str, Any]) -> dict[str, Any]:
        """`{"addresses": []}`."""
        return {"addresses": data["addresses"]}


class SlackForm(ChannelForm):
    kind = "slack"
    webhook_url = forms.CharField(
        label=_("Incoming webhook"),
        required=False,
        max_length=2000,
        help_text=_("The quick way: https://hooks.slack.com/services/… from your Slack app."),
    )
    token = forms.CharField(label=_("Or a bot token"), required=False, max_length=300, help_text="xoxb-…")
    channel_name = forms.CharField(
        label=_("Slack channel"), required=False, max_length=100, help_text=_("With a token: #alerts or its id.")
    )
    domain = forms.CharField(label=_("Workspace"), required=False, max_length=100, help_text=_("A label for you only."))

    def clean(self) -> dict[str, Any]:
        """One of the two ways."""
        data = super().clean() or {}
        if not data.get("webhook_url") and not (data.get("token") and data.get("channel_name")):
            self.add_error("webhook_url", _("Give a webhook, or a token and a channel."))
        return data

    def from_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Secrets are masked by the API."""
        names = {"webhook_url": "webhook_url", "token": "token", "channel_name": "channel", "domain": "domain"}
        return {field: settings.get(name, "") for field, name in names.items()}

    def to_settings(self, data: dict[str, Any]) -> dict[str, Any]:
        """`{"webhook_url"}` or `{"domain", "channel", "token"}`."""
        if data["webhook_url"]:
            return {"webhook_url": data["webhook_url"]}
        return {"domain": data["domain"], "channel": data["channel_name"], "token": data["token"]}


class WebhookForm(ChannelForm):
    kind = "webhook"
    url = forms.CharField(label=_("URL"), max_length=2000, help_text=_("Gets each alert as JSON by POST."))
    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        max_length=200,
        help_text=_("Signs each call, so that you can tell it is us."),
    )

    def from_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The secret is masked by the API."""
        return {"url": settings.get("url", ""), "secret": settings.get("secret", "")}

    def to_settings(self, data: dict[str, Any]) -> dict[str, Any]:
        """`{"url", "secret"}`."""
        return {"url": data["url"]} | ({"secret": data["secret"]} if data["secret"] else {})


FORMS: dict[str, type[ChannelForm]] = {form.kind: form for form in (EmailForm, SlackForm, WebhookForm)}
