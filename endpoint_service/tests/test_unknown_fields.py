"""A field that nobody knows is refused wherever a user sends one, and what was answered may be sent back."""

import pytest

from common.testing.contracts import assert_error, assert_ok

pytestmark = pytest.mark.django_db
SPEC = {"url": "a.example"}
WINDOW = {"name": "W", "cron": "0 3 * * *", "duration": 60}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("endpoints", SPEC),
        ("checks", SPEC),
        ("maintenance-windows", WINDOW),
        ("endpoints/import", {"endpoints": []}),
        ("endpoints/bulk", {"action": "pause", "ids": [1]}),
    ],
)
def test_an_unknown_field_is_refused_at_every_creation(owner, path, body) -> None:
    answer = assert_error(owner.post(f"/api/{path}", body | {"intervall": 3}), 400, "VALIDATION_FAILED")
    assert list(answer["errors"]) == ["intervall"]


def test_an_unknown_field_is_refused_at_every_change(owner, make) -> None:
    made, window = make(), owner.post("/api/maintenance-windows", WINDOW).json()
    for path, whole in ((f"endpoints/{made['id']}", SPEC), (f"maintenance-windows/{window['id']}", WINDOW)):
        for call, body in ((owner.patch, {}), (owner.put, whole)):
            answer = assert_error(call(f"/api/{path}", body | {"intervall": 3}), 400, "VALIDATION_FAILED")
            assert list(answer["errors"]) == ["intervall"]
    answer = assert_error(owner.post(f"/api/endpoints/{made['id']}/clone", {"intervall": 3}), 400)
    assert list(answer["errors"]) == ["intervall"]
    for action, items in (("create", [SPEC]), ("update", [{"id": made["id"]}])):
        sent = [item | {"intervall": 3} for item in items]
        done = assert_ok(owner.post("/api/endpoints/bulk", {"action": action, "endpoints": sent}))
        assert list(done["results"][0]["errors"]) == ["intervall"]


def test_what_was_answered_may_be_sent_back(owner, make) -> None:
    made, window = make(), owner.post("/api/maintenance-windows", WINDOW).json()
    for path, body in ((f"endpoints/{made['id']}", made), (f"maintenance-windows/{window['id']}", window)):
        for call in (owner.patch, owner.put):
            assert call(f"/api/{path}", body).status_code == 200
    answer = assert_ok(owner.post("/api/endpoints/bulk", {"action": "update", "endpoints": [made]}))
    assert answer["succeeded"] == 1
    assert owner.post("/api/maintenance-windows/preview", window).status_code == 200
