"""Taking due monitors and giving them back unfinished, in batches. `commits` gives them back with their results.

A claim is a lease: `next_check_at` moves to its end, `slot_at` keeps the moment that the check fulfils and `claim` signs
it. Only who signed can commit, so a check that was claimed twice is counted once.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from common.between.dead_letters import NOBODYS_FAULT, each_alone
from endpoint_check.state.monitor_state import MonitorState

logger = logging.getLogger(__name__)

LEASE_MARGIN = 20
"""Seconds beyond the probe's own timeout in which its result has to be committed."""
STALE = 600
"""Seconds after which an interrupted check is no longer told as one of its old slot."""
LOOKED_THROUGH = 20_000
"""Due monitors among which a fair choice is made, the longest due ones."""
LONGEST_INTERVAL, LONGEST_TIMEOUT = 366 * 86_400, 120
"""Seconds; whatever a row says, what is made of it must be a moment."""

INTERVAL = f"least(greatest(interval, 1), {LONGEST_INTERVAL})"
_TIMEOUT = f"least(greatest(timeout, 0), {LONGEST_TIMEOUT})"
_SINCE = "greatest(next_check_at, now() - interval '1 year')"
_STATUS = (
    "condition, run_kind, run_count, run_started_at, incident_id::text, incident_started_at, cause, error_code,"
    " last_good_at, changed_at, certificate_expires_at, certificate_warned, certificates_warned, in_maintenance,"
    " moves, flapping_since, incident_told, unknown, cause_data"
)
_LONGEST_DUE = """
    SELECT endpoint_id FROM endpoint_check_monitor
    WHERE region = %s AND next_check_at <= now() ORDER BY next_check_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
# An owner's first check, then everybody's second: `share` is how many that owner would have in flight. The rows are
# looked at again when they are locked, since another worker may have been faster.
_FAIREST = f"""
    SELECT endpoint_id FROM endpoint_check_monitor
    WHERE region = %s AND next_check_at <= now() AND endpoint_id IN (
        SELECT endpoint_id FROM (
            SELECT endpoint_id, next_check_at, coalesce(held.count, 0)
                + row_number() OVER (PARTITION BY user_id ORDER BY next_check_at) AS share
            FROM (
                SELECT endpoint_id, user_id, next_check_at FROM endpoint_check_monitor
                WHERE region = %s AND next_check_at <= now() ORDER BY next_check_at LIMIT {LOOKED_THROUGH}
            ) AS waiting LEFT JOIN unnest(%s::bigint[], %s::bigint[]) AS held(user_id, count) USING (user_id)
        ) AS shared WHERE share <= %s ORDER BY share, next_check_at LIMIT %s
    ) FOR UPDATE SKIP LOCKED
"""  # noqa: S608  nothing of it comes from outside
_THESE = """
    SELECT endpoint_id FROM endpoint_check_monitor
    WHERE region = %s AND next_check_at <= now() AND endpoint_id = ANY(%s) FOR UPDATE SKIP LOCKED
"""
_CLAIM = f"""
WITH due AS ({{due}})
UPDATE endpoint_check_monitor m SET
    claim = %s,
    next_check_at = now() + make_interval(secs => {_TIMEOUT} + {LEASE_MARGIN}),
    slot_at = CASE
        WHEN slot_at > now() - make_interval(secs => {STALE}) THEN slot_at
        ELSE {_SINCE} + make_interval(
            secs => floor(extract(epoch FROM now() - {_SINCE})::float8 / {INTERVAL}) * {INTERVAL})
    END
FROM due WHERE m.endpoint_id = due.endpoint_id AND m.region = %s
RETURNING now(), m.endpoint_id, user_id, spec, version, tags, {INTERVAL}, slot_at, {_STATUS}
"""  # noqa: S608  nothing of it comes from outside
_CLAIM_LONGEST_DUE, _CLAIM_FAIREST, _CLAIM_THESE = (_CLAIM.format(due=due) for due in (_LONGEST_DUE, _FAIREST, _THESE))
_DUE = """
SELECT endpoint_id FROM endpoint_check_monitor
WHERE region = %s AND next_check_at <= now() ORDER BY next_check_at LIMIT %s
"""
_RELEASE = """
UPDATE endpoint_check_monitor SET next_check_at = slot_at, claim = NULL, slot_at = NULL
WHERE claim = %s AND endpoint_id = ANY(%s)
"""
_POSTPONE = f"""
UPDATE endpoint_check_monitor m SET
    claim = NULL, next_check_at = now() + make_interval(secs => v.seconds),
    slot_at = CASE WHEN now() + make_interval(secs => v.seconds) < slot_at + make_interval(secs => {INTERVAL})
        THEN slot_at END
