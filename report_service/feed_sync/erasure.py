# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""What becomes of the data of deleted endpoints and users: it goes, in steps that a killed worker takes up again."""

from django.db import connection, transaction
from django.utils import timezone

from common.models import Owner
from report_service.models import BadgeToken, EndpointCopy, Incident, StatusPage, UserCopy, WindowCopy
from report_service.results.partitions import lock, partition_days, table_of

_STEPS_A_RUN = 20


def erase_deleted() -> int:
    """Erase what deleted users and endpoints left; returns how many endpoints were finished in this run.

    A row is marked as erased only after its last step; every step may be taken twice.
    """
    for user in UserCopy.objects.filter(deleted=True, erased_at=None)[:_STEPS_A_RUN]:
        with transaction.atomic():
            EndpointCopy.objects.filter(user_id=user.id, deleted=False).update(deleted=True)
            StatusPage.objects.filter(user_id=user.id).delete()
            WindowCopy.objects.filter(user_id=user.id).delete()
            UserCopy.objects.filter(id=user.id).update(name="", erased_at=timezone.now())
    endpoints = list(EndpointCopy.objects.filter(deleted=True, erased_at=None).order_by("id")[:_STEPS_A_RUN])
    for endpoint in endpoints:
        endpoint_erase(endpoint_id=endpoint.id)
    return len(endpoints)


def gone_owners_sweep() -> None:
    """Remove what was made for deleted owners after they were erased: a key may outlive its user for some seconds."""
    gone = Owner.objects.filter(deleted=True).values("id")
    StatusPage.objects.filter(user_id__in=gone).delete()
    WindowCopy.objects.filter(user_id__in=gone).delete()
    EndpointCopy.objects.filter(user_id__in=gone, deleted=False).update(deleted=True)


def endpoint_erase(*, endpoint_id: int) -> None:
    """Remove results, rollups, incidents and the copy's own texts."""
    for day in partition_days():
        _erase_results(table_of(day), endpoint_id)
    for table in ("rollup_hour", "rollup_day", "rollup_month", "latest_result", "glance"):
        with transaction.atomic(), connection.cursor() as cursor:
            lock()
            cursor.execute(f"DELETE FROM {table} WHERE endpoint_id = %s", [endpoint_id])
    Incident.objects.filter(endpoint_id=endpoint_id).delete()
    BadgeToken.objects.filter(endpoint_id=endpoint_id).delete()
    EndpointCopy.objects.filter(id=endpoint_id).update(key="", name="", url="", tags=[], erased_at=timezone.now())


def _erase_results(table: str, endpoint_id: int) -> None:
    """A day's, in a turn of its own, so that results go on coming in meanwhile; they no longer count for their user."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock()
        cursor.execute("SELECT to_regclass(%s)", [table])
        if cursor.fetchone()[0]:
            cursor.execute(
                f"WITH gone AS (DELETE FROM {table} WHERE endpoint_id = %s RETURNING user_id, checked_at, region, status),"
                " counted AS (SELECT user_id, date_trunc('hour', checked_at, 'UTC') AS start, region, status, count(*)"
                " FROM gone GROUP BY 1, 2, 3, 4)"
                " UPDATE report_count SET checks = report_count.checks - counted.count FROM counted"
                " WHERE (report_count.user_id, report_count.start, report_count.region, report_count.status)"
                " = (counted.user_id, counted.start, counted.region, counted.status)",
                [endpoint_id],
            )
