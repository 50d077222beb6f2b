"""What the mails of user_service say."""

from urllib.parse import quote

import msgspec
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from user_service.accounts.pending_sign_ups import is_newest_sign_up
from user_service.mails import link_tokens
from user_service.mails.link_tokens import EmailChange, SignUp
from user_service.mails.message import MailMessage
from user_service.mails.notice_texts import Notice, notice_message
from user_service.models import Mail, User


def message_of(mail: Mail) -> tuple[MailMessage, str] | None:
    """The message and its language, or None where there is nothing to say: its link would be no good, or lead nowhere."""
    user = User.objects.living().filter(email=mail.email).first()
    language = user.language if user is not None and mail.kind != Mail.Kind.NOTICE else mail.language
    with translation.override(language):
        message = _message(mail, user)
    return None if message is None else (message, language)


def _message(mail: Mail, user: User | None) -> MailMessage | None:
    if mail.kind == Mail.Kind.NOTICE:
        return notice_message(msgspec.convert(mail.data, Notice))
    if mail.kind == Mail.Kind.PASSWORD_RESET:
        return None if user is None else _password_reset(user)
    if user is not None:
        return _already()
    if mail.kind == Mail.Kind.SIGN_UP:
        sign_up = msgspec.convert(mail.data, SignUp)
        return _sign_up(sign_up) if is_newest_sign_up(email=mail.email, sign_up=sign_up.sign_up) else None
    change = msgspec.convert(mail.data, EmailChange)
    return _email_change(change) if link_tokens.email_change_owner(change) is not None else None


def _link(path: str, token: str) -> str:
    return f"{settings.PUBLIC_URL}/{path}?token={quote(token, safe='')}"


def _password_reset(user: User) -> MailMessage:
    return MailMessage(
        subject=_("Set a new password for pongpong"),
        text=_(
            "Somebody, hopefully you, asked to set a new password for this account. The link works once, for an hour."
        ),
        button=_("Set a new password"),
        link=_link("password-reset/confirm", link_tokens.password_reset_token(user)),
        note=_("If it was not you, there is nothing to do: the password stays as it is."),
    )


def _sign_up(content: SignUp) -> MailMessage:
    return MailMessage(
        subject=_("Confirm your email for pongpong"),
        text=_(
            "Welcome. One step is left: confirm that this address is yours, with a password of your choice. The link works for a day; of several such mails only the newest counts."
        ),
        button=_("Confirm this address"),
        link=_link("sign-up/confirm", link_tokens.confirmation_token(content)),
        note=_("If it was not you who signed up, do not follow the link: then there will be no account."),
    )


def _email_change(content: EmailChange) -> MailMessage:
    return MailMessage(
        subject=_("Confirm your new email for pongpong"),
        text=_(
            "Confirm that this address is yours, and your account will use it from then on. The link works for a day."
        ),
        button=_("Confirm this address"),
        link=_link("settings/email/confirm", link_tokens.confirmation_token(content)),
        note=_("If it was not you, do not follow the link: then nothing changes."),
    )


def _already() -> MailMessage:
    """Told to the address alone: on the web, asking for a known one looks like asking for a new one."""
    return MailMessage(
        subject=_("You have a pongpong account already"),
        text=_(
            "Somebody, hopefully you, entered this address for an account, but there is one already. Log in with it."
        ),
        button=_("Log in"),
        link=f"{settings.PUBLIC_URL}/login",
        note=_("If it was not you, there is nothing to do: nothing has changed."),
    )
