"""Health, as probes see it."""

import pytest
from rest_framework.test import APIClient

from common.testing.contracts import assert_error


def test_live_needs_nothing() -> None:
    assert APIClient().get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_names_every_part() -> None:
    response = APIClient().get("/health/ready")
    assert response.json() == {"status": "ok", "parts": {"database": "ok", "broker": "ok"}}


@pytest.mark.django_db
def test_ready_is_503_without_the_broker(settings) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:9/0"
    response = APIClient().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["parts"] == {"database": "ok", "broker": "fail"}


def test_an_unknown_path_is_the_error_envelope(anonymous, internal) -> None:
    assert_error(anonymous.get("/api/nothing"), 404, "NOT_FOUND")
    assert_error(internal.get("/nothing"), 404, "NOT_FOUND")
