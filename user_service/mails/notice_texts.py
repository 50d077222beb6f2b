"""What notices say: what happened to the account, when and from where, and what to do if it was somebody else."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from user_service.accounts.audit_log import ACCOUNT_DELETED, BY_OPERATOR
from user_service.mails.message import MailMessage
from user_service.models import SecurityEvent

Kind = SecurityEvent.Kind


class Notice(msgspec.Struct):
    """What a waiting mail keeps of a notice: `about` is a kind of event, `address` the client's."""

    about: str
    address: str
    detail: str
    at: datetime
    time_zone: str


class _NoticeText(NamedTuple):
    subject: Promise
    sentence: Promise
    note: Promise = gettext_lazy("If it was not you, set a new password now: that ends every login and every API key.")
    by_mail: bool = True
    """Whether a new password can still be had by mail at the address that this goes to."""


_ASK = gettext_lazy("If it was not you, somebody knows your password. Ask whoever runs this pongpong for help.")
NOTICE_TEXTS: dict[str, _NoticeText] = {
    Kind.LOGGED_IN: _NoticeText(
        gettext_lazy("A login from a new place"),
        gettext_lazy("Somebody logged in to your pongpong account from a place where it was not used before."),
    ),
    Kind.PASSWORD_CHANGED: _NoticeText(
        gettext_lazy("Your password was changed"),
        gettext_lazy("The password of your pongpong account was changed, and every other login has ended."),
    ),
    Kind.PASSWORD_RESET: _NoticeText(
        gettext_lazy("Your password was set anew"),
        gettext_lazy("The password of your pongpong account was set anew. Every login and every API key has ended."),
    ),
    Kind.EMAIL_CHANGE_ASKED: _NoticeText(
        gettext_lazy("A change of your email was asked for"),
        gettext_lazy(
            "Your pongpong account is to get the email %(detail)s, once the link in our mail there is followed."
        ),
        gettext_lazy("If it was not you, set a new password now: that cancels the change and ends every login."),
    ),
    Kind.EMAIL_CHANGED: _NoticeText(
        gettext_lazy("Your email was changed"),
        gettext_lazy("The email of your pongpong account is %(detail)s now. No more mails of it come here."),
        _ASK,
        by_mail=False,
    ),
    Kind.KEY_CREATED: _NoticeText(
        gettext_lazy("A new API key"), gettext_lazy("The API key “%(detail)s” was made for your pongpong account.")
    ),
    Kind.TOTP_ENABLED: _NoticeText(
        gettext_lazy("Two-step login is on"),
        gettext_lazy("From now on each login to your pongpong account also needs a code from an app."),
    ),
    Kind.TOTP_DISABLED: _NoticeText(
        gettext_lazy("Two-step login is off"),
        gettext_lazy("Two-step login was switched off for your pongpong account: the password alone is enough now."),
    ),
    Kind.RECOVERY_CODE_USED: _NoticeText(
        gettext_lazy("A recovery code was used"),
        gettext_lazy("Somebody logged in to your pongpong account with a recovery code, which works no more."),
    ),
    Kind.CODE_FAILED: _NoticeText(
        gettext_lazy("Somebody has your password"),
        gettext_lazy(
            "Somebody entered the right password of your pongpong account, and then several wrong codes of the second step."
        ),
    ),
    ACCOUNT_DELETED: _NoticeText(
        gettext_lazy("Your account was deleted"),
        gettext_lazy("Your pongpong account was deleted, with everything that belonged to it."),
        _ASK,
        by_mail=False,
    ),
}


def notice_message(notice: Notice) -> MailMessage:
    """In the language that is active."""
    words = NOTICE_TEXTS[notice.about]
    text = f"{words.sentence % {'detail': notice.detail}} {_when(notice)}"
    button, path = (_("Set a new password"), "/password-reset") if words.by_mail else (_("Open pongpong"), "")
    return MailMessage(
        subject=f"pongpong: {words.subject}",
        text=text,
        button=button,
        link=f"{settings.PUBLIC_URL}{path}",
        note=str(words.note),
    )


def _when(notice: Notice) -> str:
    values = {
        "when": f"{notice.at.astimezone(ZoneInfo(notice.time_zone)):%Y-%m-%d %H:%M} ({notice.time_zone})",
        "address": notice.address,
    }
    if notice.address == BY_OPERATOR:
        return _("It was done by whoever runs this pongpong (%(when)s).") % values
    if not notice.address:
        return _("It happened at this time: %(when)s.") % values
    return _("It came from %(address)s (%(when)s).") % values
