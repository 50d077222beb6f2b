"""Where the links of mails lead: confirming an address, and choosing a new password."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from common.contracts.answers.base import Status
from frontend.forms.account import ResetForm, ResetRequestForm, SignUpConfirmForm, TokenForm
from frontend.gateway.answers import Account
from frontend.pages.account.login import welcome
from frontend.views import form_page, posted
from frontend.web import visitor
from frontend.web.visitor import WebRequest

FORM = "frontend/pages/auth_form.html"


def confirm(request: WebRequest) -> HttpResponse:
    """The link of a sign-up's mail; a button uses it up, so that a mail program that looks ahead does not."""
    text = _("You will then be logged in. Did you not sign up? Then close this page, and there will be no account.")
    return _confirm(request, SignUpConfirmForm, text)


def email_confirm(request: WebRequest) -> HttpResponse:
    """The same of a change of address."""
    return _confirm(request, TokenForm, _("Your account will use this address from then on."))


def _confirm(request: WebRequest, form_class: type[TokenForm], text: str) -> HttpResponse:
    token = request.GET.get("token", "")
    form = form_class(posted(request), token=token)

    def save() -> HttpResponse:
        user = request.gateway.post("/user-service/users/confirm", Account, form.cleaned_data)
        messages.success(request, _("The address is confirmed."))
        if user.key:
            return welcome(request, user)
        if request.user_data and request.user_data.id == user.id:
            visitor.remember(request.session, user=user)
            return redirect("settings")
        return redirect("login")

    hint = text if token else _("Open the link in our mail, or paste it here if the mail is on another device.")
    context = {"title": _("Confirm your e-mail address"), "button": _("Confirm"), "text": hint}
    return form_page(request, template=FORM, form=form, save=save, context=context)


def reset(request: WebRequest) -> HttpResponse:
    """Ask for the mail; the answer is the same whether the address is known or not."""
    form = ResetRequestForm(posted(request))

    def save() -> HttpResponse:
        request.gateway.post("/user-service/password-reset", Status, form.cleaned_data)
        messages.info(request, _("If the address is known, a mail with a link is on its way."))
        return redirect("login")

    context = {"title": _("Forgot your password?"), "button": _("Send me a link"), "text": _("We mail you a link.")}
    return form_page(request, template=FORM, form=form, save=save, context=context)


def reset_confirm(request: WebRequest) -> HttpResponse:
    """The link of the mail: a new password; every login ends."""
    form = ResetForm(posted(request), token=request.GET.get("token", ""))

    def save() -> HttpResponse:
        request.gateway.post("/user-service/password-reset/confirm", Status, form.cleaned_data)
        messages.success(request, _("The password is changed. Log in with it."))
        return redirect("login")

    context = {"title": _("Choose a new password"), "button": _("Change password")}
    return form_page(request, template=FORM, form=form, save=save, context=context)
