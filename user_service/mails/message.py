"""What a mail of user_service looks like."""

from dataclasses import dataclass

import css_inline
from django.template.loader import render_to_string


@dataclass(frozen=True)
class MailMessage:
    """A mail's words: a paragraph, then one link, then what to do if it came unasked."""

    subject: str
    text: str
    button: str
    link: str
    note: str

    def plain_text(self) -> str:
        """The mail as plain text."""
        return f"{self.text}\n\n{self.button}:\n{self.link}\n\n{self.note}\n\n-- \npongpong\n"

    def html(self, language: str) -> str:
        """The same with the styles in the elements, as mail programs want them."""
        page = render_to_string("user_service/mail.html", {"message": self, "language": language})
        return css_inline.inline(page, keep_style_tags=True)
