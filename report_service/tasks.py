"""The tasks of report_service."""

from common.celery import task


@task
def sync() -> None:
    """."""


@task
def partitions() -> None:
    """."""
