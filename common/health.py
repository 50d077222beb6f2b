"""`/health/live`: the process answers. `/health/ready`: what it needs answers too. For probes, not for users."""

import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)
TIMEOUT = 2.0
"""Seconds that one part may take to answer."""


def check_database() -> None:
    """Raises where the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_broker() -> None:
    """Raises where Valkey does not answer."""
    client = redis.Redis.from_url(settings.BROKER_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT)
    try:
        client.ping()
    finally:
        client.close()


def needed() -> dict[str, Callable[[], None]]:
    """What this service cannot work without."""
    checks: dict[str, Callable[[], None]] = {}
    if settings.FLEET_SERVICE.database:  # Django itself fills in an empty DATABASES
        checks["database"] = check_database
    if settings.BROKER_URL:
        checks["broker"] = check_broker
    return checks


@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process serves."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503 with which one does not."""
    parts = {}
    for name, check in needed().items():
        try:
            check()
            parts[name] = "ok"
        except Exception as error:  # noqa: BLE001  whatever is wrong, the answer is "not ready"
            logger.warning("%s is not ready: %s", name, error)
            parts[name] = "fail"
    ok = all(state == "ok" for state in parts.values())
    return JsonResponse({"status": "ok" if ok else "fail", "parts": parts}, status=200 if ok else 503)
