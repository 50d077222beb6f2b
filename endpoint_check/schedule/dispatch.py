"""What `dispatch` does each second: sees what is due, keeps watch over the schedule itself, and repairs it."""

import logging
import time
from functools import cache

import redis
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from prometheus_client import Gauge

from common.beat import queue_of
from common.between.dead_letters import NOBODYS_FAULT
from endpoint_check.models import AlertOutbox, ResultOutbox, StateOutbox
from endpoint_check.region.region_hold import held_from, holds_close
from endpoint_check.schedule.leases import INTERVAL, LONGEST_TIMEOUT, due_count

logger = logging.getLogger(__name__)

AHEAD = 1.0
"""Seconds that dispatch looks ahead: until its next tick."""
PER_TASK = 1000
"""Due monitors for which one more `check` task is worth it."""
MOST_TASKS = 32
WATCH_EVERY = 10.0
"""Seconds between two looks at the schedule's health."""
TELL_EVERY = 60.0
"""Seconds by which endpoint_service's `last_checked_at` may be behind."""
TOLD_TOGETHER = 35
"""States in one outbox row, which should fit a page."""
_OUTBOXES = {"results": ResultOutbox, "states": StateOutbox, "alerts": AlertOutbox}

region_held = Gauge("pongpong_region_held", "Whether the region holds its verdicts", ["region"])
outbox_rows = Gauge("pongpong_outbox_rows", "Messages that wait for their receiver", ["outbox"])
monitors_total = Gauge("pongpong_monitors", "Monitors that are checked")
due_checks = Gauge("pongpong_due_checks", "Checks that are due and not begun")
monitor_states = Gauge("pongpong_monitor_states", "Monitors in each state", ["state"])


def tasks_wanted() -> int:
    """How many `check` tasks to send now: one for each thousand due, less those that still wait in the queue."""
    due = due_count(region=settings.REGION, ahead=AHEAD, limit=PER_TASK * MOST_TASKS)
    if not due:
        return 0
    return max(0, min(MOST_TASKS, -(-due // PER_TASK)) - _waiting())


def _waiting() -> int:
    """Messages in the region's queue; 0 where the broker does not tell."""
    try:
        return int(_broker(settings.BROKER_URL).llen(queue_of("endpoint_check.tasks.check", settings.REGION)))
    except redis.RedisError:
        return 0


@cache
def _broker(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)


_STATE = """CASE WHEN in_maintenance THEN 'maintenance'
    WHEN unknown AND condition NOT IN ('down', 'degraded') THEN 'unknown' ELSE condition END"""
"""`MonitorState.wire` in SQL."""
_STATES = f"""
INSERT INTO endpoint_check_stateoutbox (region, payload, count)
SELECT %s, string_agg(message, ','), count(*) FROM (
    SELECT row_number() OVER () / {TOLD_TOGETHER} AS bundle, json_build_object(
        'endpoint_id', endpoint_id, 'state', {_STATE},
        'changed_at', changed_at, 'checked_at', last_checked_at, 'version', version)::text AS message
    FROM endpoint_check_monitor
    WHERE region = %s AND enabled AND changed_at IS NOT NULL
        AND last_checked_at > now() - make_interval(secs => {TELL_EVERY + 2 * WATCH_EVERY})
) AS told GROUP BY bundle
"""  # noqa: S608  nothing of it comes from outside


_TOO_FAR = f"""
UPDATE endpoint_check_monitor SET next_check_at = now()
WHERE region = %s AND next_check_at > now() + make_interval(secs => {INTERVAL} + {LONGEST_TIMEOUT} + 120)
"""  # noqa: S608  nothing of it comes from outside
_LATE = f"""
SELECT count(next_check_at), coalesce(max(extract(epoch FROM now() - next_check_at)), 0)::float8,
    count(*) FILTER (WHERE next_check_at < now() - make_interval(secs => {INTERVAL})),
    count(*) FILTER (WHERE next_check_at <= now())
FROM endpoint_check_monitor WHERE region = %s
"""  # noqa: S608  nothing of it comes from outside
_CONDITIONS = f"""
SELECT CASE WHEN NOT enabled THEN 'paused' ELSE {_STATE} END, count(*)
FROM endpoint_check_monitor WHERE region = %s GROUP BY 1
"""  # noqa: S608  nothing of it comes from outside


class Watch:
    """The self-check: gauges, a log error when checks are later than their interval, and the repair of the schedule.

    It also tells endpoint_service once a minute when everything was checked last: a message for each check would cost
    more than it is worth.
    """

    def __init__(self) -> None:
        self._next = self._next_telling = float("-inf")

    def look(self) -> None:
        """Look if it is time again. What one look fails at keeps the others from nothing."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + WATCH_EVERY
        for look in (_repair, _lateness, _states, _hold, self._tell, _outboxes):
            try:
                with transaction.atomic():
                    look()
            except NOBODYS_FAULT:
                raise
            except Exception:
                logger.exception("The watch over the schedule failed at %s", look.__name__)

    def _tell(self) -> None:
        if time.monotonic() >= self._next_telling:
            self._next_telling = time.monotonic() + TELL_EVERY
            with connection.cursor() as cursor:
                cursor.execute(_STATES, [settings.REGION, settings.REGION])


def _repair() -> None:
    """A clock that was wrong may have put checks far into the future; they belong within their interval."""
    with connection.cursor() as cursor:
        cursor.execute(_TOO_FAR, [settings.REGION])
        if cursor.rowcount:
            logger.warning("%s checks stood too far in the future and are due now", cursor.rowcount)


def _lateness() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [settings.REGION])
        count, late, overdue, due = cursor.fetchone()
    monitors_total.set(count)
    due_checks.set(due)
    if overdue:
        logger.error("%s checks are later than their interval, the oldest by %.0f s", overdue, late)


def _states() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CONDITIONS, [settings.REGION])
        states = dict(cursor.fetchall())
    monitor_states.clear()  # a state that nobody is in any more must not keep its number
    for state, number in states.items():
        monitor_states.labels(state).set(number)


def _hold() -> None:
    if not settings.REGION_SENTINELS:
        holds_close(region=settings.REGION)
    region_held.labels(settings.REGION).set(held_from(region=settings.REGION) is not None)


def _outboxes() -> None:
    for name, outbox in _OUTBOXES.items():
        waiting = outbox._default_manager.filter(region=settings.REGION).aggregate(count=Sum("count"))["count"]
        outbox_rows.labels(name).set(waiting or 0)
