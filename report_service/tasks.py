"""The tasks of report_service."""

from common.celery import task
from common.feeds import follow
from report_service import copies, erasure, evidence, months, windows
from report_service import glances as ready
from report_service import partitions as days
from report_service.models import Cursor


@task
def sync() -> None:
    """Follow users, endpoints and maintenance windows, and erase what the deleted ones left."""
    follow(Cursor, "user_service", "/users", copies.users_apply)
    follow(Cursor, "endpoint_service", "/endpoints", copies.endpoints_apply)
    follow(Cursor, "endpoint_service", "/maintenance-windows", windows.windows_apply)
    erasure.erase_deleted()


@task
def glances() -> None:
    """Make ready what the overview shows of the past."""
    ready.glances_make()


@task
def partitions() -> None:
    """Make the next days' partitions and drop what lies beyond the retention; make its months."""
    days.partitions_make_ahead()
    days.partitions_drop_old()
    days.hours_drop_old()
    erasure.gone_owners_sweep()
    evidence.evidence_forget(before=days.oldest_kept())
    months.months_fold()
