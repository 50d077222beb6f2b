"""Time zones by name, as users and systems spell them."""

from zoneinfo import ZoneInfo


def zone_of(name: str) -> ZoneInfo:
    """The zone; UTC where the name is none that this system knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
