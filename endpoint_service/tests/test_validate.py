"""Whether an endpoint could be saved, without saving it."""

import pytest

from common.contracts.fields import MASK
from common.testing.contracts import assert_error
from endpoint_service.models import Endpoint

pytestmark = pytest.mark.django_db
PATH = "/api/endpoints/validate"


def errors(client, body, **query) -> list[str]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    response = client.post(f"{PATH}?{text}", body)
    assert response.status_code == 200, response.json()
    answer = response.json()
    assert answer["status"] == ("fail" if answer.get("errors") else "ok")
    return list(answer.get("errors", {}))


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ({"url": "a.example"}, []),
        ({}, ["url"]),
        ({"url": "ftp://a"}, ["url"]),
        ({"url": "a.example", "interval": 5}, []),
        ({"url": "a.example", "interval": 5, "timeout": 9}, ["timeout"]),
        ({"url": "a.example", "intervall": 5}, ["intervall"]),
        ({"url": "a.example", "interval": 1, "tags": [""], "key": "-"}, ["key", "interval", "tags.0"]),
        ({"url": "a.example", "headers": {"Cookie": MASK}}, ["headers.Cookie"]),
        ({"url": "a.example", "key": "taken"}, ["key"]),
        ({"url": "a.example", "assertions": [{"kind": "odd"}]}, ["assertions.0.kind"]),
        ("odd", ["non_field_errors"]),
        ([], ["non_field_errors"]),
    ],
)
def test_a_new_endpoint_is_judged_as_a_creation_would(owner, make, spec, wrong) -> None:
    make(key="taken")
    assert sorted(errors(owner, spec)) == sorted(wrong)
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "spec", "wrong"),
    [
        ("url", {"url": "ftp://a"}, ["url"]),
        ("url", {"url": "ftp://a", "interval": "odd", "odd": 1}, ["url"]),
        ("url", {"url": "a.example:22", "kind": "tcp"}, []),
        ("url", {"url": "a.example", "kind": "tcp"}, ["url"]),
        ("url", {}, []),
        ("interval", {"interval": 1}, ["interval"]),
        ("interval", {"interval": 5}, []),
        ("timeout", {"interval": 5, "timeout": 9, "url": "ftp://a"}, ["timeout"]),
        ("name", {"url": "ftp://a"}, []),
        ("key", {"key": "taken"}, ["key"]),
        ("headers", {"headers": {"Host": "x"}}, ["headers.Host"]),
        ("headers", {"headers": {"Accept": "x"}, "kind": "tcp"}, ["headers"]),
        (
            "assertions",
            {"method": "HEAD", "assertions": [{"kind": "body_contains", "value": "x"}]},
            ["assertions.0.kind"],
        ),
        ("options", {"options": {"auth": {"kind": "odd"}}}, ["options.auth.kind"]),
    ],
)
def test_one_field_is_judged_alone(owner, make, field, spec, wrong) -> None:
    make(key="taken")
    assert errors(owner, spec, field=field) == wrong


def test_a_change_is_judged_with_what_is_stored(owner, make) -> None:
    made = make("https://a.example", key="mine", interval=30, timeout=20, headers={"Cookie": "x"})
    assert errors(owner, {"interval": 10}, endpoint_id=made["id"]) == ["timeout"]
    assert errors(owner, {"key": "mine", "headers": {"Cookie": MASK}}, endpoint_id=made["id"]) == []
    assert errors(owner, {"url": "https://b.example"}, endpoint_id=made["id"]) == ["headers.Cookie"]
    assert errors(owner, {"timeout": 40}, endpoint_id=made["id"], field="timeout") == ["timeout"]
    assert owner.get(f"/api/endpoints/{made['id']}").json() == made


def test_only_ones_own_endpoint_and_known_fields_can_be_asked_about(owner, outsider, anonymous, make) -> None:
    path = f"{PATH}?endpoint_id={make()['id']}"
    assert_error(outsider.post(path, {}), 403)
    assert_error(owner.post(f"{PATH}?endpoint_id=999999", {}), 404)
    assert_error(owner.post(f"{PATH}?field=odd", {}), 400, "VALIDATION_FAILED")
    assert_error(anonymous.post(PATH, {}), 401)


def test_nothing_is_locked_and_next_to_nothing_asked(owner, make, django_assert_max_num_queries) -> None:
    make(key="taken")
    with django_assert_max_num_queries(2) as captured:
        owner.post(PATH, {"url": "a.example", "key": "taken"})
    assert not [query for query in captured if "advisory" in query["sql"] or "FOR UPDATE" in query["sql"]]
