"""The visitor's own account: profile, address, what happened to it, deletion."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from msgspec.structs import asdict

from common.contracts.answers.user_service import SecurityEvent, User
from frontend.forms.account import AccountDeleteForm, EmailForm, ProfileForm
from frontend.gateway.answers import Page
from frontend.pages.editing import CONFIRM_DELETE, FORM, form_texts
from frontend.presenters.audit_log import describe_events
from frontend.views import form_page, logged_in, posted, set_language
from frontend.web import visitor
from frontend.web.visitor import WebRequest

ME = "/user-service/users/me"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """The profile."""
    user = request.gateway.get(ME, User)
    form = ProfileForm(posted(request), initial=asdict(user))

    def save() -> HttpResponse:
        changed = request.gateway.patch(ME, User, form.cleaned_data)
        visitor.remember(request.session, user=changed)
        with override(changed.language):
            messages.success(request, _("Saved."))
        response = redirect("settings")
        set_language(response, changed.language)
        return response

    context = {"user": user, "tab": "profile"}
    return form_page(request, template="frontend/pages/settings.html", form=form, save=save, context=context)


@logged_in
def email(request: WebRequest) -> HttpResponse:
    """Another address; where addresses are confirmed, the old one stays until the mail's link is followed."""
    form = EmailForm(posted(request))

    def save() -> HttpResponse:
        email = form.cleaned_data["email"]
        user = request.gateway.patch(ME, User, form.cleaned_data)
        visitor.remember(request.session, user=user)
        if user.email.casefold() == email.casefold():
            messages.success(request, _("The address is changed."))
        else:
            messages.info(request, _("We have sent a mail to %(email)s. Follow its link.") % {"email": email})
        return redirect("settings")

    context = form_texts(_("Change e-mail address"), _("Change address"), "settings", _("Settings"))
    return form_page(request, template=FORM, form=form, save=save, context=context)


@logged_in
def activity(request: WebRequest) -> HttpResponse:
    """The audit log."""
    found = request.gateway.get(f"{ME}/events", Page[SecurityEvent], page=request.GET.get("page"), per_page=50)
    context = {
        "events": describe_events(events=found.items),
        "page": found.page,
        "tab": "activity",
    }
    return render(request, "frontend/pages/activity.html", context)


@logged_in
def account_delete(request: WebRequest) -> HttpResponse:
    """Asks for the e-mail address and the password."""
    form = AccountDeleteForm(posted(request), expected=request.user_data.email if request.user_data else "")

    def save() -> HttpResponse:
        password = form.cleaned_data["password"]
        request.gateway.delete(ME, {"password": password} if password else None)
        request.session.flush()
        messages.info(request, _("Your account is deleted."))
        return redirect("landing")

    context = form_texts(_("Delete account"), _("Delete my account"), "settings", _("Settings"))
    context["text"] = _("Your endpoints, results and channels go with it. This cannot be undone.")
    return form_page(request, template=CONFIRM_DELETE, form=form, save=save, context=context)
