"""What every route of every service promises, asked through the gateway and held to the OpenAPI documents.

A new route is covered by being in its document; one with an id in its path needs an object of the owner in `OBJECTS`.
"""

import re
import time
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from common.fleet import fleet, host_name
from common.testing.contracts import assert_error, assert_page
from deploy.local.running import RunningFleet
from tests.outside import PASSWORD, TIMEOUT, User, eventually, nobody

PUBLIC = list(fleet().public)
WITH_DOCUMENTS = [name for name in fleet().services if name != "frontend"]
ANONYMOUS = {
    ("post", "/users"), ("post", "/users/confirm"), ("post", "/login"), ("post", "/password-reset"),
    ("post", "/password-reset/confirm"), ("post", "/checks"), ("get", "/status/{slug}"), ("get", "/status/{slug}/feed"),
    ("get", "/badges/{token}.svg"),
}  # fmt: skip
"""What a visitor without a key may ask."""


@dataclass(frozen=True)
class Operation:
    """One method of one path of a public document."""

    service: str
    method: str
    path: str

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    def values(self, objects: dict[str, Any]) -> dict[str, Any]:
        """The owner's object for the path's first id (1 where none was made); what lies below it need not exist, but has to look right."""
        first, *nested = self.parameters or [""]
        below = {name: objects["incidents"] if name == "incident_id" else 1 for name in nested}
        return {first: objects.get(self.path.split("/")[1], 1)} | below if first else {}

    def at(self, values: dict[str, Any]) -> str:
        """The path at the gateway."""
        path = self.path
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", str(value))
        return f"/{host_name(self.service)}{path}"

    def __str__(self) -> str:
        return f"{self.method.upper()} {host_name(self.service)}{self.path}"


def document(pongpong: RunningFleet, service: str) -> dict[str, Any]:
    """The public document of a service, as a client of the gateway gets it."""
    answer = nobody(pongpong).get(f"/{host_name(service)}/schema")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="session")
