"""API keys: each shown once, when it is made."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.contracts.answers.user_service import Key, NewKey
from frontend.forms.security import KeyForm
from frontend.gateway.answers import Page
from frontend.pages.editing import FORM, form_texts
from frontend.views import form_page, logged_in, posted
from frontend.web.visitor import WebRequest

KEYS = "/user-service/keys"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Each with its last use and its end."""
    found = request.gateway.get(KEYS, Page[Key], page=request.GET.get("page"), per_page=50)
    context = {"keys": found.items, "page": found.page, "tab": "keys"}
    return render(request, "frontend/pages/keys.html", context)


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """A named key, shown once."""
    form = KeyForm(posted(request))

    def save() -> HttpResponse:
        key = request.gateway.post(KEYS, NewKey, form.to_api())
        return render(request, "frontend/pages/key.html", {"key": key})

    context = form_texts(_("New key"), _("Make the key"), "keys", _("API keys"))
    return form_page(request, template=FORM, form=form, save=save, context=context)


@require_POST
@logged_in
def delete(request: WebRequest, key_id: int) -> HttpResponse:
    """Revoked at once; what uses it is refused from now on."""
    request.gateway.delete(f"{KEYS}/{key_id}")
    messages.success(request, _("The key is revoked."))
    return redirect("keys")
