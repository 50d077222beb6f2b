"""A stored secret stays with the origin that it was given for."""

import pytest
from werkzeug import Request, Response

from common.contracts.fields import MASK
from common.security.crypto import decrypt
from common.testing.contracts import assert_error, assert_ok
from endpoint_service.models import Endpoint

pytestmark = pytest.mark.django_db
HEADERS = {"Authorization": "Bearer hush", "Accept": "*/*"}
AUTH = {"auth": {"kind": "basic", "username": "u", "password": "hush"}}
MASKED_HEADERS = {"Authorization": MASK, "Accept": "*/*"}
MASKED_AUTH = {"auth": {"kind": "basic", "username": "u", "password": MASK}}
ELSEWHERE = [
    "https://evil.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://shop.example.evil.example",
    "https://www.shop.example",
]
FIELDS = ["headers.Authorization", "options.auth.password"]


@pytest.fixture
def shop(make):
    return make("https://shop.example/a", key="shop", headers=HEADERS, options=AUTH)


def secrets(endpoint) -> object:
    return Endpoint.objects.get(id=endpoint["id"]).secrets


@pytest.mark.parametrize("url", ELSEWHERE)
@pytest.mark.parametrize(
    "also",
    [{}, {"headers": MASKED_HEADERS}, {"options": MASKED_AUTH}, {"headers": MASKED_HEADERS, "options": MASKED_AUTH}],
)
def test_another_origin_needs_the_secrets_again(owner, shop, url, also) -> None:
    path = f"/api/endpoints/{shop['id']}"
    body = assert_error(owner.patch(path, {"url": url, **also}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == FIELDS
    assert "shop.example" in body["errors"][FIELDS[0]][0]
    assert owner.get(path).json() == shop


def test_replacing_cloning_bulk_and_import_need_them_too(owner, shop) -> None:
    masked = {"url": "https://evil.example", "headers": MASKED_HEADERS, "options": MASKED_AUTH}
    path = f"/api/endpoints/{shop['id']}"
    assert list(assert_error(owner.put(path, masked), 400)["errors"]) == FIELDS
    clone = owner.post(f"{path}/clone").json()
    assert_error(owner.patch(f"/api/endpoints/{clone['id']}", {"url": "https://evil.example"}), 400)
    items = [{"id": shop["id"], "url": "https://evil.example"}, {"id": clone["id"], "interval": 30}]
    results = assert_ok(owner.post("/api/endpoints/bulk", {"action": "update", "endpoints": items}))["results"]
    assert [sorted(result.get("errors", {})) for result in results] == [FIELDS, []]
    errors = assert_error(owner.post("/api/endpoints/import", {"endpoints": [masked | {"key": "shop"}]}), 400)["errors"]
    assert list(errors) == [f"endpoints.0.{field}" for field in FIELDS]
    assert list(assert_error(owner.post("/api/checks", masked), 400)["errors"]) == [FIELDS[0]]
    assert {row.url for row in Endpoint.objects.all()} == {"https://shop.example/a"}


@pytest.mark.parametrize(
    "change",
    [
        {"url": "https://shop.example/b?c=d"},
        {"url": "https://SHOP.example:443/"},
        {"url": "https://evil.example", "headers": {"Authorization": "other"}, "options": {}},
        {"url": "https://evil.example", "headers": {}, "options": {}},
        {"url": "https://evil.example", "headers": {}, "options": {"auth": {"kind": "bearer", "token": "new"}}},
    ],
)
def test_the_same_origin_new_secrets_and_none_are_fine(owner, shop, change) -> None:
    response = owner.patch(f"/api/endpoints/{shop['id']}", change)
    assert response.status_code == 200, response.json()
    assert ("hush" in str(secrets(shop))) == ("shop" in change["url"].lower())


def test_a_check_of_an_unsaved_change_has_the_secrets_of_the_endpoint_at_its_own_origin(
    owner, outsider, anonymous, shop, checker
) -> None:
    asked = []

    def handle(request: Request) -> Response:
        asked.append(request.get_json())
        return Response('{"status": "ok", "result": {}}', mimetype="application/json")

    checker.expect_request("/checks", method="POST").respond_with_handler(handle)
    path = f"/api/checks?endpoint_id={shop['id']}"
    masked = {"url": "https://shop.example/b", "headers": MASKED_HEADERS, "options": MASKED_AUTH}
    assert_ok(owner.post(path, masked))
    assert decrypt(asked[0]["spec"]["secrets"]) == secrets(shop)
    assert "endpoint_id" not in asked[0]
    assert list(assert_error(owner.post(path, masked | {"url": "https://evil.example"}), 400)["errors"]) == FIELDS
    assert_error(outsider.post(path, masked), 403)
    assert_error(anonymous.post(path, {"url": "https://shop.example"}), 401)
    assert len(asked) == 1


def test_a_mask_of_nothing_is_told_as_such(owner, make) -> None:
    made = make("https://shop.example", headers={"Authorization": "a"})
    change = {"url": "https://evil.example", "headers": {"X-Key": MASK}}
    body = assert_error(owner.patch(f"/api/endpoints/{made['id']}", change), 400)
    assert "none is stored" in body["errors"]["headers.X-Key"][0] or "저장" in body["errors"]["headers.X-Key"][0]


def test_what_has_no_secrets_goes_anywhere(owner, make) -> None:
    made = make("https://shop.example", headers={"Accept": "*/*"})
    assert owner.patch(f"/api/endpoints/{made['id']}", {"url": "https://other.example"}).status_code == 200
