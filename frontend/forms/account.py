"""Forms of the visitor's own account."""

from urllib.parse import parse_qs

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.clocks.time_zones import time_zones
from frontend.forms.security import current_password, new_password

EMAIL = {"autocomplete": "email", "inputmode": "email"}


class TryForm(forms.Form):
    """One check without an account."""

    url = forms.CharField(
        label=_("Address to check"),
        max_length=2000,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://example.com", "autocomplete": "url"}),
    )


class SignUpForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))
    password = new_password(_("Password"))
    url = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class LoginForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))
    password = current_password()


class ResetRequestForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))


class TokenForm(forms.Form):
    """What came with the link of a mail; without it, the link can be pasted, as when the mail is on another device."""

    token = forms.CharField(
        label=_("Link or code from the mail"),
        max_length=5000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"}),
    )

    def __init__(self, data: QueryDict | None = None, *, token: str = "") -> None:
        super().__init__(data, initial={"token": token})
        if token:
            self.fields["token"].widget = forms.HiddenInput()

    def clean_token(self) -> str:
        """The token alone, of a whole link too."""
        text = str(self.cleaned_data["token"]).strip()
        return parse_qs(text.partition("#")[0].partition("?")[2]).get("token", [text])[0]


class SignUpConfirmForm(TokenForm):
    """Whoever follows the link chooses the password; whether one is needed, the API knows."""

    password = current_password(
        required=False, help_text=_("The one that you chose, or another: from now on this one counts.")
    )

    def clean(self) -> dict[str, object]:
        """An empty password is none."""
        return {name: value for name, value in self.cleaned_data.items() if value}


class ResetForm(TokenForm):
    new_password = new_password()


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(time_zones()) if "/" in name] + [("UTC", "UTC")]


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of these pages and of the messages to you.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones)


class EmailForm(forms.Form):
    """Another address; the password, since whoever has the address can reset it."""

    email = forms.EmailField(label=_("New e-mail address"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))
    password = current_password()


class ByNameForm(forms.Form):
    """What cannot be undone asks for the name of the thing."""

    name = forms.CharField(max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: QueryDict | None = None, *, expected: str) -> None:
        super().__init__(data)
        self.expected = expected
        self.fields["name"].label = _("Type “%(name)s” to confirm") % {"name": expected}

    def clean_name(self) -> str:
        """Must be the very name."""
        if self.cleaned_data["name"].strip() != self.expected.strip():
            raise forms.ValidationError(_("This is not the name."))
        return self.expected


class AccountDeleteForm(ByNameForm):
    """The password too: whoever only found the browser open cannot delete the account. The API asks for it."""

    password = current_password(required=False)
