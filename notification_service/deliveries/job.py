"""One claimed attempt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notification_service.messages.content import Content


@dataclass(frozen=True)
class Job:
    """An attempt, whole: sending it needs no database. `cost` is what it was counted for of its owner's quota."""

    delivery_id: int
    user_id: int
    attempt: int
    kind: str
    settings: dict[str, Any]
    content: Content
    give_up_at: datetime
    host: str = ""
    cost: int = 0

    @property
    def key(self) -> str:
        """The same for every repetition."""
        return f"delivery-{self.delivery_id}"
