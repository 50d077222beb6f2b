"""The tasks of notification_service."""

from common.celery import task


@task
def sync() -> None:
    """."""


@task
def sweep() -> None:
    """."""
