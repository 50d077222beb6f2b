"""The tasks of report_service."""

from common.celery import task
from common.feeds import follow
from report_service import copies, erasure
from report_service import partitions as days
from report_service.models import Cursor


@task
def sync() -> None:
    """Follow users and endpoints, and erase what the deleted ones left."""
    follow(Cursor, "user_service", "/users", copies.users_apply)
    follow(Cursor, "endpoint_service", "/endpoints", copies.endpoints_apply)
    erasure.erase_deleted()


@task
def partitions() -> None:
    """Make the next days' partitions and drop what lies beyond the retention."""
    days.partitions_make_ahead()
    days.partitions_drop_old()
    days.hours_drop_old()
