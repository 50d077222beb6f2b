"""Adding, changing, cloning and deleting an endpoint; checking it now, pausing it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.contracts.answers.endpoint_service import CheckAnswer, Endpoint, ValidateAnswer
from common.contracts.check_kinds import KINDS
from frontend.errors import GatewayDown, Refused
from frontend.forms.account import ByNameForm
from frontend.forms.assertion_rows import with_another_row
from frontend.forms.endpoint import EndpointForm
from frontend.gateway.client import CHECK_TIMEOUT
from frontend.gateway.queries import ENDPOINTS, get_endpoint
from frontend.presenters import check_results
from frontend.views import act, form_page, logged_in, posted, put_errors, put_texts
from frontend.web.visitor import WebRequest

FORM = "frontend/pages/endpoint_form.html"


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """A URL alone is enough."""
    initial = {"url": request.GET.get("url") or request.session.pop("first_url", "")}
    form = EndpointForm(posted(request), initial=initial, kind=request.GET.get("kind", "http"))
    context: dict[str, object] = {"title": _("Add endpoint"), "kinds": KINDS}
    if shown := _not_saved(request, form, context):
        return shown

    def save() -> HttpResponse:
        endpoint = request.gateway.post(ENDPOINTS, Endpoint, form.to_api())
        messages.success(request, _("Watching it now. The first result arrives within seconds."))
        return redirect("endpoint", endpoint.id)

    return form_page(request, template=FORM, form=form, save=save, context=context)


@logged_in
def edit(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The same form with what is."""
    endpoint = get_endpoint(request.gateway, endpoint_id)
    form = EndpointForm(posted(request), endpoint=endpoint)
    context: dict[str, object] = {"title": _("Edit endpoint"), "endpoint": endpoint}
    if shown := _not_saved(request, form, context):
        return shown

    def save() -> HttpResponse:
        request.gateway.patch(f"{ENDPOINTS}/{endpoint_id}", Endpoint, form.to_api())
        messages.success(request, _("Saved. The next check uses it."))
        return redirect("endpoint", endpoint_id)

    return form_page(request, template=FORM, form=form, save=save, context=context)


def _not_saved(request: WebRequest, form: EndpointForm, context: dict[str, object]) -> HttpResponse | None:
    """“Test first” and “Another condition” show the form again; None for the button that saves."""
    action = request.POST.get("action")
    if action == "row":
        again = EndpointForm(with_another_row(request.POST), endpoint=form.endpoint)
        return render(request, FORM, {"form": again, **context})
    if action != "test":
        return None
    if form.is_valid():
        try:
            of = f"?endpoint_id={form.endpoint.id}" if form.endpoint else ""
            path = f"/endpoint-service/checks{of}"
            answer = request.gateway.post(path, CheckAnswer, form.to_spec(), timeout=CHECK_TIMEOUT)
            context |= {"result": answer.result, "failure": answer.message}
        except Refused as error:
            put_errors(form, error)
        except GatewayDown:
            form.add_error(None, _("The API does not answer at the moment. Try again in a moment."))
    return render(request, FORM, {"form": form, **context}, status=400 if form.errors else 200)


@require_POST
@logged_in
def validate(request: WebRequest) -> HttpResponse:
    """What is wrong with one field (`field`) of the form as it stands, by our rules and then by the API's.

    `endpoint` is the one that is being edited.
    """
    form, name = EndpointForm(request.POST), request.GET.get("field", "")
    if name not in form.fields:
        return HttpResponse(status=204)
    if form.is_valid():
        edited = request.GET.get("endpoint", "")
        about = f"?endpoint_id={edited}" if edited.isascii() and edited.isdigit() else ""
        try:
            answer = request.gateway.post(f"{ENDPOINTS}/validate{about}", ValidateAnswer, form.to_api())
        except Refused as error:
            if error.status == 401:
                raise
            put_errors(form, error)
        else:
            for field, texts in answer.errors.items():
                put_texts(form, field, texts)
    return HttpResponse(str(form[name].errors))


@require_POST
@logged_in
def check(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """Check now; the result is told at once and stands in the list a moment later."""
    try:
        answer = request.gateway.post(f"{ENDPOINTS}/{endpoint_id}/check", CheckAnswer, timeout=CHECK_TIMEOUT)
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
    else:
        _tell(request, answer)
    return redirect("endpoint", endpoint_id)


def _tell(request: WebRequest, answer: CheckAnswer) -> None:
    if answer.result:
        level, text = check_results.check_message(result=answer.result)
        messages.add_message(request, level, text)
    else:
        messages.error(request, answer.message or _("The check could not run."))


@require_POST
@logged_in
def pause(request: WebRequest, endpoint_id: int) -> HttpResponse:
    back = reverse("endpoint", args=[endpoint_id])
    return act(request, path=f"{ENDPOINTS}/{endpoint_id}/pause", done=_("Paused: nothing is checked."), back=back)


@require_POST
@logged_in
def resume(request: WebRequest, endpoint_id: int) -> HttpResponse:
    back = reverse("endpoint", args=[endpoint_id])
    return act(request, path=f"{ENDPOINTS}/{endpoint_id}/resume", done=_("Watching it again."), back=back)


@require_POST
@logged_in
def clone(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """A copy, which is shown as a form: mostly something in it shall differ."""
    copy = request.gateway.post(f"{ENDPOINTS}/{endpoint_id}/clone", Endpoint)
    messages.success(request, _("This is the copy. It is being watched already."))
    return redirect("endpoint_edit", copy.id)


@logged_in
def delete(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """Asks for the name."""
    endpoint = get_endpoint(request.gateway, endpoint_id)

    def save() -> HttpResponse:
        request.gateway.delete(f"{ENDPOINTS}/{endpoint_id}")
        messages.success(request, _("%(name)s is deleted.") % {"name": endpoint.name})
        return redirect("dashboard")

    context = {
        "title": _("Delete %(name)s") % {"name": endpoint.name},
        "text": _("Its results, incidents and reports go with it. This cannot be undone."),
        "button": _("Delete endpoint"),
        "back": reverse("endpoint", args=[endpoint_id]),
        "back_label": endpoint.name,
    }
    form = ByNameForm(posted(request), expected=endpoint.name)
    return form_page(request, template="frontend/pages/confirm_delete.html", form=form, save=save, context=context)
