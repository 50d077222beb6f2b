"""How often codes of a second factor may be guessed: some a day, with longer and longer waits.

Six digits, three of which are right at any moment, are guessed in a few weeks at ten a minute. Who guesses knows the
password already. Networks that the owner has logged in from count by themselves, all others together, so that a stranger
never uses up the owner's; recovery codes are too long to guess and work on; and a new password by mail starts anew.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from user_service.errors import TooManyCodes
from user_service.models import CodeAttempts, KnownNetwork, Totp, User

DAY = timedelta(days=1)
FREE = 5
"""Wrong codes without any wait."""
FIRST_WAIT = timedelta(seconds=30)
"""After that many; doubled with each further one."""
Tries = KnownNetwork | Totp


def code_attempt_take(tries: Tries) -> int:
    """Count a try before it is looked at, so that any number at once is bounded too; returns which of the day it is.

    Raises `TooManyCodes` with the time to wait, and counts nothing.
    """
    return _counted(tries, refused=True)


def code_attempt_count(tries: Tries) -> int:
    """Count a wrong code of a kind that needs no cap; returns which of the day it is."""
    return _counted(tries, refused=False)


def code_attempt_give_back(tries: Tries) -> None:
    """The code was right."""
    counted = type(tries)._default_manager.filter(pk=tries.pk, wrong_codes__gt=0)
    counted.update(wrong_codes=F("wrong_codes") - 1)


def code_attempts_reset(*, user: User) -> None:
    """Nobody has tried anything: who did had a password that is not the account's any more."""
    for rows in (Totp.objects.filter(user=user), KnownNetwork.objects.filter(user=user)):
        rows.update(wrong_codes=0, wrong_codes_since=None, wrong_code_at=None)


def _counted(tries: Tries, *, refused: bool) -> int:
    now = timezone.now()
    with transaction.atomic():
        fresh: Tries | None = type(tries)._default_manager.select_for_update().filter(pk=tries.pk).first()
        if fresh is None:  # switched off, or forgotten, meanwhile
            return 1
        if fresh.wrong_codes_since is None or fresh.wrong_codes_since <= now - DAY:
            fresh.wrong_codes, fresh.wrong_codes_since, fresh.wrong_code_at = 0, now, None
        wait = _wait(fresh, now) if refused else timedelta(0)
        if wait > timedelta(0):
            raise TooManyCodes(retry_after=wait.total_seconds())
        fresh.wrong_codes, fresh.wrong_code_at = fresh.wrong_codes + 1, now
        fresh.save(update_fields=["wrong_codes", "wrong_codes_since", "wrong_code_at"])
    return fresh.wrong_codes


def _wait(tries: CodeAttempts, now: datetime) -> timedelta:
    """From now until the next try; zero or less where it may come."""
    if tries.wrong_codes >= settings.CODES_PER_DAY and tries.wrong_codes_since is not None:
        return tries.wrong_codes_since + DAY - now
    if tries.wrong_codes < FREE or tries.wrong_code_at is None:
        return timedelta(0)
    doubled: int = 2 ** min(tries.wrong_codes - FREE, 20)
    return tries.wrong_code_at + min(DAY, FIRST_WAIT * doubled) - now
