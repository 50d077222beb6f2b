"""The visitor's own account: profile, password, API keys, deletion."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from frontend import visitor
from frontend.forms.account import ByNameForm, KeyForm, PasswordForm, ProfileForm
from frontend.views import bound, form_page, logged_in, set_language
from frontend.visitor import WebRequest

ME = "/user-service/users/me"
KEYS = "/user-service/keys"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Profile and keys."""
    user = request.gateway.get(ME)
    keys = request.gateway.get(KEYS, per_page=100)["items"]
    form = bound(request, ProfileForm, initial=user)

    def save(data: dict[str, Any]) -> HttpResponse:
        changed = request.gateway.patch(ME, data)
        visitor.remember(request.session, user=changed)
        with override(changed["language"]):
            messages.success(request, _("Saved."))
        response = redirect("settings")
        set_language(response, changed["language"])
        return response

    context = {"user": user, "keys": keys}
    return form_page(request, template="frontend/pages/settings.html", form=form, save=save, context=context)


@logged_in
def password(request: WebRequest) -> HttpResponse:
    """Change it; the API ends every other login, and this one stays."""

    def save(data: dict[str, Any]) -> HttpResponse:
        request.gateway.post(f"{ME}/password", data)
        messages.success(request, _("The password is changed."))
        return redirect("settings")

    context = _back(_("Change password"), _("Change password"))
    form = bound(request, PasswordForm)
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


@logged_in
def key_new(request: WebRequest) -> HttpResponse:
    """A named key, shown once."""

    def save(data: dict[str, Any]) -> HttpResponse:
        key = request.gateway.post(KEYS, {"name": data["name"]})
        return render(request, "frontend/pages/key.html", {"key": key})

    context = _back(_("New key"), _("Make the key"))
    form = bound(request, KeyForm)
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


@require_POST
@logged_in
def key_delete(request: WebRequest, key_id: int) -> HttpResponse:
    request.gateway.delete(f"{KEYS}/{key_id}")
    messages.success(request, _("The key is revoked."))
    return redirect("settings")


@logged_in
def account_delete(request: WebRequest) -> HttpResponse:
    """Asks for the e-mail address."""

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.delete(ME)
        request.session.flush()
        messages.info(request, _("Your account is deleted."))
        return redirect("landing")

    context = _back(_("Delete account"), _("Delete my account"))
    context["text"] = _("Your endpoints, results and channels go with it. This cannot be undone.")
    form = bound(request, ByNameForm, expected=str((request.user_data or {})["email"]))
    return form_page(request, template="frontend/pages/confirm_delete.html", form=form, save=save, context=context)


def _back(title: str, button: str) -> dict[str, str]:
    return {"title": title, "button": button, "back": reverse("settings"), "back_label": _("Settings")}
