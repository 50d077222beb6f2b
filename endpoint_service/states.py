"""What endpoint_check says about states, written in one statement however many there are."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

_APPLY = """
WITH said AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS said (endpoint_id, state, changed_at, checked_at)
), held AS (
    SELECT stored.endpoint_id, said.state, said.changed_at, said.checked_at,
        endpoint.enabled = (said.state <> 'paused') AND (
            said.changed_at >= stored.changed_at
            OR (stored.state = 'pending' AND said.checked_at >= stored.changed_at)
        ) AS moves
    FROM endpoint_service_endpointstate AS stored
    JOIN said USING (endpoint_id)
    JOIN endpoint_service_endpoint AS endpoint ON endpoint.id = stored.endpoint_id
    ORDER BY stored.endpoint_id
    FOR UPDATE OF stored
)
UPDATE endpoint_service_endpointstate AS stored SET
    state = CASE WHEN held.moves THEN held.state ELSE stored.state END,
    changed_at = CASE WHEN held.moves THEN held.changed_at ELSE stored.changed_at END,
    checked_at = GREATEST(stored.checked_at, held.checked_at)
FROM held
WHERE stored.endpoint_id = held.endpoint_id
"""


def states_apply(*, states: Iterable[dict[str, Any]]) -> None:
    """Take `{"endpoint_id", "state", "changed_at", "checked_at"}`; unknown ids are ignored.

    An older `changed_at` than the stored one changes nothing but for an endpoint that waits for its first word since
    it was made or resumed: there any check after that counts, since the checker's own state may be older. A paused
    endpoint stays paused, whatever a check that was still running found.
    """
    latest: dict[int, dict[str, Any]] = {}
    for state in states:
        known = latest.get(state["endpoint_id"])
        if known is None or _moment(state) > _moment(known):
            latest[state["endpoint_id"]] = state
    if not latest:
        return
    rows = list(latest.values())
    columns = [[row.get(name) for row in rows] for name in ("endpoint_id", "state", "changed_at", "checked_at")]
    with connection.cursor() as cursor:
        cursor.execute(_APPLY, columns)


def _moment(state: dict[str, Any]) -> tuple[Any, Any]:
    return state["changed_at"], state.get("checked_at") or state["changed_at"]
