"""What one owner may use."""

import pytest

from common.models import Owner
from common.testing.contracts import assert_error, assert_ok, assert_page

pytestmark = pytest.mark.django_db
PATH, BULK, IMPORT = "/api/endpoints", "/api/endpoints/bulk", "/api/endpoints/import"


@pytest.fixture(autouse=True)
def _small(settings) -> None:
    settings.QUOTAS = ["checks_per_minute=30", "checks_per_minute_to_a_host=12"]


def spec(host: str, interval: int = 5, **fields):
    return {"url": f"https://{host}/", "interval": interval, "timeout": 5, **fields}


def refused(answer) -> str:
    return str(assert_error(answer, 400, "QUOTA_EXCEEDED")["message"])


def test_one_host_and_all_together_get_so_many_checks_a_minute(owner, outsider) -> None:
    assert owner.post(PATH, spec("a.example")).status_code == 201
    assert "12" in refused(owner.post(PATH, spec("a.example", 60)))
    assert "12" in refused(owner.post(PATH, spec("a.example:8443", 60)))
    assert owner.post(PATH, spec("b.example")).status_code == 201
    assert "30" in refused(owner.post(PATH, spec("c.example")))
    assert owner.post(PATH, spec("c.example", 10)).status_code == 201
    assert "30" in refused(owner.post(PATH, spec("d.example", 3600)))
    assert outsider.post(PATH, spec("d.example")).status_code == 201


def test_a_paused_endpoint_counts_nothing_until_it_is_resumed(owner) -> None:
    for name in "ab":
        assert owner.post(PATH, spec(f"{name}.example")).status_code == 201
    paused = owner.post(PATH, spec("c.example", enabled=False)).json()["id"]
    assert "30" in refused(owner.post(f"{PATH}/{paused}/resume"))
    assert "30" in refused(owner.patch(f"{PATH}/{paused}", {"enabled": True}))
    [result] = assert_ok(owner.post(BULK, {"action": "resume", "ids": [paused]}))["results"]
    assert result["code"] == "QUOTA_EXCEEDED"
    assert owner.patch(f"{PATH}/{paused}", {"interval": 30}).status_code == 200
    assert owner.post(f"{PATH}/{paused}/resume").status_code == 200


def test_an_edit_that_asks_for_more_is_refused_and_one_for_less_never(owner, settings) -> None:
    made = [owner.post(PATH, spec(f"{name}.example", 10)).json() for name in "abc"]
    path = f"{PATH}/{made[0]['id']}"
    assert "12" in refused(owner.patch(path, {"interval": 5, "url": "https://b.example/"}))
    settings.QUOTAS = ["checks_per_minute=1", "checks_per_minute_to_a_host=1"]
    assert owner.patch(path, {"interval": 20, "timeout": 5}).status_code == 200
    assert owner.patch(path, {"name": "Still"}).status_code == 200
    assert "1" in refused(owner.patch(path, {"interval": 10}))


def test_bulk_and_import_refuse_what_is_beyond(owner) -> None:
    items = [spec(f"{name}.example") for name in "aabcd"]
    results = assert_ok(owner.post(BULK, {"action": "create", "endpoints": items}))["results"]
    assert [result.get("code") for result in results] == [
        None,
        "QUOTA_EXCEEDED",
        None,
        "QUOTA_EXCEEDED",
        "QUOTA_EXCEEDED",
    ]
    errors = assert_error(owner.post(IMPORT, {"endpoints": [spec("e.example", key="e")]}), 400)["errors"]
    assert list(errors) == ["endpoints.0"]
    ids = [result["id"] for result in results if "id" in result]
    slower = [{"id": ids[0], "interval": 60}, {"id": ids[1], "url": "https://a.example/"}]
    results = assert_ok(owner.post(BULK, {"action": "update", "endpoints": slower}))["results"]
    assert [result.get("code") for result in results] == [None, "QUOTA_EXCEEDED"]


def test_a_clone_counts(owner) -> None:
    made = owner.post(PATH, spec("a.example")).json()
    assert "12" in refused(owner.post(f"{PATH}/{made['id']}/clone"))


def test_an_operators_numbers_go_before_all_others(owner, settings) -> None:
    settings.MAX_ENDPOINTS_PER_USER = 1
    Owner.objects.create(id=1, quotas={"endpoints": 2, "windows": 0, "checks_per_minute": 100})
    for name in "ab":
        assert owner.post(PATH, spec(f"{name}.example")).status_code == 201
    assert_error(owner.post(PATH, spec("c.example")), 400, "TOO_MANY_ENDPOINTS")
    window = {"name": "W", "starts_at": "2030-03-01T01:00:00Z", "duration": 3600}
    assert_error(owner.post("/api/maintenance-windows", window), 400, "TOO_MANY_MAINTENANCE_WINDOWS")


def test_usage_tells_what_is_used_of_what(owner, outsider, anonymous) -> None:
    for name in "aab":
        assert owner.post(PATH, spec(f"{name}.example", 15)).status_code == 201
    items = {item["name"]: (item["used"], item["most"]) for item in assert_page(owner.get("/api/usage"), total=4)}
    assert items == {
        "endpoints": (3, 5000),
        "windows": (0, 500),
        "checks_per_minute": (12, 30),
        "checks_per_minute_to_a_host": (8, 12),
    }
    assert [item["used"] for item in outsider.get("/api/usage").json()["items"]] == [0, 0, 0, 0]
    assert_error(anonymous.get("/api/usage"), 401)
    assert [item["name"] for item in owner.get("/api/usage?page=2&per_page=3").json()["items"]] == [
        "checks_per_minute_to_a_host"
    ]
    for odd in ("page=0", "page=x", "per_page=0", "per_page=101"):
        assert_error(owner.get(f"/api/usage?{odd}"), 400, "VALIDATION_FAILED")
