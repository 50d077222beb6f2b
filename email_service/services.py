"""How a mail leaves: by SMTP where a server is configured, else into a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr

from django.conf import settings

from common.contracts.mail_addresses import ascii_address, canonical, mailbox
from common.limits.token_buckets import Bucket, local_buckets
from email_service import folder, smtp
from email_service.errors import MailFailed, Refusal
from email_service.message import build

UNCONFIRMED_MOST, UNCONFIRMED_PERIOD = 5, 43_200
"""Mails to an address that has agreed to none, within so many seconds."""


@dataclass(frozen=True)
class Sent:
    """A mail that was taken; `refused` are the addresses that were not, where others were."""

    message_id: str
    refused: Sequence[Refusal] = ()


def email_send(
    *, to: Sequence[str], subject: str, text: str, html: str, idempotency_key: str, confirmed: bool = True
) -> Sent:
    """Send one mail to all of `to`; raises `MailFailed` where nobody gets it.

    Refusals name addresses as they were given, whatever spelling the server was told.
    """
    given, left_out = _spelled(to)
    given, too_many = _within_limits(given, confirmed=confirmed)
    left_out += too_many
    if not given:
        permanent = all(refusal.permanent for refusal in left_out)
        raise MailFailed(left_out[0].code, smtp.words_of(left_out), permanent=permanent, refused=left_out)
    sender = settings.MAIL_FROM
    message, name = build(
        sender=sender, to=list(given), subject=subject, text=text, html=html, idempotency_key=idempotency_key
    )
    refused: Sequence[Refusal] = ()
    if settings.SMTP_HOST:
        try:
            refused = smtp.send(message, server=_server(), sender=parseaddr(sender)[1], to=list(given))
        except MailFailed as failure:
            failure.refused = [*_as_given(failure.refused, given), *left_out]
            raise
    elif settings.MAIL_FOLDER:
        folder.write(message, folder=settings.MAIL_FOLDER, name=name)
    else:
        raise MailFailed("NOT_CONFIGURED", "Neither SMTP_HOST nor MAIL_FOLDER is set, so no mail can leave.")
    return Sent(str(message["Message-ID"]), [*_as_given(refused, given), *left_out])


def _spelled(to: Sequence[str]) -> tuple[dict[str, str], list[Refusal]]:
    """By the spelling for the server, each address as it was given; and those that no server can be told."""
    given, impossible = dict[str, str](), list[Refusal]()
    for address in to:
        try:
            given[ascii_address(address)] = address
        except ValueError as error:
            impossible.append(Refusal(address, "INVALID_ADDRESS", str(error), permanent=True))
    return given, impossible


def _within_limits(given: dict[str, str], *, confirmed: bool) -> tuple[dict[str, str], list[Refusal]]:
    """Those that have not had too much mail lately, whoever sent it; the others are put off. Each process counts by itself."""
    kept, put_off = dict[str, str](), list[Refusal]()
    for spelled, address in given.items():
        one = canonical(spelled)
        buckets = [Bucket("recipient", one, settings.MAILS_PER_ADDRESS, 3600)]
        if not confirmed:
            buckets.append(Bucket("unconfirmed", mailbox(spelled), UNCONFIRMED_MOST, UNCONFIRMED_PERIOD))
        if local_buckets.take(buckets) > 0:
            put_off.append(Refusal(address, "TOO_MANY_MAILS", "This address has had too much mail.", permanent=False))
        else:
            kept[spelled] = address
    return kept, put_off


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
