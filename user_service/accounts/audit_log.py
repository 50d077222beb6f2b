"""The audit log: what happened to an account, from where, for its user to read."""

from datetime import timedelta

from django.utils import timezone

from user_service.models import SecurityEvent

KEPT = timedelta(days=365)
BY_OPERATOR, BY_GATEWAY = "operator", "gateway"
"""What the audit log says in the place of an address."""
ACCOUNT_DELETED = "account_deleted"
"""Told by mail, but in no audit log: that goes with the account."""


def event_record(*, user_id: int | None, kind: SecurityEvent.Kind, address: str, detail: str = "") -> None:
    """Note it; `address` is the client's, `user_id` None a wrong login at no account."""
    SecurityEvent.objects.create(user_id=user_id, kind=kind, address=address[:64], detail=detail[:100])


def events_purge() -> int:
    """Remove what is older than a year; returns how many went."""
    return SecurityEvent.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
