"""What several forms have: their shape in the API, and the choice of endpoints that something is for."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

ALL, SOME = "all", "some"


class FormRenderer(TemplatesSetting):
    """Django's own widgets inside of our one field template: label, help, control, error."""

    field_template_name = "frontend/parts/field.html"


class SureForm(forms.Form):
    """A button alone."""


class ApiForm(forms.Form):
    """A form that knows what the API calls it."""

    def to_api(self) -> dict[str, Any]:
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

    def choose_from(self, endpoints: Iterable[dict[str, Any]], stored: dict[str, Any] | None) -> None:
        """Offer these endpoints and their tags, and whatever the stored thing already names."""
        stored = stored or {}
        names = {endpoint["id"]: endpoint["name"] for endpoint in endpoints}
        kept = {number: f"#{number}" for number in stored.get("endpoint_ids") or [] if number not in names}
        tags = {tag for endpoint in endpoints for tag in endpoint.get("tags") or []} | set(stored.get("tags") or [])
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

    def scope_to_api(self) -> dict[str, Any]:
        """`covers_all`, and the `endpoint_ids` and `tags` of what is for some."""
        some = self.cleaned_data["scope"] == SOME
        names = ("endpoint_ids", "tags")
        return {"covers_all": not some} | {name: self.cleaned_data.get(name, []) if some else [] for name in names}


def scope_from_api(stored: dict[str, Any]) -> dict[str, Any]:
    """The initial values of the scope's fields."""
    ids, tags = stored.get("endpoint_ids") or [], stored.get("tags") or []
    covers_all = stored.get("covers_all", not ids and not tags)
    return {"scope": ALL if covers_all else SOME, "endpoint_ids": ids, "tags": tags}


def _offer(field: forms.Field, choices: list[tuple[Any, str]]) -> None:
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
