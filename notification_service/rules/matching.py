"""Which channel is told of which alert, and when. Plain arithmetic: nothing here reads or writes."""

import random
from collections.abc import Collection
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.clocks.windows import covers, quiet_hours_end

GROUPED = timedelta(seconds=5)
"""After a channel's first message, what comes within this is one message."""
GIVE_UP_AFTER = timedelta(hours=24)
_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(hours=1)


def matches(
    *, events: Collection[str], endpoint_ids: Collection[int], tags: Collection[str], event: str, endpoint_id: int | None,
    endpoint_tags: Collection[str], all_events: bool = False, covers_all: bool | None = None,
) -> bool:  # fmt: skip
    """Whether a channel with these rules wants this alert: by event, and by endpoint or any of its tags.

    What is of no endpoint (`endpoint_id` None) concerns all of them.
    """
    if not all_events and event not in events:
        return False
    if endpoint_id is None:
        return True
    return covers(
        endpoint_ids=endpoint_ids,
        tags=tags,
        endpoint_id=endpoint_id,
        endpoint_tags=endpoint_tags,
        covers_all=covers_all,
    )


def earliest(
    *, now: datetime, delay: timedelta, quiet_from: time | None, quiet_to: time | None, zone: ZoneInfo
) -> datetime:
    """When a channel may first be told of an alert that comes `now`: after its delay, and outside of quiet hours."""
    moment = now + delay
    if quiet_from is None or quiet_to is None:
        return moment
    return quiet_hours_end(moment, quiet_from=quiet_from, quiet_to=quiet_to, time_zone=zone.key)


def joins(*, due_at: datetime, base: datetime) -> bool:
    """Whether an alert that may go at `base` joins a message that waits for `due_at`."""
    return abs(due_at - base) <= GROUPED


def spaced(*, base: datetime, last_due_at: datetime | None) -> datetime:
    """When a new message goes: at once, or 5 s after the channel's last one where that was just now."""
    if last_due_at is not None and last_due_at <= base < last_due_at + GROUPED:
        return last_due_at + GROUPED
    return base


def pause(*, attempt: int, retry_after: float | None = None) -> timedelta:
    """How long to wait after the `attempt`th failure (from 1): 5 s doubling up to an hour, up to 20 % more at random.

    At least what the receiver asked for with `retry_after` (s).
    """
    exponential: timedelta = min(_FIRST_PAUSE * 2 ** min(attempt - 1, 20), _LONGEST_PAUSE)
    asked = timedelta(seconds=min(retry_after or 0, GIVE_UP_AFTER.total_seconds()))
    return max(exponential, asked) * (1 + random.random() / 5)
