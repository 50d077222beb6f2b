"""When two values say the same."""

from datetime import datetime

from common.contracts.fields import MASK


def same(wanted: object, stored: object) -> bool:
    """Whether what is stored is what is wanted, as far as one can see: a mask may hide anything."""
    if stored == MASK:
        return True
    if isinstance(wanted, dict) and isinstance(stored, dict):
        return wanted.keys() == stored.keys() and all(same(wanted[name], stored[name]) for name in wanted)
    if isinstance(wanted, list) and isinstance(stored, list):
        return len(wanted) == len(stored) and all(same(*pair) for pair in zip(wanted, stored, strict=True))
    return wanted == stored or (_moment(wanted) is not None and _moment(wanted) == _moment(stored))


def has_mask(stored: object) -> bool:
    """Whether anything in it is hidden."""
    if isinstance(stored, dict):
        return any(has_mask(value) for value in stored.values())
    if isinstance(stored, list):
        return any(has_mask(value) for value in stored)
    return stored == MASK


def _moment(value: object) -> datetime | None:
    """An ISO 8601 time, whatever zone it is written in."""
    try:
        return datetime.fromisoformat(value).astimezone() if isinstance(value, str) else None
    except ValueError:
        return None
