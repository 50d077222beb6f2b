"""Wakes the sweep at once. Losing the message costs nothing: beat sends one every second anyway."""

import logging

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from common.celery import app

logger = logging.getLogger(__name__)


def kick() -> None:
    """Send `sweep`; where the broker is away, that is logged and no more."""
    try:
        app.send_task("notification_service.tasks.sweep", expires=1)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("Could not wake the sweep: %s", error)
