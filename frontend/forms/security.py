"""Forms of passwords, the second factor and API keys."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from frontend.forms.base import ApiForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PASSWORD_MIN = 8
MOST_TYPED = 1024
"""Characters that are passed on; how many a password may have is the API's rule, which counts composed ones."""
NAMED = 10
"""How many keys are named where all are meant."""
LIVES = [("", _("Never")), ("30", _("In 30 days")), ("90", _("In 90 days")), ("365", _("In a year"))]


PASSWORD, NEW_PASSWORD = _("Password"), _("New password")


def current_password(
    label: "_StrPromise" = PASSWORD, *, required: bool = True, help_text: "str | _StrPromise" = ""
) -> forms.CharField:
    """The password that is in force; a password manager fills it in."""
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password", "required": True})
    return forms.CharField(
        label=label, max_length=MOST_TYPED, strip=False, widget=widget, required=required, help_text=help_text
    )


def new_password(label: "_StrPromise" = NEW_PASSWORD) -> forms.CharField:
    """A password to choose."""
    return forms.CharField(
        label=label,
        min_length=PASSWORD_MIN,
        max_length=MOST_TYPED,
        strip=False,
        help_text=_("At least 8 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def code_field(help_text: "_StrPromise") -> forms.CharField:
    """Six digits, or where recovery codes count too, one of those."""
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=_("Code"), max_length=64, widget=forms.TextInput(attrs=attributes), help_text=help_text
    )


class PasswordForm(forms.Form):
    """Another password; where there are named keys, these are offered for revocation."""

    current_password = current_password(_("Current password"))
    new_password = new_password()
    revoke_keys = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict | None = None, *, keys: Sequence[str]) -> None:
        super().__init__(data)
        names = ", ".join(keys[:NAMED]) + (", …" if len(keys) > NAMED else "")
        self.fields["revoke_keys"].label = _("Revoke my API keys too (%(names)s)") % {"names": names}
        self.fields["revoke_keys"].help_text = _("Whoever had your password may have made one. What uses them stops.")
        if not keys:
            del self.fields["revoke_keys"]


class ConfirmPasswordForm(forms.Form):
    """The password again, before something that matters."""

    password = current_password()


class CodeForm(forms.Form):
    """The first code of an authenticator app."""

    code = code_field(_("The six digits that the app shows now."))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class SecondStepForm(forms.Form):
    """After the password; a recovery code has letters, so the keyboard is the full one."""

    code = code_field(_("From your authenticator app, or one of your recovery codes."))

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["code"].widget.attrs |= {"autofocus": True}


class KeyForm(ApiForm):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Where you use it, such as deploy script."))
    days = forms.ChoiceField(label=_("Expires"), choices=LIVES, required=False)

    def to_api(self) -> dict[str, object]:
        """`expires_at` is left out for a key that lives until it is revoked."""
        days = self.cleaned_data["days"]
        body = {"name": self.cleaned_data["name"]}
        return body | ({"expires_at": (timezone.now() + timedelta(days=int(days))).isoformat()} if days else {})
