"""When two values say the same."""

from datetime import datetime
from typing import Any

MASK = "••••••"
"""What the API shows instead of a secret."""


def same(wanted: Any, stored: Any) -> bool:
    """Whether what is stored is what is wanted, as far as one can see: a mask may hide anything."""
    if stored == MASK:
        return True
    if isinstance(wanted, dict) and isinstance(stored, dict):
        return wanted.keys() == stored.keys() and all(same(wanted[name], stored[name]) for name in wanted)
    if isinstance(wanted, list) and isinstance(stored, list):
        return len(wanted) == len(stored) and all(same(*pair) for pair in zip(wanted, stored, strict=True))
    return bool(wanted == stored) or (_moment(wanted) is not None and _moment(wanted) == _moment(stored))


def has_mask(stored: Any) -> bool:
    """Whether anything in it is hidden."""
    if isinstance(stored, dict):
        return any(has_mask(value) for value in stored.values())
    if isinstance(stored, list):
        return any(has_mask(value) for value in stored)
    return bool(stored == MASK)


def _moment(text: Any) -> datetime | None:
    """An ISO 8601 time, whatever zone it is written in."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (TypeError, ValueError):
        return None
