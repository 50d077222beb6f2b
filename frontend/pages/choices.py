"""The visitor's endpoints, for choosing among them."""

from typing import Any

from frontend.web.visitor import WebRequest

PER_PAGE = 100
MOST = 1000
"""As many as a channel or a window can name."""


def endpoints_of(request: WebRequest) -> list[dict[str, Any]]:
    """By name, at most a thousand; raises `Refused`."""
    found: list[dict[str, Any]] = []
    for page in range(1, MOST // PER_PAGE + 1):
        answer = request.gateway.get("/endpoint-service/endpoints", sort="name", per_page=PER_PAGE, page=page)
        found += answer["items"]
        if len(found) >= answer["page"]["total_count"]:
            break
    return found
