"""Results, endpoints and incidents to test with."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from common.testing.cast import OWNER_ID, internal_client
from report_service.models import EndpointCopy, Incident

MINUTE = timedelta(minutes=1)


def midday(days_ago: int = 1) -> datetime:
    """Noon (UTC) of an earlier day: far from the edges of days and of the retention."""
    return datetime.combine(timezone.now().date() - timedelta(days=days_ago), datetime.min.time(), UTC).replace(hour=12)


def result(**fields: Any) -> dict[str, Any]:
    """A good result as endpoint_check sends it."""
    moment = fields.pop("checked_at", None) or midday()
    return {
        "endpoint_id": 10,
        "user_id": OWNER_ID,
        "region": "default",
        "checked_at": moment.isoformat(),
        "status": "up",
        "state": "up",
        "covers_ms": 60_000,
        "http_status": 200,
        "total_ms": 120.5,
        "phases": {"name_lookup_ms": 1.5, "connect_ms": 10, "tls_ms": None, "first_byte_ms": 100, "transfer_ms": 9},
        "resolved_ip": "93.184.215.14",
        **fields,
    }


def send(*results: dict[str, Any]) -> dict[str, Any]:
    """Post a list of results, whatever texts they hold; returns the answer."""
    response = internal_client().generic("POST", "/reports", json.dumps(results), content_type="application/json")
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    return body


def endpoint(endpoint_id: int = 10, user_id: int = OWNER_ID, **fields: Any) -> EndpointCopy:
    """An endpoint that the feed brought."""
    return EndpointCopy.objects.create(
        id=endpoint_id, user_id=user_id, name=f"site {endpoint_id}", url=f"https://site-{endpoint_id}.example", **fields
    )


def incident(user_id: int = OWNER_ID, **fields: Any) -> Incident:
    """An incident that began at noon of yesterday."""
    return Incident.objects.create(
        **{"id": uuid.uuid4(), "endpoint_id": 10, "user_id": user_id, "region": "default", "started_at": midday()}
        | fields
    )
