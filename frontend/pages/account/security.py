"""Password and second factor."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from common.contracts.answers.base import Status
from common.contracts.answers.user_service import Key, RecoveryCodes, Totp, TotpSecret
from common.security.crypto import decrypt, encrypt
from frontend.forms.security import CodeForm, ConfirmPasswordForm, PasswordForm
from frontend.gateway.answers import Page
from frontend.pages.account.keys import KEYS
from frontend.pages.account.profile import ME
from frontend.pages.editing import FORM, form_texts
from frontend.pictures.qr import qr_svg
from frontend.views import form_page, logged_in, posted
from frontend.web.visitor import WebRequest

TOTP = f"{ME}/totp"
BEGUN = "totp"
"""Where the session keeps, encrypted, the secret that no code has confirmed yet."""


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """What protects the account."""
    return render(request, "frontend/pages/security.html", {"totp": request.gateway.get(TOTP, Totp), "tab": "security"})


@logged_in
def password(request: WebRequest) -> HttpResponse:
    """Change it; the API ends every other login, and this one stays. Named keys end where that is asked for."""
    keys = [key.name for key in request.gateway.get(KEYS, Page[Key], per_page=100).items]
    form = PasswordForm(posted(request), keys=keys)

    def save() -> HttpResponse:
        request.gateway.post(f"{ME}/password", Status, form.cleaned_data)
        messages.success(request, _("The password is changed."))
        return redirect("security")

    context = _back(_("Change password"), _("Change password"))
    return form_page(request, template=FORM, form=form, save=save, context=context)


@logged_in
def totp_begin(request: WebRequest) -> HttpResponse:
    """The password first; then the secret is made."""
    form = ConfirmPasswordForm(posted(request))

    def save() -> HttpResponse:
        begun = request.gateway.post(TOTP, TotpSecret, form.cleaned_data)
        request.session[BEGUN] = encrypt({"secret": begun.secret, "uri": begun.uri})
        return redirect("totp_confirm")

    context = _back(_("Two-step login"), _("Continue"))
    context["text"] = _("At each login an app on your phone shows a code that is asked for after your password.")
    return form_page(request, template=FORM, form=form, save=save, context=context)


@logged_in
def totp_confirm(request: WebRequest) -> HttpResponse:
    """The QR code and a first code; the answer shows the recovery codes, this once."""
    begun = _begun(request)
    if begun is None:
        return redirect("totp_begin")
    form = CodeForm(posted(request))

    def save() -> HttpResponse:
        body = {"code": form.cleaned_data["code"].replace(" ", "")}
        answer = request.gateway.post(f"{TOTP}/confirm", RecoveryCodes, body)
        request.session.pop(BEGUN, None)
        return render(request, "frontend/pages/recovery_codes.html", {"codes": answer.recovery_codes})

    secret = begun["secret"]
    context = {
        "qr": qr_svg(begun["uri"]),
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        **_back(_("Two-step login"), _("Switch on")),
    }
    return form_page(request, template="frontend/pages/totp.html", form=form, save=save, context=context)


def _begun(request: WebRequest) -> dict[str, str] | None:
    try:
        return dict(decrypt(str(request.session[BEGUN]))) if BEGUN in request.session else None
    except ValueError:
        return None


@logged_in
def totp_disable(request: WebRequest) -> HttpResponse:
    """Asks for the password."""
    form = ConfirmPasswordForm(posted(request))

    def save() -> HttpResponse:
        request.gateway.post(f"{TOTP}/disable", Status, form.cleaned_data)
        messages.success(request, _("Two-step login is off."))
        return redirect("security")

    context = _back(_("Switch off two-step login"), _("Switch off"))
    context["text"] = _("From then on the password alone is enough. The recovery codes become worthless.")
    return form_page(request, template=FORM, form=form, save=save, context=context)


def _back(title: str, button: str) -> dict[str, object]:
    return form_texts(title, button, "security", _("Security"))
