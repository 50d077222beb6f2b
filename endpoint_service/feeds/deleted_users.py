"""What users who are deleted leave behind: found, and deleted."""

from collections.abc import Sequence

from common.models import Owner
from endpoint_service.endpoints.services import endpoints_delete
from endpoint_service.models import LIVE, Endpoint, MaintenanceWindow
from endpoint_service.windows.services import windows_delete


def deleted_owners_with_rows() -> list[int]:
    """Owners who are gone and still have something."""
    gone = Owner.objects.filter(deleted=True).values("id")
    having = Endpoint.objects.filter(LIVE, user_id__in=gone).order_by().values_list("user_id")
    return [
        row[0] for row in having.union(MaintenanceWindow.objects.filter(LIVE, user_id__in=gone).values_list("user_id"))
    ]


def users_clear(*, user_ids: Sequence[int]) -> None:
    """Delete what users who are deleted leave behind."""
    if user_ids:
        endpoints_delete(endpoints=Endpoint.objects.filter(user_id__in=user_ids))
        windows_delete(windows=MaintenanceWindow.objects.filter(user_id__in=user_ids))
