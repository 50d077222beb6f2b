"""The tasks of endpoint_service."""

from common.celery import task


@task
def sync_users() -> None:
    """."""


@task
def purge() -> None:
    """."""
