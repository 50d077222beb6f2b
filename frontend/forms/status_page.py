"""The forms of a status page and of its announcements."""

from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from msgspec.structs import asdict

from common.contracts.answers.status_pages import Announcement
from frontend.forms.base import ApiForm
from frontend.forms.maintenance import moment_field
from frontend.forms.page_groups import Group
from frontend.presenters import public_status

KINDS = [(kind, word) for kind, (_shape, word) in public_status.KINDS.items()]


class StatusPageForm(ApiForm):
    """Everything but the groups, which `page_groups` edits."""

    title = forms.CharField(label=_("Title"), max_length=200)
    slug = forms.CharField(
        label=_("Address"),
        max_length=63,
        help_text=_("Small letters, digits and hyphens."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "text"}),
    )
    show_response_times = forms.BooleanField(label=_("Show response times"), required=False)
    published = forms.BooleanField(
        label=_("Published: everybody who knows the address can see it"), required=False, initial=True
    )

    def __init__(
        self, data: QueryDict | None = None, *, groups: list[Group], initial: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.groups = groups

    def to_api(self) -> dict[str, object]:
        """The API's page; groups that hold nothing and have no name are left out."""
        said = [group.to_api() for group in self.groups if group.name or group.endpoints]
        return self.cleaned_data | {"groups": said}


class AnnouncementForm(ApiForm):
    """`to_api` is the API's announcement."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    title = forms.CharField(label=_("Title"), max_length=200)
    text = forms.CharField(
        label=_("Text"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 5, "class": "text"})
    )
    starts_at = moment_field(_("Shown from"), required=False, help_text=_("Empty: from now."))
    ends_at = moment_field(_("Shown until"), required=False, help_text=_("Empty: until you end it."))

    def __init__(self, data: QueryDict | None = None, *, announcement: Announcement | None = None) -> None:
        super().__init__(data, initial=asdict(announcement) if announcement else None)

    def to_api(self) -> dict[str, object]:
        """Without a beginning it begins now."""
        data = self.cleaned_data
        starts_at, ends_at = data["starts_at"] or timezone.now(), data["ends_at"]
        plain = {name: data[name] for name in ("kind", "title", "text")}
        return plain | {"starts_at": starts_at.isoformat(), "ends_at": ends_at and ends_at.isoformat()}
