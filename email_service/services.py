"""How a mail leaves: by SMTP where a server is configured, else into a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from email_service import folder, smtp
from email_service.errors import MailFailed
from email_service.message import ascii_address, build


@dataclass(frozen=True)
class Sent:
    """A mail that was taken; `refused` are the addresses that were not, where others were."""

    message_id: str
    refused: Sequence[smtp.Refusal] = ()


def email_send(*, to: Sequence[str], subject: str, text: str, html: str, idempotency_key: str) -> Sent:
    """Send one mail to all of `to`; raises `MailFailed` where nobody gets it."""
    sender = settings.MAIL_FROM
    message, name = build(sender=sender, to=to, subject=subject, text=text, html=html, idempotency_key=idempotency_key)
    refused: Sequence[smtp.Refusal] = ()
    if settings.SMTP_HOST:
        recipients = [ascii_address(address) for address in to]
        refused = smtp.send(message, server=_server(), sender=parseaddr(sender)[1], to=recipients)
    elif settings.MAIL_FOLDER:
        folder.write(message, folder=settings.MAIL_FOLDER, name=name)
    else:
        raise MailFailed("NOT_CONFIGURED", "Neither SMTP_HOST nor MAIL_FOLDER is set, so no mail can leave.")
    return Sent(str(message["Message-ID"]), refused)


def _server() -> smtp.Server:
    return smtp.Server(
        host=settings.SMTP_HOST,
        port=settings.SMTP_PORT,
        tls=settings.SMTP_TLS,
        user=settings.SMTP_USER,
        password=settings.SMTP_PASSWORD,
        timeout=settings.SMTP_TIMEOUT,
    )
