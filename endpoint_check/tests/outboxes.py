"""What waits in an outbox, message by message."""

import json
from typing import Any

from endpoint_check.models import Outbox


def waiting(outbox: type[Outbox]) -> list[dict[str, Any]]:
    """Every message, oldest first."""
    rows = outbox._default_manager.order_by("id")
    found: list[dict[str, Any]] = json.loads(f"[{','.join(row.payload for row in rows)}]")
    assert len(found) == sum(row.count for row in rows)
    return found
