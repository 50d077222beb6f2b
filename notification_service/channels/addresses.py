"""E-mail addresses other than the user's own: mail goes there only after their holder has told us a code."""

import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from common.contracts.mail_addresses import canonical
from notification_service.deliveries.wake_sweep import kick
from notification_service.errors import InvalidCode, TooManyCodes
from notification_service.models import Address, Delivery, User

CODE_VALID_FOR = timedelta(hours=24)
MAX_TRIES = 5
MAX_CODES = 10
"""Codes that one address is ever sent for one user."""
MAX_UNCONFIRMED = 10
"""Addresses that one user may have asked without an answer: nobody mails strangers through us."""
PAUSE = timedelta(minutes=1)
MAX_LENGTH = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""


def confirmed_addresses(users: Iterable[User]) -> dict[int, set[str]]:
    """By user, in their canonical spelling: their own address and those that were confirmed."""
    confirmed: dict[int, set[str]] = defaultdict(set)
    for user in users:
        confirmed[user.id].add(canonical(user.email))
    rows = Address.objects.filter(user_id__in=confirmed).exclude(confirmed_at=None)
    for user_id, address in rows.values_list("user_id", "address"):
        confirmed[user_id].add(canonical(address))
    return confirmed


def codes_send(*, user: User, addresses: Iterable[str]) -> None:
    """Mail a code to each of `addresses` that still needs one and did not just get one."""
    wanted = {canonical(address): address for address in addresses}
    for one in wanted.keys() - confirmed_addresses([user])[user.id]:
        with transaction.atomic():
            row = _asked(user, wanted[one])
            if row.sent_at is None or row.code_expires_at is None or row.code_expires_at <= timezone.now():
                _send(row, wanted[one])


def code_send_again(*, user: User, address: str) -> None:
    """Another code; raises `TooManyCodes` within a minute of the last one, and after ten of them."""
    with transaction.atomic():
        row = _asked(user, address)
        if row.confirmed_at is not None:
            return
        if row.sent_at is not None and timezone.now() < row.sent_at + PAUSE:
            raise TooManyCodes(retry_after=(row.sent_at + PAUSE - timezone.now()).total_seconds())
        _send(row, address)


def address_confirm(*, user: User, addresses: Iterable[str], code: str) -> str:
    """Confirm the one of `addresses` to which `code` was mailed, and return it; else raises `InvalidCode`.

    Five wrong codes, and the right one is no longer taken either.
    """
    rows = Address.objects.filter(
        user_id=user.id,
        address__in=[spelling for address in addresses for spelling in _spellings(address)],
        confirmed_at=None,
        code_expires_at__gt=timezone.now(),
    )
    tried = rows.filter(tries__lt=MAX_TRIES)
    ids = list(tried.values_list("id", flat=True))
    # Counted before they are compared, so that two guesses at once are two.
    Address.objects.filter(id__in=ids).update(tries=F("tries") + 1)
    for row in Address.objects.filter(id__in=ids, tries__lte=MAX_TRIES):
        if row.code is not None and constant_time_compare(row.code, code):
            row.code, row.confirmed_at = None, timezone.now()
            row.save(update_fields=["code", "confirmed_at"])
            return row.address
    raise InvalidCode


def _spellings(address: str) -> list[str]:
    """How the address may be stored: canonical, where the column holds that, and as it was before there was such a form."""
    return [spelling for spelling in (canonical(address), address.casefold()) if len(spelling) <= MAX_LENGTH]


def _asked(user: User, address: str) -> Address:
    """The address' row, locked; raises `TooManyCodes` where the user has asked too many strangers."""
    spellings = _spellings(address)
    known = Address.objects.select_for_update().filter(user_id=user.id, address__in=spellings).order_by("id").first()
    if known is not None:
        return known
    User.objects.select_for_update().get(id=user.id)
    if Address.objects.filter(user_id=user.id, confirmed_at=None).count() >= MAX_UNCONFIRMED:
        raise TooManyCodes
    return Address.objects.get_or_create(user_id=user.id, address=spellings[0])[0]


def _send(row: Address, address: str) -> None:
    if row.codes_sent >= MAX_CODES:
        raise TooManyCodes
    now = timezone.now()
    row.code, row.code_expires_at = f"{secrets.randbelow(10**8):08}", now + CODE_VALID_FOR
    row.tries, row.sent_at, row.codes_sent = 0, now, row.codes_sent + 1
    row.save()
    Delivery.objects.create(
        user_id=row.user_id,
        reason=Delivery.Reason.CONFIRMATION,
        data={"address": address, "code": row.code},
        due_at=now,
        next_attempt_at=now,
    )
    transaction.on_commit(kick)
