"""The tokens of mails: nothing of them is stored.

A reset's token is signed over the password's hash, so that the first use makes it and all its siblings worthless. A
confirmation's token carries what it confirms, encrypted: an account that nobody confirmed never exists.
"""

import hmac
import time
from typing import Any, Literal

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.utils.crypto import salted_hmac

from common.crypto import decrypt, encrypt
from user_service.errors import InvalidToken
from user_service.models import User

RESET_LIFE = 3600
"""Seconds."""
CONFIRMATION_LIFE = 24 * 3600
"""Seconds."""
MOST = 4096
"""Characters of a token at most."""
Purpose = Literal["sign_up", "email_change"]


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="user_service.password-reset")


def _fingerprint(user: User, key: str) -> str:
    """Changes with the password and with the email."""
    return salted_hmac("user_service.fingerprint", f"{user.password} {user.email}", secret=key).hexdigest()


def reset_token(user: User) -> str:
    """A token that sets this user's password once, for an hour."""
    return _signer().sign_object({"id": user.id, "fingerprint": _fingerprint(user, settings.SECRET_KEY)})


def reset_user_id(token: str) -> int:
    """Whose token this is; `reset_check` must follow. Raises `InvalidToken` for a forged or old one."""
    return int(_reset(token)["id"])


def reset_check(token: str, user: User) -> None:
    """Raises `InvalidToken` where the token was used or the account has changed since."""
    given, keys = _reset(token)["fingerprint"], [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(given, _fingerprint(user, key)) for key in keys):
        raise InvalidToken


def _reset(token: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = _signer().unsign_object(token, max_age=RESET_LIFE)
    except (BadSignature, ValueError) as error:
        raise InvalidToken from error
    return content


def confirmation_token(purpose: Purpose, content: dict[str, Any]) -> str:
    """A token that carries `content` for a day."""
    return encrypt({"purpose": purpose, "until": time.time() + CONFIRMATION_LIFE, "content": content})


def confirmation_content(token: str) -> tuple[Purpose, dict[str, Any]]:
    """What a token carries and what for; raises `InvalidToken`."""
    try:
        opened = decrypt(token)
        purpose, until, content = opened["purpose"], opened["until"], opened["content"]
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidToken from error
    if until < time.time():
        raise InvalidToken
    return purpose, content
