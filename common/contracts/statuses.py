"""The HTTP statuses that are fine."""

from common.contracts.invalid import Invalid
from common.contracts.texts import N_

MAX_ITEMS = 50


def clean_expected_status(text: str) -> str:
    """A set of HTTP status codes such as `200-299,304`, without spaces; raises `Invalid`."""
    # Loaded where it is needed: RE2 comes with it.
    from common.formats.conditions import Unreadable, statuses_of  # noqa: PLC0415

    items = [item.strip().replace(" ", "") for item in text.split(",")]
    try:
        statuses_of(",".join(items))
    except Unreadable as error:
        raise Invalid(N_("Write status codes and ranges of them such as 200-299,304.")) from error
    if len(items) > MAX_ITEMS:
        raise Invalid(N_("At most %(most)d status codes and ranges."), most=MAX_ITEMS)
    return ",".join(items)
