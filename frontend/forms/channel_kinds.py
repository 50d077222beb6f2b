"""The kinds of channels; each form knows its `settings` on the wire."""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from frontend.forms.channel import ChannelForm


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
        max_length=500,
        help_text=_("The quick way: https://hooks.slack.com/services/… from your Slack app."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    token = forms.CharField(
        label=_("Or a bot token"),
        required=False,
        max_length=300,
        help_text="xoxb-…",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
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
    url = forms.CharField(
        label=_("URL"),
        max_length=2000,
        help_text=_("Gets each alert as JSON by POST."),
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://example.com/alerts"}),
    )
    secret = forms.CharField(
        label=_("Secret"),
        min_length=6,
        max_length=200,
        initial=lambda: secrets.token_urlsafe(24),
        help_text=_("Signs each call (HMAC-SHA256), so that your receiver can tell it is us. Copy it there now."),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )

    def from_settings(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The secret is masked by the API."""
        return {"url": settings.get("url", ""), "secret": settings.get("secret", "")}

    def to_settings(self, data: dict[str, Any]) -> dict[str, Any]:
        """`{"url", "secret"}`."""
        return {"url": data["url"], "secret": data["secret"]}


FORMS: dict[str, type[ChannelForm]] = {form.kind: form for form in (EmailForm, SlackForm, WebhookForm)}
