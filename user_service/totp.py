"""The second factor: time-based codes (RFC 6238: six digits, 30 s, SHA-1, as authenticator apps expect)."""

import hashlib
import hmac
import secrets
import time

import pyotp
from django.db import transaction
from django.utils import timezone

from user_service import throttle
from user_service.errors import CodeNeeded, InvalidCode, TotpEnabled
from user_service.events import event_record
from user_service.models import RecoveryCode, SecurityEvent, Totp, User
from user_service.passwords import password_confirm

STEP = 30
"""Seconds that a code stands for; the ones before and after count too, since clocks differ."""
RECOVERY_CODES = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
ISSUER = "pongpong"


def totp_of(user: User) -> Totp | None:
    """The user's second factor where it is switched on."""
    return Totp.objects.filter(user=user, confirmed_at__isnull=False).first()


def totp_begin(*, user: User, password: str) -> tuple[str, str]:
    """A new secret (base32) and the `otpauth://` address that an app scans; it counts once a code confirms it.

    Raises `ValidationFailed`, `TooManyRequests`, `TotpEnabled`.
    """
    password_confirm(user=user, password=password)
    if totp_of(user) is not None:
        raise TotpEnabled
    secret = pyotp.random_base32()
    Totp.objects.update_or_create(user=user, defaults={"secret": secret, "last_counter": 0})
    return secret, pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)


def totp_confirm(*, user: User, code: str, address: str) -> list[str]:
    """Switch it on with a first code; returns the recovery codes, which can never be read again.

    Raises `InvalidCode`, `TotpEnabled`, `TooManyRequests`.
    """
    throttle.take(throttle.code_bucket(user.id))
    with transaction.atomic():
        totp = Totp.objects.select_for_update().filter(user=user).first()
        if totp is None:
            raise InvalidCode
        if totp.confirmed_at is not None:
            raise TotpEnabled
        if not _code_take(totp, code):
            raise InvalidCode
        Totp.objects.filter(user=user).update(confirmed_at=timezone.now())
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(text)) for text in codes)
    event_record(user_id=user.id, kind=SecurityEvent.Kind.TOTP_ENABLED, address=address)
    return codes


def totp_disable(*, user: User, password: str, address: str) -> None:
    """Switch it off; raises `ValidationFailed`, `TooManyRequests`."""
    password_confirm(user=user, password=password)
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        deleted, _ = Totp.objects.filter(user=user).delete()
    if deleted:
        event_record(user_id=user.id, kind=SecurityEvent.Kind.TOTP_DISABLED, address=address)


def totp_check(*, user: User, code: str, address: str) -> None:
    """At login, after the password: raises `CodeNeeded` without a code, `InvalidCode` for a wrong or used one."""
    totp = totp_of(user)
    if totp is None:
        return
    if not code:
        raise CodeNeeded
    bucket = throttle.code_bucket(user.id)
    throttle.take(bucket)
    if not _code_take(totp, code):
        used, _ = RecoveryCode.objects.filter(user=user, digest=_digest(code)).delete()
        if not used:
            raise InvalidCode
        event_record(user_id=user.id, kind=SecurityEvent.Kind.RECOVERY_CODE_USED, address=address)
    throttle.give_back(bucket)


def _code_take(totp: Totp, code: str) -> bool:
    """Whether the code is right, and newer than the last one: the UPDATE lets one of two at once win."""
    generator, now = pyotp.TOTP(totp.secret), int(time.time()) // STEP
    for counter in (now - 1, now, now + 1):
        if hmac.compare_digest(generator.generate_otp(counter).encode(), code.strip().encode()):
            newer = Totp.objects.filter(user=totp.user_id, last_counter__lt=counter)
            return newer.update(last_counter=counter) == 1
    return False


def _recovery_code() -> str:
    """Two groups of five: 49 random bits, behind a throttle."""
    text = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{text[:5]}-{text[5:]}"


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.strip().lower().encode()).digest()
