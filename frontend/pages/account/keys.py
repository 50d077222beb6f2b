"""API keys: each shown once, when it is made."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from frontend.forms.security import KeyForm
from frontend.pages.editing import FORM, form_texts
from frontend.presenters import paging
from frontend.views import bound, form_page, logged_in
from frontend.web.visitor import WebRequest

KEYS = "/user-service/keys"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Each with its last use and its end."""
    found = request.gateway.get(KEYS, page=request.GET.get("page"), per_page=50)
    context = {"keys": found["items"], "page": paging.page_numbers(found["page"]), "tab": "keys"}
    return render(request, "frontend/pages/keys.html", context)


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """A named key, shown once."""
    form = bound(request, KeyForm)

    def save(_data: dict[str, Any]) -> HttpResponse:
        key = request.gateway.post(KEYS, form.to_api())
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
