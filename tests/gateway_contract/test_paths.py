"""Which paths lead where: public ones below their service's prefix, and nothing else, however it is written."""

import pytest

from common.fleet import fleet, host_name

TRICKS = (
    "/user-service/../users", "/user-service/%2e%2e/users", "/user-service/%2E%2E/users", "/user-service/..%2fusers",
    "/user-service/%2e%2e%2fusers", "/user-service//../users", "/user-service/./../users", "/user-service/..%5cusers",
    "/user-service/x/../../users", "/user-service//..%2fusers", "/user-service/%2fusers", "/user-serviceX",
    "/user-servicex/users", "/users", "/user-service/..;/users", "/user-service%2f..%2fusers", "/user-service%2fusers",
    "/USER-SERVICE/users/me", "/auth", "/user-service/../auth", "/user-service/%2e%2e/%2e%2e/auth", "//auth",
    "/user-service/..%252fusers", "/user-service/%00/../users", "/./users", "/user-service/api/../../users",
)  # fmt: skip
INTERNAL = ("/health/live", "/health/ready", "/metrics", "/schema", "/docs", "/users", "/keys/used", "/auth")
NOT_PUBLIC = [host_name(name) for name, service in fleet().services.items() if not service.public]


@pytest.mark.parametrize("path", TRICKS)
def test_no_way_of_writing_a_path_leads_out_of_the_public_api(target, one, path):
    """Neither with a key nor with a token that the client made up."""
    token = "0123456789abcdef0123456789abcdef"
    for headers in ([], one.headers, [("X-Internal-Token", token)], [("X_Internal_Token", token)]):
        answer = target.send(path, headers)
        assert answer.status in {301, 307, 308, 400, 401, 403, 404, 405}, (answer.status, answer.body)
        assert one.email not in answer.body


@pytest.mark.parametrize("path", INTERNAL)
def test_no_internal_path_is_reached_at_the_root_or_beside_a_prefix(target, path):
    assert target.send(path).status == 404
    for name in fleet().public:
        for trick in ("/..", "/%2e%2e", "/..%2f", "/x/../.."):
            answer = target.send(f"/{host_name(name)}{trick}{path}")
            assert answer.status in {400, 404}, (name, trick, answer.body[:200])
            assert "python_info" not in answer.body


@pytest.mark.parametrize("name", NOT_PUBLIC)
@pytest.mark.parametrize("path", ["", "/", "/emails", "/messages", "/checks", "/health/live", "/api/schema"])
def test_a_service_without_a_public_api_has_no_route(target, one, name, path):
    assert target.send(f"/{name}{path}", one.headers).status == 404


@pytest.mark.parametrize("name", [host_name(name) for name in fleet().public])
def test_every_public_service_is_found_below_its_prefix_with_its_document(target, name):
    answer = target.send(f"/{name}/schema")
    assert (answer.status, '"openapi"' in answer.body) == (200, True)
    for path in ("", "/", "/nothing-here"):
        assert target.send(f"/{name}{path}").status == 404


def test_the_prefix_is_taken_off_and_api_put_before(echo):
    assert echo.see("/things/1?a=b").path == "/api/things/1?a=b"
    assert echo.see("").path.rstrip("/") == "/api"
    assert echo.see("/").path.rstrip("/") == "/api"


def test_every_path_that_reaches_a_service_begins_with_api(target, echo):
    for path in ("//x", "/./x", "/%78", "/x%2Fy", "/x/%2e/y", "/a//b", "/%F0%9F%8F%93", "/x;y=1", "/x%20y"):
        answer = target_of(echo, path)
        assert answer.status in {200, 400, 404}, path
        if answer.status == 200:
            assert answer.json()["path"].startswith("/api/"), path


def target_of(echo, path):
    return echo.target.send(f"{echo.prefix}{path}")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_every_method_reaches_the_service(echo, one, method):
    assert echo.see(headers=one.headers, method=method).method == method
