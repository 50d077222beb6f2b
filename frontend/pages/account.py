"""Landing, sign-up, log-in, log-out."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from frontend import visitor
from frontend.errors import GatewayDown, GatewayError, Refused
from frontend.forms.account import CodeLoginForm, LoginForm, ResetForm, ResetRequestForm, SignUpForm, TokenForm, TryForm
from frontend.gateway import CHECK_TIMEOUT
from frontend.views import bound, form_page, put_errors, safe_next, set_language
from frontend.visitor import WebRequest


def landing(request: WebRequest) -> HttpResponse:
    """What it is; with a URL posted, one check of it without an account."""
    if request.user_data and request.method == "GET":
        return redirect("dashboard")
    form = bound(request, TryForm)
    context: dict[str, Any] = {"form": form}
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            status = _try(request, form, context)
    return render(request, "frontend/pages/landing.html", context, status=status)


def _try(request: WebRequest, form: TryForm, context: dict[str, Any]) -> int:
    """Check the URL; the status of the page."""
    url = form.cleaned_data["url"]
    try:
        answer = request.gateway.post("/endpoint-service/checks", {"url": url}, timeout=CHECK_TIMEOUT)
    except Refused as error:
        put_errors(form, error)
        return error.status
    except GatewayDown:
        form.add_error(None, _("The API does not answer at the moment. Try again in a moment."))
        return 503
    if answer["status"] != "ok":
        form.add_error("url", answer.get("message") or _("The check could not run."))
        return 400
    context |= {"result": answer["result"], "url": url}
    return 200


def sign_up(request: WebRequest) -> HttpResponse:
    """An account, and if they came with a URL, the form to watch it."""
    if request.user_data:
        return redirect("dashboard")
    form = bound(request, SignUpForm, initial={"url": request.GET.get("url", "")})

    def save(data: dict[str, Any]) -> HttpResponse:
        body = {"email": data["email"], "password": data["password"], "language": get_language()}
        body["time_zone"] = str(visitor.time_zone_of(request))
        user = request.gateway.post("/user-service/users", body)
        if "key" not in user:
            messages.info(request, _("We have sent you a mail. Follow its link to confirm the address."))
            return redirect("login")
        visitor.log_in(request.session, user=user)
        request.session["first_url"] = data["url"]
        return redirect("endpoint_new")

    return form_page(request, template="frontend/pages/sign_up.html", form=form, save=save)


def login(request: WebRequest) -> HttpResponse:
    """A key in the session, then back to where they wanted to go."""
    if request.user_data and request.method == "GET":
        return redirect(safe_next(request, "dashboard"))

    def save(data: dict[str, Any]) -> HttpResponse:
        user = request.gateway.post("/user-service/login", data)
        visitor.log_in(request.session, user=user)
        Session.objects.filter(expire_date__lt=timezone.now()).delete()
        response = redirect(safe_next(request, "dashboard"))
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            set_language(response, user["language"])
        return response

    context = {"next": request.POST.get("next") or request.GET.get("next", "")}
    template = "frontend/pages/login.html"
    form = bound(request, CodeLoginForm if "code" in request.POST else LoginForm)
    try:
        return form_page(request, template=template, form=form, save=save, context=context, passed=("CODE_NEEDED",))
    except Refused as error:
        again = CodeLoginForm(initial={"email": request.POST["email"]})
        return render(request, template, {"form": again, "needed": error.message, **context}, status=400)


@require_POST
def logout(request: WebRequest) -> HttpResponse:
    """Revoke the key and forget the session; the latter also when the API is away."""
    if request.user_data:
        with suppress(GatewayError):
            request.gateway.post("/user-service/logout")
    request.session.flush()
    messages.info(request, _("You are logged out."))
    return redirect("landing")


def confirm(request: WebRequest) -> HttpResponse:
    """The link of a confirmation mail; a button uses it up, so that a mail program that looks ahead does not."""
    form = bound(request, TokenForm, initial={"token": request.GET.get("token", "")})

    def save(data: dict[str, Any]) -> HttpResponse:
        user = request.gateway.post("/user-service/users/confirm", data)
        messages.success(request, _("The address is confirmed."))
        if "key" not in user:
            return redirect("login")
        visitor.log_in(request.session, user=user)
        return redirect("dashboard")

    context = {"title": _("Confirm your e-mail address"), "button": _("Confirm")}
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


def reset(request: WebRequest) -> HttpResponse:
    """Ask for the mail; the answer is the same whether the address is known or not."""

    def save(data: dict[str, Any]) -> HttpResponse:
        request.gateway.post("/user-service/password-reset", data)
        messages.info(request, _("If the address is known, a mail with a link is on its way."))
        return redirect("login")

    context = {"title": _("Forgot your password"), "button": _("Send me a link"), "text": _("We mail you a link.")}
    form = bound(request, ResetRequestForm)
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


def reset_confirm(request: WebRequest) -> HttpResponse:
    """The link of the mail: a new password; every login ends."""
    form = bound(request, ResetForm, initial={"token": request.GET.get("token", "")})

    def save(data: dict[str, Any]) -> HttpResponse:
        request.gateway.post("/user-service/password-reset/confirm", data)
        messages.success(request, _("The password is changed. Log in with it."))
        return redirect("login")

    context = {"title": _("Choose a new password"), "button": _("Change password")}
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)
