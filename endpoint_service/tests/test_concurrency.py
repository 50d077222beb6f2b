"""Two requests at the same moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from common.testing.cast import OWNER_ID, client_for
from endpoint_service.models import Endpoint, MaintenanceWindow

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: int, act, threads: int | None = None) -> list[int]:
    def run(number: int) -> int:
        try:
            return int(act(client_for(OWNER_ID), number).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads or calls) as pool:
        return sorted(pool.map(run, range(calls)))


def test_endpoints_made_at_once_get_different_keys() -> None:
    made = at_once(6, lambda client, _: client.post("/api/endpoints", {"url": "a.example"}))
    assert made == [201] * 6
    assert len(set(Endpoint.objects.values_list("key", flat=True))) == 6


def test_the_limit_holds_for_endpoints_made_at_once(settings) -> None:
    settings.MAX_ENDPOINTS_PER_USER = 3
    made = at_once(6, lambda client, _: client.post("/api/endpoints", {"url": "a.example"}))
    assert made == [201] * 3 + [400] * 3


def test_no_limit_is_passed_by_sixty_calls_at_once(owner, settings) -> None:
    settings.MAX_ENDPOINTS_PER_USER, settings.MAX_MAINTENANCE_WINDOWS_PER_USER = 7, 5
    settings.QUOTAS = ["checks_per_minute_to_a_host=3"]
    window = {"name": "W", "starts_at": "2030-03-01T01:00:00Z", "duration": 3600}

    def act(client, number: int):
        kind = number % 4
        if kind == 0:
            return client.post("/api/maintenance-windows", window)
        if kind == 1:
            return client.post("/api/endpoints/bulk", {"action": "create", "endpoints": [{"url": "a.example"}]})
        if kind == 2:
            return client.post("/api/endpoints/import", {"endpoints": [{"url": "b.example", "key": f"k{number}"}]})
        return client.post("/api/endpoints", {"url": f"{number}.example"})

    assert set(at_once(60, act, threads=20)) <= {200, 201, 400, 429}
    assert Endpoint.objects.count() == 7
    assert MaintenanceWindow.objects.count() == 5
    assert Endpoint.objects.filter(url="https://a.example").count() <= 3


def test_changes_made_at_once_are_each_a_version(owner) -> None:
    path = f"/api/endpoints/{owner.post('/api/endpoints', {'url': 'a.example'}).json()['id']}"
    assert at_once(6, lambda client, number: client.patch(path, {"interval": 100 + number})) == [200] * 6
    assert owner.get(path).json()["version"] == 7


def test_states_and_switches_at_once_never_lock_each_other_out(owner, internal) -> None:
    ids = [owner.post("/api/endpoints", {"url": "a.example"}).json()["id"] for _ in range(20)]
    said = [{"endpoint_id": i, "state": "up", "changed_at": "2040-01-01T00:00:00Z", "version": 1} for i in ids]

    def act(client, number: int):
        if number % 2:
            return internal.post("/endpoints/states", {"states": said if number % 3 else said[::-1]})
        action = "pause" if number % 4 else "resume"
        return client.post("/api/endpoints/bulk", {"action": action, "ids": ids if number % 3 else ids[::-1]})

    assert at_once(8, act) == [200] * 8
