"""The tasks: following users, removing tombstones."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer

from common.between import feeds
from common.models import DeadLetter, Owner
from endpoint_service.models import Endpoint, FollowedFeed, MaintenanceWindow
from endpoint_service.tasks import purge, sweep_owners, sync_users

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


def test_what_a_key_made_after_its_user_was_deleted_is_swept(owner, outsider, make) -> None:
    kept = outsider.post("/api/endpoints", {"url": "a.example"}).json()
    make()
    owner.post("/api/maintenance-windows", WINDOW)
    sweep_owners()
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 1
    Owner.objects.create(id=1, deleted=True)
    sweep_owners()
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0
    assert owner.get("/api/maintenance-windows").json()["page"]["total_count"] == 0
    assert outsider.get(f"/api/endpoints/{kept['id']}").json() == kept
    assert owner.post("/api/endpoints", {"url": "a.example"}).status_code == 401


def test_a_user_that_cannot_be_understood_holds_back_no_other(owner, httpserver: HTTPServer, settings, make) -> None:
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "user_service": httpserver.url_for("").rstrip("/")}
    odd = [user(2) | {"deleted": None, "quotas": "odd"}, {"name": "nobody"}, user(2**70)]
    httpserver.expect_request("/users").respond_with_json({"items": [*odd, user(1, deleted=True)], "cursor": "next"})
    make()
    sync_users()
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0
    assert FollowedFeed.objects.get().cursor == "next"
    assert DeadLetter.objects.filter(queue="user_service/users").count() >= 2


def test_owners_and_their_quotas_follow_the_feed(httpserver: HTTPServer, settings) -> None:
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "user_service": httpserver.url_for("").rstrip("/")}
    items = [user(1) | {"quotas": {"endpoints": 7}}, user(2, deleted=True)]
    httpserver.expect_request("/users").respond_with_json({"items": items, "cursor": "next"})
    sync_users()
    assert set(Owner.objects.values_list("id", "deleted")) == {(1, False), (2, True)}
    assert Owner.objects.get(id=1).quotas == {"endpoints": 7}


def test_tombstones_are_kept_for_90_days(owner, make, monkeypatch) -> None:
    old, older, young, live = (make()["id"] for _ in range(4))
    window = owner.post("/api/maintenance-windows", WINDOW).json()["id"]
    for path in (f"endpoints/{old}", f"endpoints/{older}", f"endpoints/{young}", f"maintenance-windows/{window}"):
        owner.delete(f"/api/{path}")
    long_ago = timezone.now() - timedelta(days=91)
    monkeypatch.setattr(feeds, "PURGED_AT_ONCE", 1)
    Endpoint.objects.filter(id__in=[old, older]).update(deleted_at=long_ago)
    MaintenanceWindow.objects.update(deleted_at=long_ago)
    purge()
    assert set(Endpoint.objects.values_list("id", flat=True)) == {young, live}
    assert not MaintenanceWindow.objects.exists()
