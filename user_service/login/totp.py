"""Two-factor authentication (2FA): time-based codes (RFC 6238: six digits, 30 s, SHA-1, as authenticator apps expect)."""

import hashlib
import hmac
import secrets
import time

import pyotp
from django.db import transaction
from django.utils import timezone

from user_service.accounts.audit_log import event_record
from user_service.errors import CodeNeeded, InvalidCode, TotpEnabled
from user_service.login import rate_limits
from user_service.login.normalization import code_normalized
from user_service.login.password_hashers import slow_digests
from user_service.login.passwords import password_confirm
from user_service.login.totp_attempts import code_attempt_count, code_attempt_give_back, code_attempt_take
from user_service.mails.security_notices import event_record_and_mail, notice_queue
from user_service.models import KnownNetwork, RecoveryCode, SecurityEvent, Totp, User

STEP = 30
"""Seconds that a code stands for; the ones before and after count too, since clocks differ."""
DIGITS = 6
ISSUER = "pongpong"
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_SALT = 16
"""Bytes; one salt for all recovery codes of a user, so that a try costs one slow hash."""
TOLD_AT = 3
"""Wrong codes within a day at which the owner is told: by then it is no slip."""


def totp_of(user: User) -> Totp | None:
    """The user's second factor where it is switched on."""
    return Totp.objects.filter(user=user, confirmed_at__isnull=False).first()


def totp_begin(*, user: User, password: str) -> tuple[str, str]:
    """A new secret (base32) and the `otpauth://` address that an app scans; it counts once a code confirms it.

    Raises `ValidationFailed`, `TooManyRequests`, `TotpEnabled`.
    """
    password_confirm(user=user, password=password)
    secret = pyotp.random_base32()
    with transaction.atomic():
        totp, _ = Totp.objects.select_for_update().get_or_create(user=user, defaults={"secret": secret})
        if totp.confirmed_at is not None:
            raise TotpEnabled
        totp.secret, totp.last_counter = secret, 0
        totp.save(update_fields=["secret", "last_counter"])
    return secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)


def totp_confirm(*, user: User, code: str, address: str) -> list[str]:
    """Switch it on with a first code; returns the recovery codes, which can never be read again.

    Raises `InvalidCode`, `TotpEnabled`, `TooManyRequests`.
    """
    rate_limits.take(rate_limits.code_bucket(user.id, kind=rate_limits.CODE_CONFIRM))
    totp, code = Totp.objects.filter(user=user).first(), code_normalized(code)
    if totp is not None and totp.confirmed_at is not None:
        raise TotpEnabled
    step = None if totp is None else _step_of(totp, code)
    if totp is None or step is None:
        raise InvalidCode
    codes, rows = _recovery_codes(user)  # before the row is locked: it takes a while, and may have to wait
    with transaction.atomic():
        locked = Totp.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        if locked is None or locked.secret != totp.secret or not _step_take(locked, step):
            raise InvalidCode
        Totp.objects.filter(user=user).update(confirmed_at=timezone.now())
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(rows)
    event_record_and_mail(user=user, kind=SecurityEvent.Kind.TOTP_ENABLED, address=address)
    return codes


def totp_disable(*, user: User, password: str, address: str) -> None:
    """Switch it off; raises `ValidationFailed`, `TooManyRequests`."""
    password_confirm(user=user, password=password)
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        deleted, _ = Totp.objects.filter(user=user).delete()
    if deleted:
        event_record_and_mail(user=user, kind=SecurityEvent.Kind.TOTP_DISABLED, address=address)


def totp_check(*, user: User, code: str, address: str, known: KnownNetwork | None) -> None:
    """At login, after the password: raises `CodeNeeded` without a code, `InvalidCode` for a wrong or used one.

    `known` is the client's network where the owner was there lately; its tries are its own. Raises `TooManyRequests`
    where there were too many, as `totp_attempts` says.
    """
    totp, code = totp_of(user), code_normalized(code)
    if totp is None:
        return
    if not code:
        raise CodeNeeded
    tries, network = (known or totp), (known.network if known else "")
    short = len(code) == DIGITS and code.isdecimal()
    bucket = rate_limits.code_bucket(user.id, kind="code" if short else "recovery-code", network=network)
    rate_limits.take(bucket)
    if short:
        number = code_attempt_take(tries)
        if not _code_take(totp, code):
            raise _wrong(user, number, address)
        code_attempt_give_back(tries)
    elif _recovery_code_take(user, code):
        event_record_and_mail(user=user, kind=SecurityEvent.Kind.RECOVERY_CODE_USED, address=address)
    else:
        raise _wrong(user, code_attempt_count(tries), address)
    rate_limits.give_back(bucket)


def _wrong(user: User, number: int, address: str) -> InvalidCode:
    """Noted, and told with the third of the day."""
    event_record(user_id=user.id, kind=SecurityEvent.Kind.CODE_FAILED, address=address)
    if number == TOLD_AT:
        notice_queue(user=user, about=SecurityEvent.Kind.CODE_FAILED, address=address)
    return InvalidCode()


def _step_of(totp: Totp, code: str) -> int | None:
    """The time step that the code stands for, now."""
    generator, now = pyotp.TOTP(totp.secret), int(time.time()) // STEP
    steps = (step for step in (now - 1, now, now + 1))
    return next(
        (step for step in steps if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode())), None
    )


def _code_take(totp: Totp, code: str) -> bool:
    """Whether the code is right, and newer than the last one."""
    step = _step_of(totp, code)
    return step is not None and _step_take(totp, step)


def _step_take(totp: Totp, step: int) -> bool:
    """The UPDATE lets one of two at once win."""
    return Totp.objects.filter(user=totp.user_id, last_counter__lt=step).update(last_counter=step) == 1


def _recovery_codes(user: User) -> tuple[list[str], list[RecoveryCode]]:
    """New codes, and the rows that are to take the place of the user's old ones."""
    codes, salt = [_recovery_code() for _ in range(RECOVERY_CODES)], secrets.token_bytes(_SALT)
    digests = slow_digests([code_normalized(code) for code in codes], salt=salt)
    return codes, [RecoveryCode(user=user, digest=digest, salt=salt) for digest in digests]


def _recovery_code() -> str:
    """Two groups of five: 49 random bits, behind a throttle."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{text[:5]}-{text[5:]}"


def _recovery_code_take(user: User, code: str) -> bool:
    """Whether it is one of the user's; then it is used up. The DELETE lets one of two at once win."""
    kept = list(user.recovery_codes.all())
    digests = {salt: slow_digests([code], salt=salt)[0] for salt in {bytes(row.salt) for row in kept} if salt}
    digests[b""] = _digest(code)
    found = [row.id for row in kept if hmac.compare_digest(bytes(row.digest), digests[bytes(row.salt)])]
    return bool(found) and RecoveryCode.objects.filter(id=found[0]).delete()[0] == 1


def _digest(code: str) -> bytes:
    """SHA-256, as older codes are kept, of the spelling that they were shown in; they work until they are used."""
    code = code_normalized(code)
    return hashlib.sha256(f"{code[:5]}-{code[5:]}".encode()).digest()
