"""What the mails of user_service say."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from user_service import tokens
from user_service.models import Mail, User


@dataclass(frozen=True)
class Letter:
    """A mail's words: paragraphs, then one link, then what to do if it came unasked."""

    subject: str
    text: str
    button: str
    link: str
    note: str

    def body(self) -> str:
        """The mail as plain text."""
        return f"{self.text}\n\n{self.button}:\n{self.link}\n\n{self.note}\n\n-- \npongpong\n"

    def html(self, language: str) -> str:
        """The same with the styles in the elements, as mail programs want them."""
        page = render_to_string("user_service/mail.html", {"letter": self, "language": language})
        return css_inline.inline(page, keep_style_tags=True)


def letter_of(mail: Mail) -> tuple[Letter, str] | None:
    """The letter and its language, or None where there is nothing to say: a reset for an unknown address."""
    user = User.objects.living().filter(email=mail.email).first()
    if mail.kind == Mail.Kind.PASSWORD_RESET and user is None:
        return None
    language = user.language if user is not None else mail.language
    with translation.override(language):
        if mail.kind == Mail.Kind.PASSWORD_RESET and user is not None:
            return _password_reset(user), language
        if user is not None:
            return _already(), language
        if mail.kind == Mail.Kind.SIGN_UP:
            return _sign_up(mail.data), language
        return _email_change(mail.data), language


def _link(path: str, token: str) -> str:
    return f"{settings.PUBLIC_URL}/{path}?token={quote(token, safe='')}"


def _password_reset(user: User) -> Letter:
    return Letter(
        subject=_("Set a new password for pongpong"),
        text=_(
            "Somebody, hopefully you, asked to set a new password for this account. The link works once, for an hour."
        ),
        button=_("Set a new password"),
        link=_link("password-reset/confirm", tokens.reset_token(user)),
        note=_("If it was not you, there is nothing to do: the password stays as it is."),
    )


def _sign_up(content: dict[str, Any]) -> Letter:
    return Letter(
        subject=_("Confirm your email for pongpong"),
        text=_("Welcome. One step is left: confirm that this address is yours. The link works for a day."),
        button=_("Confirm this address"),
        link=_link("sign-up/confirm", tokens.confirmation_token("sign_up", content)),
        note=_("If it was not you who signed up, do not follow the link: then there will be no account."),
    )


def _email_change(content: dict[str, Any]) -> Letter:
    return Letter(
        subject=_("Confirm your new email for pongpong"),
        text=_(
            "Confirm that this address is yours, and your account will use it from then on. The link works for a day."
        ),
        button=_("Confirm this address"),
        link=_link("sign-up/confirm", tokens.confirmation_token("email_change", content)),
        note=_("If it was not you, do not follow the link: then nothing changes."),
    )


def _already() -> Letter:
    """Told to the address alone: on the web, asking for a known one looks like asking for a new one."""
    return Letter(
        subject=_("You have a pongpong account already"),
        text=_(
            "Somebody, hopefully you, entered this address for an account, but there is one already. Log in with it."
        ),
        button=_("Log in"),
        link=f"{settings.PUBLIC_URL}/login",
        note=_("If it was not you, there is nothing to do: nothing has changed."),
    )
