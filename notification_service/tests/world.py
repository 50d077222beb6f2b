"""A receiver of messages and an endpoint, as a stateful test moves them."""

import json
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st
from werkzeug import Request, Response

from common.contracts.alerts import CHOICES
from notification_service.tests.conftest import endpoint_item

ENDPOINTS = st.integers(1, 3)
TAGS = st.sampled_from([[], ["shop"], ["blog"]])
EVENTS = st.sampled_from(
    [list(CHOICES), ["down", "up", "recovered"], ["degraded", "up", "recovered"], ["up", "recovered"]]
)
SCOPES = st.sampled_from(
    [
        {"covers_all": True},
        {"endpoint_ids": [1], "tags": []},
        {"endpoint_ids": [], "tags": ["shop"]},
        {"covers_all": False, "endpoint_ids": [], "tags": []},
    ]
)


class Receiver:
    """Takes messages, or says that it is busy; `news` are those that were taken since one looked."""

    def __init__(self) -> None:
        self.busy = 0
        self.news: list[dict[str, Any]] = []

    def __call__(self, request: Request) -> Response:
        if self.busy:
            self.busy -= 1
            return Response("later", status=503)
        self.news.append(json.loads(request.get_data()))
        return Response("thanks")


class Site:
    """An endpoint as the checker and endpoint_service know it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.tags: list[str] = []
        self.enabled, self.deleted = True, False
        self.state: str | None = None
        self.incident = ""

    def item(self) -> dict[str, Any]:
        return endpoint_item(
            self.number, tags=self.tags, enabled=self.enabled, deleted=self.deleted, interval=60,
            updated_at=timezone.now().isoformat(),
        )  # fmt: skip
