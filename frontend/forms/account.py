"""Forms of the visitor's own account."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

PASSWORD_MIN = 8
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
    password = forms.CharField(
        label=_("Password"),
        min_length=PASSWORD_MIN,
        max_length=128,
        strip=False,
        help_text=_("At least 8 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    url = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)


class LoginForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))
    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeLoginForm(LoginForm):
    """With the second factor; the password is asked again, since it is kept nowhere."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("From your authenticator app, or a recovery code."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class ResetRequestForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs=EMAIL))


class TokenForm(forms.Form):
    """What came with the link of a mail."""

    token = forms.CharField(max_length=1000, widget=forms.HiddenInput)


class ResetForm(TokenForm):
    new_password = forms.CharField(
        label=_("New password"),
        min_length=PASSWORD_MIN,
        max_length=128,
        strip=False,
        help_text=_("At least 8 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones()) if "/" in name] + [
        ("UTC", "UTC")
    ]


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("Of these pages and of the messages to you.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones)


class PasswordForm(forms.Form):
    current_password = forms.CharField(
        label=_("Current password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new_password = forms.CharField(
        label=_("New password"),
        min_length=PASSWORD_MIN,
        max_length=128,
        strip=False,
        help_text=_("At least 8 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Where you use it, such as deploy script."))


class ByNameForm(forms.Form):
    """What cannot be undone asks for the name of the thing."""

    name = forms.CharField(max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["name"].label = _("Type “%(name)s” to confirm") % {"name": expected}

    def clean_name(self) -> str:
        """Must be the very name."""
        if self.cleaned_data["name"].strip() != self.expected.strip():
            raise forms.ValidationError(_("This is not the name."))
        return self.expected
