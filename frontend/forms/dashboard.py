"""Search, filter and order of the dashboard's list, and what may be done to several at once."""

from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.contracts.endpoint import MAX_TAGS_TEXT, NAMING
from frontend.presenters.dashboard_rows import SHOWN_STATES, SPANS, Span

SORTS = [
    ("name", _("Name")),
    ("-state_changed_at", _("Last change")),
    ("-created_at", _("Newest first")),
    ("state", _("State")),
    ("uptime", _("Lowest uptime first")),
    ("-response", _("Slowest first")),
]
_TAGS = NAMING["tags"].about
MEASURED = {"uptime", "-response"}
"""Orders by what report_service measured."""
SEPARATOR = ","


class FilterForm(forms.Form):
    """Everything is optional; what is not valid is left out."""

    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        strip=True,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(required=False, choices=[(name, name) for name in SHOWN_STATES], widget=forms.HiddenInput)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=50)
    sort = forms.ChoiceField(label=_("Order"), required=False, choices=SORTS)
    bars = forms.ChoiceField(required=False, choices=[(name, name) for name in SPANS], widget=forms.HiddenInput)

    @property
    def filters(self) -> dict[str, str]:
        """What narrows the list."""
        self.is_valid()
        return {name: self.cleaned_data[name] for name in ("search", "state", "tag") if self.cleaned_data.get(name)}

    @property
    def span(self) -> Span:
        """What the bars are of."""
        self.is_valid()
        return SPANS[self.cleaned_data.get("bars") or "90d"]

    @property
    def sorted_by(self) -> str:
        """The order, by name unless another was chosen."""
        self.is_valid()
        return self.cleaned_data.get("sort") or "name"

    def to_api(self) -> dict[str, str]:
        """endpoint_service's query."""
        return self.filters | {"sort": self.sorted_by}

    def offer_tags(self, tags: Sequence[str]) -> None:
        """Let one choose among the tags in use."""
        chosen = self.filters.get("tag")
        choices = [*tags, chosen] if chosen and chosen not in tags else tags
        self.fields["tag"].widget = forms.Select(choices=[("", _("All")), *((tag, tag) for tag in choices)])


class BulkForm(forms.Form):
    """What is ticked, and what to do with it."""

    ACTIONS = ("pause", "resume", "tag", "untag", "delete")
    MOST = 1000

    action = forms.ChoiceField(choices=[(name, name) for name in ACTIONS])
    tags = forms.CharField(label=_(_TAGS.label), required=False, max_length=MAX_TAGS_TEXT)

    def __init__(self, data: QueryDict | None = None, *, ids: Sequence[str]) -> None:
        super().__init__(data)
        self.ids = [int(text) for text in ids if text.isascii() and text.isdigit()][: self.MOST]

    def clean_tags(self) -> list[str]:
        """A list without blanks and repetitions."""
        return split_tags(self.cleaned_data["tags"])

    def clean(self) -> dict[str, object]:
        """Something must be ticked, and a tag named where one is asked for."""
        data = self.cleaned_data
        if not self.ids:
            raise forms.ValidationError(_("Tick at least one endpoint."))
        if data.get("action") in {"tag", "untag"} and not data.get("tags"):
            raise forms.ValidationError(_("Say which tag."))
        return data

    def to_api(self) -> dict[str, object]:
        """The bulk call."""
        action = self.cleaned_data["action"]
        body = {"action": action, "ids": self.ids}
        return body | {"tags": self.cleaned_data["tags"]} if action in {"tag", "untag"} else body


def split_tags(text: str) -> list[str]:
    """Tags separated by commas, each once."""
    return list(dict.fromkeys(filter(None, (tag.strip() for tag in text.split(SEPARATOR)))))


class CountForm(forms.Form):
    """Asks for the number of what is about to be deleted."""

    count = forms.IntegerField(label=_("How many are these?"), min_value=1)

    def __init__(self, data: QueryDict | None = None, *, expected: int) -> None:
        super().__init__(data)
        self.expected = expected

    def clean_count(self) -> int:
        count: int = self.cleaned_data["count"]
        if count != self.expected:
            raise forms.ValidationError(_("Write %(n)d to delete them all.") % {"n": self.expected})
        return count
