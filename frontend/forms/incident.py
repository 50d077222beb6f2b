"""The note on an incident."""

from django import forms
from django.utils.translation import gettext_lazy as _


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"),
        max_length=4000,
        help_text=_("What happened, what you did: for whoever looks next."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
