"""What happens to an account is told to its address: whoever holds a stolen password or key is noticed."""

import logging

from django.conf import settings
from django.utils import timezone

from user_service.accounts.audit_log import event_record
from user_service.login import rate_limits
from user_service.mails.notice_texts import Notice
from user_service.mails.outbox import mail_queue
from user_service.models import Mail, SecurityEvent, User

logger = logging.getLogger(__name__)


def event_record_and_mail(*, user: User, kind: SecurityEvent.Kind, address: str, detail: str = "") -> None:
    """Note it in the audit log, and mail it to the address that `user` has: before a change, the old one."""
    event_record(user_id=user.id, kind=kind, address=address, detail=detail)
    notice_queue(user=user, about=kind, address=address, detail=detail)


def notice_queue(*, user: User, about: str, address: str, detail: str = "") -> None:
    """Mail it, unless this address got many such mails within the hour; the audit log has them all.

    Where emails are confirmed, one that never was gets none. Where they are not, it counts as the user's, but gets few.
    """
    buckets = [rate_limits.mail_bucket(about, user.email)]
    if not user.email_confirmed:
        if settings.EMAIL_CONFIRMATION:
            return
        buckets.append(rate_limits.unconfirmed_bucket(user.email))
    if rate_limits.wait_for(*buckets):
        logger.warning("Account %s is not told of %s: its address got many such mails", user.id, about)
        return
    notice = Notice(str(about), address, detail, timezone.now(), user.time_zone)
    mail_queue(kind=Mail.Kind.NOTICE, email=user.email, data=notice, language=user.language)
