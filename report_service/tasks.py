"""The tasks of report_service."""

from common.between.feeds import follow
from common.celery import task
from report_service.feed_sync import endpoint_copies, erasure, maintenance_windows
from report_service.models import Cursor
from report_service.results import evidence_quota
from report_service.results import partitions as days
from report_service.rollups import monthly
from report_service.uptime import overview_cache as ready


@task
def sync() -> None:
    """Follow users, endpoints and maintenance windows, and erase what the deleted ones left."""
    follow(Cursor, "user_service", "/users", endpoint_copies.users_apply)
    follow(Cursor, "endpoint_service", "/endpoints", endpoint_copies.endpoints_apply)
    follow(Cursor, "endpoint_service", "/maintenance-windows", maintenance_windows.windows_apply)
    erasure.erase_deleted()


@task
def glances() -> None:
    """Make ready what the overview shows of the past."""
    ready.overview_cache_refresh()


@task
def partitions() -> None:
    """Make the next days' partitions and drop what lies beyond the retention; make its months."""
    days.partitions_make_ahead()
    days.partitions_drop_old()
    days.hours_drop_old()
    erasure.gone_owners_sweep()
    evidence_quota.evidence_forget(before=days.oldest_kept())
    monthly.months_roll_up()
