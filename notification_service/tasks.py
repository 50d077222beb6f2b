"""The tasks of notification_service."""

import logging

from common.celery import task
from common.errors import PeerError
from common.feeds import follow
from notification_service import measures, sending, upkeep, users
from notification_service.models import Cursor

logger = logging.getLogger(__name__)
_watch = measures.Watch()


@task
def sync() -> None:
    """Learn of users and endpoints; a peer that is away is asked again with the next tick."""
    for service, path, apply in (
        ("user_service", "/users", users.users_apply),
        ("endpoint_service", "/endpoints", users.endpoints_apply),
    ):
        try:
            follow(Cursor, service, path, apply)
        except PeerError as error:
            logger.warning("Could not follow %s%s: %s", service, path, error)


@task
def sweep() -> None:
    """Send what is due."""
    _watch.look()
    sending.deliveries_send()


@task
def purge() -> None:
    """Forget what was told long ago."""
    upkeep.history_purge()
