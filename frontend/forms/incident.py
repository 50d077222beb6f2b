"""What is written about an incident: notes for oneself, updates for the readers of a status page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from frontend.forms.base import ApiForm
from frontend.presenters import public_status

STAGES = [(stage, word) for stage, (_shape, word) in public_status.STAGES.items()]


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=4000,
        help_text=_("What happened, what you did: for whoever looks next."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UpdateForm(ApiForm):
    """`to_api` is the API's update of an incident."""

    stage = forms.ChoiceField(label=_("Stage"), choices=STAGES)
    text = forms.CharField(label=_("Text"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4, "class": "text"}))

    def to_api(self) -> dict[str, object]:
        """`{"stage", "text"}`."""
        return self.cleaned_data
