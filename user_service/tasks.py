"""The tasks of user_service."""

from common.celery import task


@task
def purge() -> None:
    """."""
