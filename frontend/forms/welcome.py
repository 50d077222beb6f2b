"""The two forms of the first steps."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.contracts.channels import CHANNELS
from frontend.forms.base import ApiForm
from frontend.forms.contract import form_field


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

    def to_api(self) -> dict[str, object]:
        """`{"url"}`."""
        return {"url": self.cleaned_data["url"]}


class FirstSlackForm(ApiForm):
    """An incoming webhook alone."""

    webhook_url = form_field(CHANNELS["slack"].fields["webhook_url"], required=True)

    def to_api(self) -> dict[str, object]:
        """A Slack channel for everything."""
        return {"name": "Slack", "kind": "slack", "settings": {"webhook_url": self.cleaned_data["webhook_url"]}}
