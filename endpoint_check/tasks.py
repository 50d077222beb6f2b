"""The tasks of endpoint_check."""

from common.celery import task


@task
def dispatch() -> None:
    """."""


@task
def sync() -> None:
    """."""


@task
def deliver() -> None:
    """."""
