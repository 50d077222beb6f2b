"""What pages are made of: a login, a form that is posted through the API; and the switches of language and theme."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.contracts.answers.base import Answer
from frontend.errors import GatewayDown, Refused
from frontend.gateway.client import Body
from frontend.web.context import THEMES
from frontend.web.visitor import WebRequest

P = ParamSpec("P")
YEAR = 365 * 24 * 3600


def to_login(request: WebRequest) -> HttpResponse:
    """The log-in page, which leads back here afterwards; htmx is told to go there as a whole page."""
    back = request.get_full_path() if request.method == "GET" and not request.htmx else ""
    target = resolve_url("login") + (f"?next={quote(back)}" if back not in {"", "/"} else "")
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return redirect(target)


def logged_in(
    view: Callable[Concatenate[WebRequest, P], HttpResponse],
) -> Callable[Concatenate[WebRequest, P], HttpResponse]:
    """Sends nobody to the log-in page."""

    @wraps(view)
    def guarded(request: WebRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user_data else to_login(request)

    return guarded


def safe_next(request: WebRequest, default: str) -> str:
    """Where `next` leads, if it stays on this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    # What begins with neither would be looked for among the names of views.
    return target if safe and target.startswith(("/", "http://", "https://")) else resolve_url(default)


def form_page(
    request: WebRequest,
    *,
    template: str,
    form: Form,
    save: Callable[[], HttpResponse],
    context: Mapping[str, object] | None = None,
    passed: Sequence[str] = (),
) -> HttpResponse:
    """Show the form, or save it; what the API refuses stands at its field, and the content is kept.

    `save` is called with a valid form and returns where to go; it may raise `Refused` or `GatewayDown`. The codes of
    `passed` are raised on to the caller.
    """
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                return save()
            except Refused as error:
                if error.status in {401, 404} or error.code in passed:
                    raise
                status = error.status
                put_errors(form, error)
            except GatewayDown:
                status = 503
                form.add_error(None, _("The API does not answer at the moment. Nothing was saved; try again."))
    return render(request, template, {"form": form, **(context or {})}, status=status)


def put_errors(form: Form, error: Refused) -> None:
    """Each of the API's messages at its field (`settings.url` at `url`), the rest above the form."""
    for name, texts in error.errors.items():
        put_texts(form, name, texts)
    if not any(error.errors.values()):
        form.add_error(None, error.message)


def put_texts(form: Form, name: str, texts: Sequence[str]) -> None:
    """What the API says of one of its fields at the field of the form, or above the form."""
    field = next((part for part in (name, *name.split(".")) if part in form.fields), None)
    for text in texts:
        form.add_error(field, text)


def posted(request: HttpRequest) -> QueryDict | None:
    """What binds a form; None for one that is empty."""
    return request.POST if request.method == "POST" else None


def act(request: WebRequest, *, path: str, done: str, back: str, body: Body | None = None) -> HttpResponse:
    """A button: POST to the API, say that it is done (or why not), go back."""
    try:
        request.gateway.post(path, Answer, body)
        messages.success(request, done)
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
    return redirect(back)


@require_POST
def language(request: WebRequest) -> HttpResponse:
    """Keep the language in a cookie; Django's LocaleMiddleware reads it first."""
    response = HttpResponseRedirect(safe_next(request, "landing"))
    chosen = request.POST.get("language")
    if chosen in dict(settings.LANGUAGES):
        set_language(response, str(chosen))
    return response


def set_language(response: HttpResponse, code: str) -> None:
    """Django's own language cookie."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )


@require_POST
def theme(request: WebRequest) -> HttpResponse:
    """Keep light or dark in a cookie; anything else is the system's choice again."""
    response = HttpResponseRedirect(safe_next(request, "landing"))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie("theme")
    return response
