"""Rules of single values that several fields share."""

from typing import Any

from django.utils.translation import gettext as _

from common.conditions import Unreadable, statuses_of
from endpoint_service.rules.invalid import Invalid

MAX_STATUS_ITEMS = 50


def clean_expected_status(text: str) -> str:
    """A set of HTTP status codes such as `200-299,304`, without spaces; raises `Invalid`."""
    items = [item.strip().replace(" ", "") for item in text.split(",")]
    try:
        statuses_of(",".join(items))
    except Unreadable as error:
        raise Invalid(_("Write status codes and ranges of them such as 200-299,304.")) from error
    if len(items) > MAX_STATUS_ITEMS:
        raise Invalid(_("At most %(most)d status codes and ranges.") % {"most": MAX_STATUS_ITEMS})
    return ",".join(items)


def is_text(value: Any, *, most: int) -> bool:
    """Whether it is a text of at most `most` characters that PostgreSQL can store."""
    return isinstance(value, str) and len(value) <= most and "\x00" not in value and _is_encodable(value)


def clean_choice(value: Any, choices: tuple[str, ...]) -> str:
    """One of `choices`; raises `Invalid`."""
    if not isinstance(value, str) or value not in choices:
        raise Invalid(_("One of: %(choices)s.") % {"choices": ", ".join(choices)})
    return value


def clean_integer(value: Any, least: int, most: int) -> int:
    """A whole number from `least` to `most`, never a boolean; raises `Invalid`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Invalid(_("A whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
    return value


def clean_text(value: Any, *, most: int, least: int = 1) -> str:
    """A text of `least` to `most` characters; raises `Invalid`."""
    if not is_text(value, most=most) or len(value) < least:
        raise Invalid(_("A text of %(least)d to %(most)d characters.") % {"least": least, "most": most})
    return str(value)


def refuse_unknown(value: dict[Any, Any], known: tuple[str, ...]) -> None:
    """Raises `Invalid` for a key outside of `known`."""
    for key in value:
        if key not in known:
            raise Invalid(
                _("Unknown key. Known are: %(known)s.") % {"known": ", ".join(known)}, path=str(key)[:50] or "?"
            )


def _is_encodable(text: str) -> bool:
    """No lone surrogates, which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
