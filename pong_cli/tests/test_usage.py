"""`pong usage` over every service that counts something."""

import pytest

from pong_cli.tests.conftest import page


def item(name: str, used: int, most: int, period: int | None = None) -> dict[str, object]:
    return {"name": name, "label": name, "unit": "count", "period": period, "used": used, "most": most}


@pytest.mark.usefixtures("logged_in")
def test_the_fullest_stands_first(api, pong) -> None:
    api.expect_request("/endpoint-service/usage").respond_with_json(page(item("endpoints", 1, 10)))
    api.expect_request("/notification-service/usage").respond_with_json(page(item("mails_per_hour", 9, 10, 3600)))
    api.expect_request("/report-service/usage").respond_with_json(page(item("exports_at_once", 0, 2)))
    ended = pong("usage", "--output", "json")
    assert [row["name"] for row in ended.json] == ["mails_per_hour", "endpoints", "exports_at_once"]
    assert "1 h" in pong("usage").out
