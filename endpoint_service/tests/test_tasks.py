"""The tasks: following users, removing tombstones."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from endpoint_service.models import Endpoint, FollowedFeed, MaintenanceWindow
from endpoint_service.tasks import purge, sync_users

pytestmark = pytest.mark.django_db
WINDOW = {"name": "w", "starts_at": "2030-01-01T00:00:00Z", "duration": 60}


def user(user_id: int, *, deleted: bool = False) -> dict[str, object]:
    return {
        "id": user_id,
        "email": "a@example.com",
        "name": "A",
        "language": "ko",
        "time_zone": "Asia/Seoul",
        "deleted": deleted,
        "created_at": "2030-01-01T00:00:00.000000Z",
    }


def test_a_deleted_users_endpoints_and_windows_go(owner, outsider, make, httpserver: HTTPServer, settings) -> None:
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "user_service": httpserver.url_for("").rstrip("/")}
    httpserver.expect_request("/users").respond_with_json({"items": [user(1, deleted=True), user(2)], "cursor": "next"})
    make(headers={"Cookie": "a"})
    owner.post("/api/maintenance-windows", WINDOW)
    kept = outsider.post("/api/endpoints", {"url": "a.example"}).json()
    sync_users()
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0
    assert owner.get("/api/maintenance-windows").json()["page"]["total_count"] == 0
    assert Endpoint.objects.get(user_id=1).secrets is None
    assert outsider.get(f"/api/endpoints/{kept['id']}").json() == kept
    assert FollowedFeed.objects.get().cursor == "next"


def test_tombstones_are_kept_for_90_days(owner, make) -> None:
    old, young, live = (make()["id"] for _ in range(3))
    window = owner.post("/api/maintenance-windows", WINDOW).json()["id"]
    for path in (f"endpoints/{old}", f"endpoints/{young}", f"maintenance-windows/{window}"):
        owner.delete(f"/api/{path}")
    long_ago = timezone.now() - timedelta(days=91)
    Endpoint.objects.filter(id=old).update(deleted_at=long_ago)
    MaintenanceWindow.objects.update(deleted_at=long_ago)
    purge()
    assert set(Endpoint.objects.values_list("id", flat=True)) == {young, live}
    assert not MaintenanceWindow.objects.exists()
