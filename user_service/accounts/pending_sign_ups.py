"""Sign-ups that wait for their link. Anybody can sign up with anybody's address, so the link decides whose account it is.

Of several sign-ups for one address the newest link alone works, and whoever follows it sets the password. Without one it
works only where nobody else can have chosen the password: the address was asked for once, from the same network.
"""

from datetime import timedelta

from django.utils import timezone

from common.security.client_address import network_of
from user_service.errors import InvalidToken, PasswordNeeded
from user_service.mails.link_tokens import CONFIRMATION_LIFE
from user_service.models import PendingSignUp


def pending_sign_up_create(*, email: str, address: str) -> int:
    """Remember a sign-up; returns what its link is to carry. Every link before it is worthless from now on."""
    return PendingSignUp.objects.create(email=email, network=network_of(address)).id


def _waiting(email: str) -> list[PendingSignUp]:
    """The newest two."""
    since = timezone.now() - timedelta(seconds=CONFIRMATION_LIFE)
    return list(PendingSignUp.objects.filter(email=email, created_at__gt=since).order_by("-id")[:2])


def is_newest_sign_up(*, email: str, sign_up: int | None) -> bool:
    """Whether no other sign-up for the address came after this one, and no account was made."""
    waiting = _waiting(email)
    return bool(waiting) and waiting[0].id == sign_up


def pending_sign_up_check(*, email: str, sign_up: int | None, address: str, with_password: bool) -> None:
    """Raises `InvalidToken` for any link but the newest, and `PasswordNeeded` where a password has to come with it."""
    waiting = _waiting(email)
    if not waiting or waiting[0].id != sign_up:
        raise InvalidToken
    alone = len(waiting) == 1 and waiting[0].network == network_of(address)
    if not (with_password or alone):
        raise PasswordNeeded(errors={"password": [PasswordNeeded.message]})


def pending_sign_ups_delete(*, email: str) -> None:
    """The address has an account: no link makes another."""
    PendingSignUp.objects.filter(email=email).delete()


def pending_sign_ups_purge() -> int:
    """Remove those whose link is too old; returns how many went."""
    since = timezone.now() - timedelta(seconds=CONFIRMATION_LIFE)
    return PendingSignUp.objects.filter(created_at__lt=since).delete()[0]
