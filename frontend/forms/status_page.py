"""The status page's form: what is on it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class StatusPageForm(forms.Form):
    """One group of endpoints; a page with several groups keeps those that the form does not show."""

    title = forms.CharField(label=_("Title"), max_length=200)
    slug = forms.CharField(label=_("Address"), max_length=63, help_text=_("Small letters, digits and hyphens."))
    description = forms.CharField(
        label=_("Description"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    endpoint_ids = forms.TypedMultipleChoiceField(
        label=_("Endpoints on the page"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    show_response_times = forms.BooleanField(label=_("Show response times"), required=False)
    published = forms.BooleanField(label=_("Published: everybody who knows the address can see it"), required=False)

    def __init__(
        self, *args: Any, endpoints: list[dict[str, Any]], page: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self.page = page
        if page:
            kwargs["initial"] = page | {"endpoint_ids": _ids(page)}
        super().__init__(*args, **kwargs)
        chosen = self.fields["endpoint_ids"]
        if isinstance(chosen, forms.TypedMultipleChoiceField):
            chosen.choices = [(endpoint["id"], endpoint["name"]) for endpoint in endpoints]

    def to_api(self) -> dict[str, Any]:
        """The API's page: known groups keep their endpoints that are still ticked, new ones join the first group."""
        data = self.cleaned_data
        ticked = set(data["endpoint_ids"])
        groups: list[dict[str, Any]] = [
            {"name": group["name"], "endpoints": [item for item in group["endpoints"] if item["endpoint_id"] in ticked]}
            for group in (self.page or {}).get("groups") or []
        ] or [{"name": "", "endpoints": []}]
        placed = {item["endpoint_id"] for group in groups for item in group["endpoints"]}
        groups[0]["endpoints"] += [{"endpoint_id": number} for number in data["endpoint_ids"] if number not in placed]
        names = ("title", "slug", "description", "show_response_times", "published")
        return {name: data[name] for name in names} | {"groups": groups}


def _ids(page: dict[str, Any]) -> list[int]:
    return [item["endpoint_id"] for group in page["groups"] for item in group["endpoints"]]
