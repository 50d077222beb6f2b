"""Rules of single values that several contracts share."""

from collections.abc import Collection, Mapping
from typing import TypeGuard

from common.contracts.invalid import Invalid
from common.contracts.texts import N_


def is_text(value: object, *, most: int) -> TypeGuard[str]:
    """Whether it is a text of at most `most` characters that PostgreSQL can store."""
    return isinstance(value, str) and len(value) <= most and "\x00" not in value and _is_encodable(value)


def clean_choice(value: object, choices: Collection[str]) -> str:
    """One of `choices`; raises `Invalid`."""
    if not isinstance(value, str) or value not in choices:
        raise Invalid(N_("One of: %(choices)s."), choices=", ".join(choices))
    return value


def clean_boolean(value: object) -> bool:
    """True or false, and no number; raises `Invalid`."""
    if not isinstance(value, bool):
        raise Invalid(N_("true or false."))
    return value


def clean_integer(value: object, least: int, most: int) -> int:
    """A whole number from `least` to `most`, never a boolean; raises `Invalid`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid(N_("A whole number from %(least)d to %(most)d."), least=least, most=most)
    return value


def clean_text(value: object, *, most: int, least: int = 1) -> str:
    """A text of `least` to `most` characters; raises `Invalid`."""
    if not is_text(value, most=most) or len(value) < least:
        raise Invalid(N_("A text of %(least)d to %(most)d characters."), least=least, most=most)
    return value


def refuse_unknown(value: Mapping[str, object], known: Collection[str]) -> None:
    """Raises `Invalid` for a key outside of `known`."""
    for key in value:
        if key not in known:
            raise Invalid(N_("Unknown key. Known are: %(known)s."), str(key)[:50] or "?", known=", ".join(known))


def _is_encodable(text: str) -> bool:
    """No lone surrogates, which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
