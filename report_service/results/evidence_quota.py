"""How much is kept of what failing sites answer: of an incident the first answers and then those that differ, of an owner so
many bytes a day. Beyond that results are kept without.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from common.quotas import limit_of_each
from report_service.models import EvidenceUse, IncidentEvidence
from report_service.results.decoding import Row, evidence_of
from report_service.rollups.time_spans import HOUR, floor

QUOTA = "evidence_bytes_per_day"
FIRST = 3
"""Answers of an incident that are kept whatever they say."""
SPACING = timedelta(minutes=1)
"""Between two more that differ: some sites never answer the same twice."""
_HOURS = 24
_COUNTING = re.compile(r"[0-9a-fA-F]{2,}|[0-9]")
"""Times, ids and digests, which differ in each answer and say nothing."""
_TELLING = frozenset({"content-type", "location", "server", "retry-after", "www-authenticate"})


def evidence_limit(rows: Sequence[Row]) -> None:
    """Take what is too much out of the rows, and remember what is kept of each incident.

    The bytes are counted by the ingest's own statement, of the rows that it inserted.
    """
    shown = [row for row in rows if row.response_headers is not None or row.response_body is not None]
    if not shown:
        return
    owners = {row.user_id for row in shown}
    most, used = limit_of_each(owners, QUOTA), evidence_used(owners)
    left = {owner: most[owner] - used.get(owner, 0) for owner in owners}
    known = IncidentEvidence.objects.in_bulk(list({UUID(row.incident_id) for row in shown if row.incident_id}))
    changed = dict[UUID, IncidentEvidence]()
    for row in sorted(shown, key=lambda row: row.checked_at):
        size = sum(len(text.encode()) for text in evidence_of(row) if text)
        digest = _digest(row)
        incident_id = UUID(row.incident_id) if row.incident_id else None
        before = known.get(incident_id) if incident_id else None
        if size > left[row.user_id] or (before and not _tells(before, digest, row.checked_at)):
            row.response_headers = row.response_body = None
            continue
        left[row.user_id] -= size
        if incident_id:
            kept = before.kept + 1 if before else 1
            changed[incident_id] = known[incident_id] = IncidentEvidence(
                incident_id=incident_id, kept=kept, digest=digest, kept_at=row.checked_at
            )
    IncidentEvidence.objects.bulk_create(
        [changed[number] for number in sorted(changed)],
        update_conflicts=True,
        unique_fields=["incident_id"],
        update_fields=["kept", "digest", "kept_at"],
    )


def evidence_used(user_ids: Collection[int]) -> dict[int, int]:
    """The bytes that were kept within the last day, by owner."""
    since = floor(timezone.now(), HOUR) - (_HOURS - 1) * HOUR
    rows = EvidenceUse.objects.filter(user_id__in=user_ids, start__gte=since).values_list("user_id")
    return dict(rows.annotate(Sum("bytes")))


def evidence_forget(*, before: datetime) -> None:
    """Remove what counts no more, and what is known of incidents whose results are gone."""
    EvidenceUse.objects.filter(start__lt=timezone.now() - 2 * _HOURS * HOUR).delete()
    IncidentEvidence.objects.filter(kept_at__lt=before).delete()


def _tells(before: IncidentEvidence, digest: int, at: datetime) -> bool:
    return before.kept < FIRST or (digest != before.digest and at - before.kept_at >= SPACING)


def _digest(row: Row) -> int:
    headers = row.response_headers or {}
    telling = sorted((name.lower(), value) for name, value in headers.items() if name.lower() in _TELLING)
    words = f"{row.http_status} {row.error_code} {telling} {evidence_of(row)[1]}"
    digest = blake2b(_COUNTING.sub("#", words).encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
