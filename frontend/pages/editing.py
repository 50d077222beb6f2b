"""What a user makes, changes and deletes (windows, channels, pages, announcements), all in one way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from frontend.forms.account import ByNameForm
from frontend.forms.base import ApiForm, SureForm
from frontend.views import form_page, posted
from frontend.web.visitor import WebRequest

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FORM = "frontend/pages/form.html"
CONFIRM_DELETE = "frontend/pages/confirm_delete.html"


class Numbered(Protocol):
    """A thing of the API."""

    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=Numbered)


@dataclass(frozen=True, kw_only=True)
class Section(Generic[T]):
    """One kind of thing: `path` is its list in the API, `thing` what is in it, `back` where it is listed here, `label`
    what that is called.
    """

    path: str
    thing: type[T]
    back: str
    label: "str | _StrPromise"

    def get(self, request: WebRequest, number: int) -> T:
        """One thing; raises `Refused`."""
        return request.gateway.get(f"{self.path}/{number}", self.thing)

    def create(
        self,
        request: WebRequest,
        form: ApiForm,
        *,
        title: str,
        button: str,
        done: str,
        template: str = FORM,
        to: Callable[[T], str] | None = None,
        context: Mapping[str, object] | None = None,
    ) -> HttpResponse:
        """The form of a new one; `to` says where the made thing is shown, by default in the list."""

        def save() -> HttpResponse:
            made = request.gateway.post(self.path, self.thing, form.to_api())
            messages.success(request, done)
            return redirect(to(made) if to else self.back)

        words = {**self._words(title, button), **(context or {})}
        return form_page(request, template=template, form=form, save=save, context=words)

    def change(
        self,
        request: WebRequest,
        form: ApiForm,
        *,
        number: int,
        title: str,
        done: str = "",
        template: str = FORM,
        to: str = "",
        context: Mapping[str, object] | None = None,
    ) -> HttpResponse:
        """The same form with what is."""

        def save() -> HttpResponse:
            request.gateway.patch(f"{self.path}/{number}", self.thing, form.to_api())
            messages.success(request, done or _("Saved."))
            return redirect(to or self.back)

        words = {**self._words(title, _("Save")), **(context or {})}
        return form_page(request, template=template, form=form, save=save, context=words)

    def remove(
        self, request: WebRequest, *, number: int, name: str, text: str, button: str = "", by_name: bool = False
    ) -> HttpResponse:
        """Asks once, `by_name` by having the name typed."""

        def save() -> HttpResponse:
            request.gateway.delete(f"{self.path}/{number}")
            messages.success(request, _("%(name)s is deleted.") % {"name": name})
            return redirect(self.back)

        words = self._words(_("Delete %(name)s") % {"name": name}, button or _("Delete")) | {"text": text}
        form = ByNameForm(posted(request), expected=name) if by_name else SureForm(posted(request))
        return form_page(request, template=CONFIRM_DELETE, form=form, save=save, context=words)

    def _words(self, title: str, button: str) -> dict[str, object]:
        return form_texts(title, button, self.back, self.label)


def form_texts(title: str, button: str, back: str, label: "str | _StrPromise") -> dict[str, object]:
    """What the form's page says: heading, button, and the way back, where `label` is what the place is called."""
    return {"title": title, "button": button, "back": resolve_url(back), "back_label": label}