FROM unnest(%s::bigint[], %s::float8[]) AS v(endpoint_id, seconds)
WHERE m.endpoint_id = v.endpoint_id AND m.claim = %s
"""  # noqa: S608  nothing of it comes from outside
# What is open stays open; what cannot be read, or made sense of, is among the others.
_START_ANEW = f"""
UPDATE endpoint_check_monitor SET
    claim = NULL, slot_at = NULL, next_check_at = now() + make_interval(secs => {INTERVAL}),
    interval = {INTERVAL}, timeout = {_TIMEOUT}, run_kind = '', run_count = 0, run_started_at = NULL,
    incident_started_at = NULL, last_good_at = NULL, changed_at = now(), certificate_expires_at = NULL,
    certificate_warned = NULL, certificates_warned = '', moves = NULL, flapping_since = NULL, last_checked_at = NULL,
    unknown = false
WHERE region = %s AND endpoint_id = %s AND (claim = %s OR next_check_at <= now())
"""  # noqa: S608  nothing of it comes from outside

Parameter = int | str | list[int]
"""Of a statement."""


@dataclass(slots=True)
class Lease:
    """One due check: `slot` is the moment that it fulfils, `status` what was known before it, `host` what it asks."""

    endpoint_id: int
    user_id: int
    spec: str
    version: int
    tags: list[str]
    interval: float
    slot: datetime
    status: MonitorState
    host: str = ""


@dataclass(frozen=True, slots=True)
class OwnerShares:
    """How a scarce thing is shared: by what each owner has in flight, up to `most` for one of them."""

    held: Mapping[int, int]
    most: int


def claim_due(
    *, region: str, limit: int, token: int, shares: OwnerShares | None = None
) -> tuple[list[Lease], datetime | None]:
    """Claim up to `limit` due monitors; also the database's clock (None where nothing is due).

    They are the longest due, or with `shares` those of the owners who have the least in flight. A row that cannot be
    read is set aside and its monitor begins anew.
    """
    claiming, parameters = _CLAIM_LONGEST_DUE, list[Parameter]((region, limit))
    if shares is not None:
        held = shares.held
        claiming, parameters = _CLAIM_FAIREST, [region, region, list(held), list(held.values()), shares.most, limit]
    try:
        with transaction.atomic():
            return _claim(claiming, parameters, region=region, token=token)
    except NOBODYS_FAULT:
        raise
    except Exception:
        logger.exception("Due monitors could not be claimed together")
        return _claim_apart(region=region, limit=limit, token=token)


def _claim(
    claiming: str, parameters: Sequence[Parameter], *, region: str, token: int
) -> tuple[list[Lease], datetime | None]:
    with connection.cursor() as cursor:
        cursor.execute(claiming, [*parameters, token, region])
        rows = cursor.fetchall()
    return [Lease(*(*row[1:8], MonitorState(*row[8:]))) for row in rows], rows[0][0] if rows else None


def _claim_apart(*, region: str, limit: int, token: int) -> tuple[list[Lease], datetime | None]:
    """The same in halves, down to the rows that cannot be claimed."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [region, limit])
        due = [row[0] for row in cursor.fetchall()]
    claimed: list[Lease] = []
    clocks: list[datetime] = []

    def take(part: Sequence[int]) -> None:
        claims, clock = _claim(_CLAIM_THESE, [region, list(part)], region=region, token=token)
        claimed.extend(claims)
        if clock is not None:
            clocks.append(clock)

    for endpoint_id in each_alone(due, take, queue="endpoint_check.claims", describe=_shown):
        start_anew(region=region, endpoint_id=endpoint_id, token=token)
    return claimed, max(clocks, default=None)


def _shown(endpoint_id: int) -> str | None:
    """The row as JSON, without the spec, which holds secrets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT jsonb_agg(to_jsonb(m) - 'spec')::text FROM endpoint_check_monitor m WHERE endpoint_id = %s",
            [endpoint_id],
        )
        found: str | None = cursor.fetchone()[0]
        return found


def start_anew(*, region: str, endpoint_id: int, token: int) -> None:
    """The way out for a monitor whose row, or state, nobody can handle: it is checked again after its interval."""
    with connection.cursor() as cursor:
        cursor.execute(_START_ANEW, [region, endpoint_id, token])


def release(*, token: int, endpoint_ids: Sequence[int]) -> None:
    """Give claims back unfinished: their slots are due again at once."""
    if endpoint_ids:
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, [token, list(endpoint_ids)])


def postpone(*, token: int, seconds: Mapping[int, float]) -> None:
    """Give claims back unfinished, to be due again in so many seconds; the slot is kept while it is the latest."""
    if seconds:
        with connection.cursor() as cursor:
            cursor.execute(_POSTPONE, [list(seconds), list(seconds.values()), token])


def due_count(*, region: str, ahead: float, limit: int) -> int:
    """How many monitors are due within `ahead` seconds, counted up to `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM endpoint_check_monitor"
            " WHERE region = %s AND next_check_at <= now() + make_interval(secs => %s) LIMIT %s) due",
            [region, ahead, limit],
        )
        return int(cursor.fetchone()[0])
