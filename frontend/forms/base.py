"""What several forms have: their shape in the API, and the choice of endpoints that something is for."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

from common.contracts.answers.endpoint_service import Endpoint

ALL, SOME = "all", "some"


class FormRenderer(TemplatesSetting):
    """Django's own widgets inside of our one field template: label, help, control, error."""

    field_template_name = "frontend/parts/field.html"


class Scoped(Protocol):
    """What is for some endpoints or all of them; `covers_all` is None from a server that does not say it."""

    @property
    def covers_all(self) -> bool | None: ...
    @property
    def endpoint_ids(self) -> Sequence[int]: ...
    @property
    def tags(self) -> Sequence[str]: ...


class SureForm(forms.Form):
    """A button alone."""


class ApiForm(forms.Form):
    """A form that knows what the API calls it."""

    def to_api(self) -> dict[str, object]:
        """The body of the call."""
        raise NotImplementedError


class ScopeForm(ApiForm):
    """For all endpoints, or for some: chosen ones and those with any of the tags."""

    scope = forms.ChoiceField(
        label=_("For which endpoints"),
        choices=[(ALL, _("All of them, later ones too")), (SOME, _("Only some"))],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    tags = forms.MultipleChoiceField(
        label=_("With any of these tags"), required=False, widget=forms.CheckboxSelectMultiple
    )
    endpoint_ids = forms.TypedMultipleChoiceField(
        label=_("And these endpoints"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    scope_fields = ("scope", "tags", "endpoint_ids")

    def choose_from(self, endpoints: Iterable[Endpoint], stored: Scoped | None) -> None:
        """Offer these endpoints and their tags, and whatever the stored thing already names."""
        names = {endpoint.id: endpoint.name for endpoint in endpoints}
        kept = {number: f"#{number}" for number in (stored.endpoint_ids if stored else ()) if number not in names}
        tags = {tag for endpoint in endpoints for tag in endpoint.tags} | set(stored.tags if stored else ())
        _offer(self.fields["endpoint_ids"], list((names | kept).items()))
        _offer(self.fields["tags"], [(tag, tag) for tag in sorted(tags)])
        if not tags:
            del self.fields["tags"]

    def clean(self) -> dict[str, Any]:
        """Some must be at least one: an empty choice would be for none."""
        data = super().clean() or {}
        if data.get("scope") == SOME and not data.get("tags") and not data.get("endpoint_ids"):
            self.add_error("endpoint_ids", _("Choose at least one, or all of them."))
        return data

    def scope_to_api(self) -> dict[str, object]:
        """`covers_all`, and the `endpoint_ids` and `tags` of what is for some."""
        some = self.cleaned_data["scope"] == SOME
        names = ("endpoint_ids", "tags")
        return {"covers_all": not some} | {name: self.cleaned_data.get(name, []) if some else [] for name in names}


def scope_from_api(stored: Scoped) -> dict[str, object]:
    """The initial values of the scope's fields."""
    covers_all = not stored.endpoint_ids and not stored.tags if stored.covers_all is None else stored.covers_all
    return {"scope": ALL if covers_all else SOME, "endpoint_ids": stored.endpoint_ids, "tags": stored.tags}


def _offer(field: forms.Field, choices: Sequence[tuple[int | str, str]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
