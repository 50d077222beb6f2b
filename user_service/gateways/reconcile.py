"""Users and consumers, and both sides' keys, compared: what a crash or a restore left different is made the same again.

Nothing is taken from anybody on a mere absence. A key at the gateway goes where we know that it was revoked: we remember
the revocation, or the moment at which it was made, and have it no more. A gateway whose database came back from a backup
so brings no revoked key back, while a database of ours that came back keeps the keys that it has lost. A key of ours that
the gateway has lost is marked, and goes after a week.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from user_service.accounts.audit_log import BY_GATEWAY, event_record
from user_service.gateways.base import KeptKey, gateway
from user_service.models import Key, RevokedKey, SecurityEvent, User

logger = logging.getLogger(__name__)
SETTLED = timedelta(minutes=5)
"""A sign-up makes its consumer, and a login its key, before the row; none takes this long."""
PAGES = 100
"""Pages of keys in one run; the next one goes on behind them."""
TOLD_WITHIN = timedelta(minutes=1)
"""A key's event is noted this soon after the key was made."""
MAKING = [SecurityEvent.Kind.SIGNED_UP, SecurityEvent.Kind.LOGGED_IN, SecurityEvent.Kind.KEY_CREATED]
LOST_FOR = timedelta(days=7)


def gateway_reconcile() -> tuple[int, int]:
    """Make the consumers that are missing, remove those of nobody; returns how many of each. Then the keys.

    Only ids below one that was given out a while ago are removed: above it a sign-up may be under way.
    """
    settled = User.objects.filter(created_at__lt=timezone.now() - SETTLED).aggregate(most=Max("id"))["most"] or 0
    consumers = set(gateway().list_consumers())
    users = set(User.objects.filter(deleted_at=None).values_list("id", flat=True).iterator())
    missing = users - consumers
    orphaned = {consumer for consumer in consumers - users if consumer <= settled}
    for user_id in missing:
        gateway().create_consumer(user_id=user_id)
    for user_id in orphaned:
        gateway().delete_consumer(user_id=user_id)
    if missing or orphaned:
        logger.warning("Made %d missing consumers and removed %d of nobody", len(missing), len(orphaned))
    keys_reconcile()
    return len(missing), len(orphaned)


@dataclass
class _Place:
    """Where this process goes on."""

    start: str | None = None


_place = _Place()


def keys_reconcile() -> tuple[int, int]:
    """Revoke at the gateway what is revoked, mark what it has lost; returns how many of each.

    In whole passes of any length, `PAGES` at a time; only a pass that fits in one run can tell what is lost.
    """
    sure = Key.objects.exists()  # else our side is new, or about to be restored
    whole, revoked, seen = _place.start is None, 0, set[UUID]()
    for page in islice(gateway().key_pages(start=_place.start), PAGES):
        revoked += _revived_revoke(page.keys, sure=sure)
        seen.update(key.credential for key in page.keys)
        _place.start = page.following
    if revoked:
        logger.warning("Revoked %d keys that the gateway had again", revoked)
    lost = _lost_mark(seen) if sure and seen and whole and _place.start is None else 0
    return revoked, lost


def _revived_revoke(keys: Sequence[KeptKey], *, sure: bool) -> int:
    unknown = {key.credential: key for key in keys}
    known = set(Key.objects.filter(credential__in=list(unknown)).values_list("credential", flat=True))
    unknown = {credential: key for credential, key in unknown.items() if credential not in known}
    noted = set(RevokedKey.objects.filter(credential__in=list(unknown)).values_list("credential", flat=True))
    gone = [
        credential
        for credential, key in unknown.items()
        if credential in noted or (sure and _is_remembered(key.created_at))
    ]
    for credential in gone:
        gateway().revoke_key(credential=credential)
    return len(gone)


def _is_remembered(made_at: datetime | None) -> bool:
    """Whether our audit log was there when the key was made: then we had the key, and revoked it."""
    if made_at is None or made_at > timezone.now() - SETTLED:
        return False
    moment = (made_at - timedelta(seconds=2), made_at + TOLD_WITHIN)
    return SecurityEvent.objects.filter(kind__in=MAKING, created_at__range=moment).exists()


def _lost_mark(seen: set[UUID]) -> int:
    """Mark the keys that the gateway does not have, unmark those it has again, and let go of the long lost."""
    now = timezone.now()
    ours = Key.objects.filter(created_at__lt=now - SETTLED).exclude(expires_at__lt=now)
    lost = {key_id for key_id, credential in ours.values_list("id", "credential").iterator() if credential not in seen}
    marked = set(ours.exclude(lost_at=None).values_list("id", flat=True))
    Key.objects.filter(id__in=marked - lost).update(lost_at=None)
    Key.objects.filter(id__in=lost - marked).update(lost_at=now)
    if lost - marked:
        logger.error("The gateway has lost %d keys: was its database restored?", len(lost - marked))
    for key in Key.objects.filter(id__in=lost, lost_at__lt=now - LOST_FOR):
        event_record(user_id=key.user_id, kind=SecurityEvent.Kind.KEY_REVOKED, address=BY_GATEWAY, detail=key.name)
        key.delete()
    return len(lost - marked)
