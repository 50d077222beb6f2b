"""Landing, sign-up, log-in in one or two steps, log-out."""

from contextlib import suppress
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from common.contracts.answers.base import Status
from common.contracts.answers.endpoint_service import CheckAnswer
from common.contracts.answers.user_service import UserWithKey
from frontend.errors import GatewayDown, GatewayError, Refused
from frontend.forms.account import LoginForm, SignUpForm, TryForm
from frontend.forms.security import SecondStepForm
from frontend.gateway.answers import Account
from frontend.gateway.client import CHECK_TIMEOUT
from frontend.views import form_page, posted, put_errors, safe_next, set_language
from frontend.web import visitor
from frontend.web.visitor import WebRequest, purge_expired_sessions


def landing(request: WebRequest) -> HttpResponse:
    """What it is; with a URL posted, one check of it without an account."""
    if request.user_data and request.method == "GET":
        return redirect("dashboard")
    form = TryForm(posted(request))
    context: dict[str, object] = {"form": form}
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            status = _try(request, form, context)
    return render(request, "frontend/pages/landing.html", context, status=status)


def _try(request: WebRequest, form: TryForm, context: dict[str, object]) -> int:
    """Check the URL; the status of the page."""
    url = form.cleaned_data["url"]
    try:
        answer = request.gateway.post("/endpoint-service/checks", CheckAnswer, {"url": url}, timeout=CHECK_TIMEOUT)
    except Refused as error:
        put_errors(form, error)
        return error.status
    except GatewayDown:
        form.add_error(None, _("The API does not answer at the moment. Try again in a moment."))
        return 503
    if answer.result is None:
        form.add_error("url", answer.message or _("The check could not run."))
        return 400
    context |= {"result": answer.result, "url": url}
    return 200


def sign_up(request: WebRequest) -> HttpResponse:
    """An account, and then the first steps, with the URL that they came with."""
    if request.user_data:
        return redirect("dashboard")
    form = SignUpForm(posted(request), initial={"url": request.GET.get("url", "")})

    def save() -> HttpResponse:
        data = form.cleaned_data
        body = {"email": data["email"], "password": data["password"], "language": get_language()}
        body["time_zone"] = str(visitor.time_zone_of(request))
        user = request.gateway.post("/user-service/users", Account, body)
        request.session["first_url"] = data["url"]
        if not user.key:
            messages.info(request, _("We have sent you a mail. Follow its link to confirm the address."))
            return redirect("confirm")
        return welcome(request, user)

    return form_page(request, template="frontend/pages/sign_up.html", form=form, save=save)


def welcome(request: WebRequest, user: Account) -> HttpResponse:
    """Log a new user in, and show them the first steps; these are shown this once."""
    visitor.log_in(request, user=user)
    request.session[visitor.WELCOME] = True
    return redirect("welcome")


def login(request: WebRequest) -> HttpResponse:
    """Address and password; where a second factor is on, its code is asked for next."""
    if request.user_data and request.method == "GET":
        return redirect(safe_next(request, "dashboard"))

    form = LoginForm(posted(request))

    def save() -> HttpResponse:
        try:
            return _enter(request, form.cleaned_data)
        except Refused as error:
            if error.code != "CODE_NEEDED":
                raise
        visitor.keep_second_step(request.session, **form.cleaned_data)
        return redirect(_with_next(request, "login_code"))

    context = {"next": _next(request)}
    return form_page(request, template="frontend/pages/login.html", form=form, save=save, context=context)


@cache_control(no_store=True)
def login_code(request: WebRequest) -> HttpResponse:
    """The second step: a code of the authenticator app, or a recovery code."""
    first = visitor.second_step_of(request.session)
    if first is None:
        messages.info(request, _("Log in again, please."))
        return redirect(_with_next(request, "login"))

    form = SecondStepForm(posted(request))

    def save() -> HttpResponse:
        return _enter(request, {**first, "code": form.cleaned_data["code"].strip()})

    context = {"next": _next(request), "email": first["email"]}
    return form_page(request, template="frontend/pages/login_code.html", form=form, save=save, context=context)


def _enter(request: WebRequest, body: dict[str, str]) -> HttpResponse:
    """A key in the session, then back to where they wanted to go; raises `Refused`."""
    user = request.gateway.post("/user-service/login", UserWithKey, body)
    visitor.log_in(request, user=user)
    purge_expired_sessions()
    response = redirect(safe_next(request, "dashboard"))
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        set_language(response, user.language)
    return response


def _next(request: WebRequest) -> str:
    return request.POST.get("next") or request.GET.get("next", "")


def _with_next(request: WebRequest, name: str) -> str:
    wanted = _next(request)
    return resolve_url(name) + (f"?next={quote(wanted)}" if wanted else "")


@require_POST
def logout(request: WebRequest) -> HttpResponse:
    """Revoke the key and forget the session; the latter also when the API is away."""
    if request.user_data:
        with suppress(GatewayError):
            request.gateway.post("/user-service/logout", Status)
    request.session.flush()
    messages.info(request, _("You are logged out."))
    return redirect("landing")
