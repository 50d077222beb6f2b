"""The tasks of user_service."""

from common.celery import task
from common.feeds import purge_tombstones
from user_service.key_services import expired_keys_purge
from user_service.models import User


@task
def purge() -> None:
    """Remove expired keys, and tombstones after 90 days."""
    expired_keys_purge()
    purge_tombstones(User)
