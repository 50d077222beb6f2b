"""The two forms of the first steps."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from frontend.forms.base import ApiForm


class FirstEndpointForm(ApiForm):
    """A URL alone; everything else has its default."""

    url = forms.CharField(
        label=_("Address"),
        max_length=2000,
        help_text=_("A site or an API. Checked every minute from now on; you can change everything later."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "placeholder": "https://example.com", "autocomplete": "url", "autofocus": True}
        ),
    )

    def to_api(self) -> dict[str, Any]:
        """`{"url"}`."""
        return {"url": self.cleaned_data["url"]}


class FirstSlackForm(ApiForm):
    """An incoming webhook alone."""

    webhook_url = forms.CharField(
        label=_("Incoming webhook of Slack"),
        max_length=500,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "placeholder": "https://hooks.slack.com/services/…", "autocomplete": "off"}
        ),
    )

    def to_api(self) -> dict[str, Any]:
        """A Slack channel for everything."""
        return {"name": "Slack", "kind": "slack", "settings": {"webhook_url": self.cleaned_data["webhook_url"]}}
