"""The visitor's own account: profile, address, what happened to it, deletion."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from frontend.forms.account import AccountDeleteForm, EmailForm, ProfileForm
from frontend.pages.editing import CONFIRM_DELETE, FORM, form_texts
from frontend.presenters import paging
from frontend.presenters.audit_log import describe_events
from frontend.views import bound, form_page, logged_in, set_language
from frontend.web import visitor
from frontend.web.visitor import WebRequest

ME = "/user-service/users/me"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """The profile."""
    user = request.gateway.get(ME)
    form = bound(request, ProfileForm, initial=user)

    def save(data: dict[str, Any]) -> HttpResponse:
        changed = request.gateway.patch(ME, data)
        visitor.remember(request.session, user=changed)
        with override(changed["language"]):
            messages.success(request, _("Saved."))
        response = redirect("settings")
        set_language(response, changed["language"])
        return response

    context = {"user": user, "tab": "profile"}
    return form_page(request, template="frontend/pages/settings.html", form=form, save=save, context=context)


@logged_in
def email(request: WebRequest) -> HttpResponse:
    """Another address; where addresses are confirmed, the old one stays until the mail's link is followed."""

    def save(data: dict[str, Any]) -> HttpResponse:
        user = request.gateway.patch(ME, data)
        visitor.remember(request.session, user=user)
        if user["email"].casefold() == data["email"].casefold():
            messages.success(request, _("The address is changed."))
        else:
            messages.info(request, _("We have sent a mail to %(email)s. Follow its link.") % {"email": data["email"]})
        return redirect("settings")

    context = form_texts(_("Change e-mail address"), _("Change address"), "settings", _("Settings"))
    return form_page(request, template=FORM, form=bound(request, EmailForm), save=save, context=context)


@logged_in
def activity(request: WebRequest) -> HttpResponse:
    """The audit log."""
    found = request.gateway.get(f"{ME}/events", page=request.GET.get("page"), per_page=50)
    context = {
        "events": describe_events(events=found["items"]),
        "page": paging.page_numbers(found["page"]),
        "tab": "activity",
    }
    return render(request, "frontend/pages/activity.html", context)


@logged_in
def account_delete(request: WebRequest) -> HttpResponse:
    """Asks for the e-mail address and the password."""

    def save(data: dict[str, Any]) -> HttpResponse:
        request.gateway.delete(ME, {"password": data["password"]} if data["password"] else None)
        request.session.flush()
        messages.info(request, _("Your account is deleted."))
        return redirect("landing")

    context = form_texts(_("Delete account"), _("Delete my account"), "settings", _("Settings"))
    context["text"] = _("Your endpoints, results and channels go with it. This cannot be undone.")
    form = bound(request, AccountDeleteForm, expected=str((request.user_data or {})["email"]))
    return form_page(request, template=CONFIRM_DELETE, form=form, save=save, context=context)
