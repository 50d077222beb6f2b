"""Secrets at rest and between services: Fernet with rotatable keys (ENCRYPTION_KEYS, the current one first)."""

import base64
import hashlib
from functools import cache
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    """Any text of 32 characters or more is a key: what Fernet takes is derived from it."""
    for key in keys:
        if len(key) < 32:
            raise ImproperlyConfigured("Each of ENCRYPTION_KEYS must have at least 32 characters.")
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])


def encrypt(value: object) -> str:
    """Any JSON value as one opaque text under the current key."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(msgspec.json.encode(value)).decode()


def decrypt(token: str) -> Any:
    """What `encrypt` was given; raises `ValueError` for what none of the keys opens."""
    try:
        return msgspec.json.decode(_fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()))
    except InvalidToken as error:
        raise ValueError("No key of ENCRYPTION_KEYS opens this secret.") from error


def rotate(token: str) -> str:
    """The same secret under the current key; raises `ValueError` for what none of the keys opens."""
    try:
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).rotate(token.encode()).decode()
    except InvalidToken as error:
        raise ValueError("No key of ENCRYPTION_KEYS opens this secret.") from error


def is_current(token: str) -> bool:
    """Whether the secret is under the current key."""
    try:
        _fernet(tuple(settings.ENCRYPTION_KEYS[:1])).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


class EncryptedJSONField(models.TextField):  # type: ignore[type-arg]
    """A JSON value that the database sees only encrypted. It cannot be filtered by."""

    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: object) -> object:
        """Decrypt on the way out."""
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: object) -> str | None:
        """Encrypt on the way in."""
        return None if value is None else encrypt(value)

    def to_python(self, value: object) -> object:
        """Python values are kept as they are."""
        return value
