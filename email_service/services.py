"""How a mail leaves: by SMTP where a server is configured, else into a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr

from django.conf import settings

from common.mail_addresses import ascii_address
from email_service import folder, smtp
from email_service.errors import MailFailed, Refusal
from email_service.message import build


@dataclass(frozen=True)
class Sent:
    """A mail that was taken; `refused` are the addresses that were not, where others were."""

    message_id: str
    refused: Sequence[Refusal] = ()


def email_send(*, to: Sequence[str], subject: str, text: str, html: str, idempotency_key: str) -> Sent:
    """Send one mail to all of `to`; raises `MailFailed` where nobody gets it.

    Refusals name addresses as they were given, whatever spelling the server was told.
    """
    given, impossible = _spelled(to)
    if not given:
        raise MailFailed(impossible[0].code, smtp.words_of(impossible), permanent=True, refused=impossible)
    sender = settings.MAIL_FROM
    message, name = build(
        sender=sender, to=list(given), subject=subject, text=text, html=html, idempotency_key=idempotency_key
    )
    refused: Sequence[Refusal] = ()
    if settings.SMTP_HOST:
        try:
            refused = smtp.send(message, server=_server(), sender=parseaddr(sender)[1], to=list(given))
        except MailFailed as failure:
            failure.refused = [*_as_given(failure.refused, given), *impossible]
            raise
    elif settings.MAIL_FOLDER:
        folder.write(message, folder=settings.MAIL_FOLDER, name=name)
    else:
        raise MailFailed("NOT_CONFIGURED", "Neither SMTP_HOST nor MAIL_FOLDER is set, so no mail can leave.")
    return Sent(str(message["Message-ID"]), [*_as_given(refused, given), *impossible])


def _spelled(to: Sequence[str]) -> tuple[dict[str, str], list[Refusal]]:
    """By the spelling for the server, each address as it was given; and those that no server can be told."""
    given, impossible = dict[str, str](), list[Refusal]()
    for address in to:
        try:
            given[ascii_address(address)] = address
        except ValueError as error:
            impossible.append(Refusal(address, "INVALID_ADDRESS", str(error), permanent=True))
    return given, impossible


def _as_given(refused: Sequence[Refusal], given: Mapping[str, str]) -> list[Refusal]:
    return [replace(refusal, address=given.get(refusal.address, refusal.address)) for refusal in refused]


def _server() -> smtp.Server:
    return smtp.Server(
        host=settings.SMTP_HOST,
        port=settings.SMTP_PORT,
        tls=settings.SMTP_TLS,
        user=settings.SMTP_USER,
        password=settings.SMTP_PASSWORD,
        timeout=settings.SMTP_TIMEOUT,
    )
