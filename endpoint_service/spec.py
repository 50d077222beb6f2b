"""What a spec is made of: its fields, their defaults (design: "Defaults") and limits."""

from typing import Any

from django.db import models


class Kind(models.TextChoices):
    """How an endpoint is probed."""

    HTTP = "http"
    TCP = "tcp"
    TLS = "tls"
    DNS = "dns"
    PING = "ping"


class Method(models.TextChoices):
    """The HTTP methods that a probe may use."""

    GET = "GET"
    HEAD = "HEAD"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    OPTIONS = "OPTIONS"


class State(models.TextChoices):
    """The monitor's state, as the checker last told it; a paused endpoint is paused at once."""

    PENDING = "pending"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    PAUSED = "paused"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


DONE = ("ok",)
OUTCOMES = ("ok", "fail")
"""What calls that are no CRUD answer as `status`."""

SPEC_FIELDS = (
    "kind",
    "url",
    "method",
    "headers",
    "body",
    "interval",
    "timeout",
    "expected_status",
    "assertions",
    "failure_threshold",
    "recovery_threshold",
    "enabled",
    "options",
)
"""What the checker must know; a change of any of them makes a new version."""

MIN_INTERVAL, MAX_INTERVAL = 5, 86_400
MIN_TIMEOUT, MAX_TIMEOUT = 1, 60
MAX_THRESHOLD = 20
MAX_BODY = 64 * 1024
"""Bytes of UTF-8."""
MAX_NAME, MAX_KEY, MAX_TAG, MAX_TAGS = 200, 100, 50, 20
MAX_SPEC_JSON = 128 * 1024
"""Bytes of a spec's headers, assertions and options together."""


def default_spec() -> dict[str, Any]:
    """A new spec's values; only `url` has none."""
    return {
        "kind": Kind.HTTP.value,
        "method": Method.GET.value,
        "headers": {},
        "body": "",
        "interval": 60,
        "timeout": 10,
        "expected_status": "200-299",
        "assertions": [],
        "failure_threshold": 3,
        "recovery_threshold": 2,
        "enabled": True,
        "options": {},
    }
