"""Mails on their way: kept in the database until email_service has taken them."""

import logging
from datetime import timedelta

import msgspec
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

from common.api.errors import PeerError
from common.between.dead_letters import NOBODYS_FAULT, dead_letter_keep
from common.between.http import Peer
from common.contracts.messages import FIELD, MAIL
from user_service.mails.link_mails import message_of
from user_service.mails.link_tokens import EmailChange, SignUp
from user_service.mails.notice_texts import Notice
from user_service.models import Language, Mail

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=1)
"""How long a claimed mail is left to the worker that claimed it; also the pause before it is tried again."""
GIVEN_UP = timedelta(hours=1)
"""A link that comes later helps nobody any more."""
NOTICE_GIVEN_UP = timedelta(days=2)
"""What happened to an account is worth knowing for longer."""
BATCH = 20


def mail_queue(
    *, kind: Mail.Kind, email: str, data: SignUp | EmailChange | Notice | None = None, language: str = ""
) -> None:
    """Have a mail sent, in `language` or else in that of this request, unless the address has an account of its own."""
    language = language or ("en" if (translation.get_language() or "").startswith("en") else "ko")
    Mail.objects.create(kind=kind, email=email, language=Language(language), data=msgspec.to_builtins(data))


def mails_send() -> int:
    """Send what is due; returns how many mails are done with."""
    done = 0
    while batch := _claim_batch():
        done += sum(_send(mail) for mail in batch)
    return done


def _claim_batch() -> list[Mail]:
    now = timezone.now()
    with transaction.atomic():
        batch = list(
            Mail.objects.select_for_update(skip_locked=True)
            .defer("data")  # what no key opens any more must not hold up the others
            .filter(next_attempt_at__lte=now)
            .order_by("next_attempt_at")[:BATCH]
        )
        Mail.objects.filter(id__in=[mail.id for mail in batch]).update(
            next_attempt_at=now + LEASE, attempts=F("attempts") + 1
        )
    return batch


def _send(mail: Mail) -> bool:
    """Whether the mail is done with: taken, refused for good, too old, not to be sent at all, or set aside."""
    kept = NOTICE_GIVEN_UP if mail.kind == Mail.Kind.NOTICE else GIVEN_UP
    try:
        done = mail.created_at < timezone.now() - kept or _deliver(mail)
    except NOBODYS_FAULT:
        raise
    except Exception as error:  # noqa: BLE001  whatever a mail brings about is its own
        dead_letter_keep(queue="mails", payload={"id": mail.id, "kind": mail.kind}, reason=error)
        done = True
    if done:
        mail.delete()
    return done


def _deliver(mail: Mail) -> bool:
    message = message_of(mail)
    if message is None:
        return True
    content, language = message
    body = {
        "to": mail.email,
        "subject": content.subject,
        "text": content.plain_text(),
        "html": content.html(language),
        "idempotency_key": f"user_service.mail.{mail.id}",
        FIELD: MAIL,
    }
    try:
        answer = Peer("email_service").post("/emails", json=body, idempotent=True)
    except PeerError as error:
        logger.warning("A mail has to wait: %s", error)
        return error.permanent
    if answer["status"] == "ok":
        return True
    logger.warning("A mail was refused: %s", answer.get("code"))
    return bool(answer.get("permanent"))
