"""One spelling for what people type: passwords and codes look the same and come in different characters."""

import unicodedata
from collections.abc import Sized

from django.core.validators import MaxLengthValidator

MOST_TYPED = 1024
"""Characters that are looked at; in the worst case to normalise takes time with the square of the length."""


def password_normalized(typed: str) -> str:
    """A password as it is kept: NFC (RFC 8265, 4.2.2: OpaqueString), so that every keyboard's way to write it is one."""
    return unicodedata.normalize("NFC", typed)


def password_candidates(typed: str) -> list[str]:
    """What to try at a log-in: the spelling that is kept, then what was typed, as older accounts may have it."""
    return list(dict.fromkeys([password_normalized(typed), typed]))


def code_normalized(typed: str) -> str:
    """A code of a second factor without what people and apps put between its characters: `123 456` is `123456`.

    Full-width digits, and those of other scripts, count as what they mean; capitals and small letters are one.
    """
    text = unicodedata.normalize("NFKC", typed[:MOST_TYPED]).lower()
    return "".join(str(unicodedata.decimal(c, c)) for c in text if c.isalnum())


class PasswordLengthValidator(MaxLengthValidator):
    """Counts the characters of the spelling that is kept."""

    def clean(self, x: Sized) -> int:
        """What is far too long is not even normalised."""
        return len(x) if len(x) > MOST_TYPED else len(password_normalized(str(x)))