def operations(pongpong: RunningFleet) -> list[Operation]:
    """Every public operation of every service."""
    return [
        Operation(service, method, path)
        for service in PUBLIC
        for path, methods in document(pongpong, service)["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    ]


@pytest.fixture(scope="session")
def objects(owner: User) -> dict[str, Any]:
    """An object of the owner for each first segment of a path that takes an id."""
    endpoint = _created(owner.post("/endpoint-service/endpoints", {"url": "http://127.0.0.1:9/", "interval": 60}))
    window = owner.post(
        "/endpoint-service/maintenance-windows",
        {
            "name": "Night",
            "starts_at": "2031-01-01T00:00:00Z",
            "duration": 3600,
            "endpoint_ids": [endpoint["id"]],
        },
    )
    channel = owner.post(
        "/notification-service/notifications",
        {"name": "Mail", "kind": "email", "settings": {"addresses": [owner.email]}, "enabled": False},
    )
    key = owner.post("/user-service/keys", {"name": "ci"})
    report = eventually(
        "a report of the owner",
        lambda: owner.get("/report-service/reports", params={"endpoint_id": endpoint["id"]}).json()["items"],
        within=30,
    )[0]
    incident = eventually(
        "an incident of the owner",
        lambda: owner.get("/report-service/incidents", params={"endpoint_id": endpoint["id"]}).json()["items"],
        within=60,
    )[0]
    found = {
        "users": owner.id,
        "endpoints": endpoint["id"],
        "maintenance-windows": _created(window)["id"],
        "notifications": _created(channel)["id"],
        "keys": _created(key)["id"],
        "reports": report["id"],
        "incidents": incident["id"],
    }
    page = owner.post("/report-service/status-pages", {"title": "Ours", "slug": "contract-page"})
    if page.status_code != 404:
        found["status-pages"] = _created(page)["id"]
    return found


def _created(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_nobody_is_refused_everywhere_else_with_401(
    pongpong: RunningFleet, operations: list[Operation], objects: dict[str, Any]
) -> None:
    wrong = {}
    for operation in operations:
        if (operation.method, operation.path) in ANONYMOUS:
            continue
        values = operation.values(objects)
        answer = nobody(pongpong).request(operation.method.upper(), operation.at(values), json={})
        if answer.status_code != 401 or answer.json()["code"] != "NOT_LOGGED_IN":
            wrong[str(operation)] = answer.status_code
    assert wrong == {}


def test_an_outsider_is_refused_with_403_at_every_object_of_the_owner(
    outsider: User, operations: list[Operation], objects: dict[str, Any]
) -> None:
    wrong = {}
    for operation in operations:
        if not operation.parameters or (operation.method, operation.path) in ANONYMOUS:
            continue
        answer = outsider.request(operation.method.upper(), operation.at(operation.values(objects)), json={})
        if answer.status_code != 403:
            wrong[str(operation)] = (answer.status_code, answer.text[:200])
    assert wrong == {}


def test_what_does_not_exist_is_404_but_for_users_which_are_403(
    owner: User, operations: list[Operation], objects: dict[str, Any]
) -> None:
    wrong = {}
    for operation in operations:
        if not operation.parameters or (operation.method, operation.path) in ANONYMOUS:
            continue
        first = operation.path.split("/")[1]
        missing = "01890000-0000-7000-8000-000000000000" if first in {"reports", "incidents"} else 2**62
        values = operation.values(objects) | {operation.parameters[0]: missing}
        answer = owner.request(operation.method.upper(), operation.at(values), json={})
        expected = 403 if first == "users" else 404
        if answer.status_code != expected:
            wrong[str(operation)] = (answer.status_code, answer.text[:200])
    assert wrong == {}


def test_every_list_has_the_page_envelope_and_refuses_odd_pages(owner: User, operations: list[Operation]) -> None:
    lists = [
        operation
        for operation in operations
        if operation.method == "get" and not operation.parameters and _is_list(owner, operation)
    ]
    assert {operation.path for operation in lists} >= {
        "/endpoints", "/incidents", "/keys", "/maintenance-windows", "/notifications", "/reports",
    }  # fmt: skip
    for operation in lists:
        path = operation.at({})
        assert_page(owner.get(path, params={"page": 1, "per_page": 1}))
        most = 5000 if operation.path == "/overview" else 100
        for odd in ({"page": 0}, {"page": "x"}, {"per_page": most + 1}, {"per_page": "-1"}, {"page": "١"}):
            assert_error(owner.get(path, params=odd), 400)


def _is_list(owner: User, operation: Operation) -> bool:
    answer = owner.get(operation.at({}))
    return answer.headers["Content-Type"].startswith("application/json") and "page" in answer.json()


def test_a_wrong_method_is_405_and_a_wrong_type_415(owner: User, operations: list[Operation]) -> None:
    paths = {(operation.service, operation.path) for operation in operations if not operation.parameters}
    for service, path in paths:
        address = Operation(service, "", path).at({})
        assert_error(owner.request("TRACE", address), 405, "METHOD_NOT_ALLOWED")
    answer = owner.request(
        "POST", "/endpoint-service/endpoints", data="<a/>", headers={"Content-Type": "application/xml"}
    )
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    broken = owner.request(
        "POST", "/endpoint-service/endpoints", data="{", headers={"Content-Type": "application/json"}
    )
    assert_error(broken, 400)


def test_options_tell_of_every_route_what_it_takes(
    owner: User, operations: list[Operation], objects: dict[str, Any]
) -> None:
    wrong = {}
    for operation in operations:
        answer = owner.request("OPTIONS", operation.at(operation.values(objects)))
        if answer.status_code != 200 or operation.method.upper() not in answer.headers["Allow"]:
            wrong[str(operation)] = (answer.status_code, answer.text[:200])
    assert wrong == {}


@pytest.mark.parametrize("service", WITH_DOCUMENTS)
def test_options_of_an_internal_route_are_no_failure(service: str, pongpong: RunningFleet) -> None:
    base, token = pongpong.service_url(service), pongpong.data.secrets()["internal_token"]
    wrong = {}
    for path in requests.get(f"{base}/schema", timeout=TIMEOUT).json()["paths"]:
        found = re.sub(r"{.*?}", "01890000-0000-7000-8000-000000000000" if "/incidents/" in path else "1", path)
        answer = requests.options(f"{base}{found}", headers={"X-Internal-Token": token}, timeout=TIMEOUT)
        if answer.status_code != 200:
            wrong[path] = (answer.status_code, answer.text[:200])
    assert wrong == {}


def test_what_is_the_owners_is_kept_by_no_cache(owner: User, operations: list[Operation]) -> None:
    found = {
        str(operation): owner.get(operation.at({})).headers.get("Cache-Control")
        for operation in operations
        if operation.method == "get" and not operation.parameters
    }
    assert set(found.values()) == {"no-store"}, found


def test_field_errors_name_their_fields_in_the_language_of_the_client(owner: User) -> None:
    english = assert_error(owner.post("/endpoint-service/endpoints", {"url": ""}), 400, "VALIDATION_FAILED")
    assert "url" in english["errors"]
    korean = owner.post("/endpoint-service/endpoints", {"url": ""}, headers={"Accept-Language": "ko"}).json()
    default = owner.post("/endpoint-service/endpoints", {"url": ""}, headers={"Accept-Language": ""}).json()
    assert re.search("[가-힣]", korean["message"])
    assert default["message"] == korean["message"] != english["message"]


def test_wrong_login_is_the_briefs_own_answer(pongpong: RunningFleet, owner: User) -> None:
    wrong = {"email": owner.email, "password": "wrong"}
    answer = nobody(pongpong).post("/user-service/login", wrong, headers={"Accept-Language": "ko"})
    assert assert_error(answer, 400, "INVALID_LOGIN")["message"] == "이메일 또는 비밀번호가 잘못되었습니다."


@pytest.mark.parametrize("service", PUBLIC)
def test_a_path_that_does_not_exist_is_the_error_envelope(service: str, owner: User) -> None:
    assert_error(owner.get(f"/{host_name(service)}/nothing-here"), 404, "NOT_FOUND")
    assert_error(owner.get(f"/{host_name(service)}"), 404, "NOT_FOUND")
    assert_error(owner.get(f"/{host_name(service)}/"), 404, "NOT_FOUND")


@pytest.mark.parametrize("service", WITH_DOCUMENTS)
def test_swagger_ui_works_inside_of_the_fleet(service: str, pongpong: RunningFleet) -> None:
    _assert_page_loads(f"{pongpong.service_url(service)}/docs")
    assert "paths" in requests.get(f"{pongpong.service_url(service)}/schema", timeout=TIMEOUT).json()


@pytest.mark.parametrize("service", PUBLIC)
def test_swagger_ui_works_through_the_gateway(service: str, pongpong: RunningFleet) -> None:
    _assert_page_loads(f"{pongpong.public_url(service)}/docs")


def test_the_browsable_api_and_its_forms_work_through_the_gateway(pongpong: RunningFleet, owner: User) -> None:
    address = f"{pongpong.public_url('endpoint_service')}/endpoints?apikey={owner.key}"
    html = _assert_page_loads(address)
    assert '<form action=""' in html
    form = {"url": "http://127.0.0.1:9/form", "name": "From a form"}
    answer = requests.post(address, data=form, headers={"Accept": "text/html"}, timeout=TIMEOUT)
    assert answer.status_code == 201, answer.text
    names = [item["name"] for item in owner.get("/endpoint-service/endpoints?per_page=100").json()["items"]]
    assert "From a form" in names


def _assert_page_loads(address: str) -> str:
    """The page and everything of ours that it links to; returns its HTML."""
    page = requests.get(address, headers={"Accept": "text/html"}, timeout=TIMEOUT)
    assert page.status_code == 200, page.text
    assert page.headers["Content-Type"].startswith("text/html")
    linked = re.findall(r'(?:src|href)="([^"#?]+\.(?:js|css|png))"', page.text)
    assert linked
    for link in linked:
        found = requests.get(requests.compat.urljoin(address, link), timeout=TIMEOUT)
        assert found.status_code == 200, link
    return page.text


def test_a_key_that_was_logged_out_is_nobody_at_once(pongpong: RunningFleet, owner: User) -> None:
    login = nobody(pongpong).post("/user-service/login", {"email": owner.email, "password": PASSWORD})
    assert login.status_code == 200, login.text
    second = User(pongpong, owner.id, owner.email, login.json()["key"])
    assert second.get("/user-service/users/me").json()["id"] == owner.id
    assert second.post("/user-service/logout").json() == {"status": "ok"}
    time.sleep(0.1)
    assert_error(second.get("/user-service/users/me"), 401, "NOT_LOGGED_IN")
    assert owner.get("/user-service/users/me").status_code == 200
