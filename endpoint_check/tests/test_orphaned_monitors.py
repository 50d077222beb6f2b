"""Nothing is checked for ever: what is gone without a word is forgotten, and nothing else is."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.api.errors import PeerError
from endpoint_check.feeds import orphaned_monitors
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.feeds.orphaned_monitors import monitors_sweep
from endpoint_check.models import AlertOutbox, Monitor, ResultOutbox
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import endpoint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def service(httpserver: HTTPServer, settings, monkeypatch) -> dict[int, dict[str, Any]]:
    """endpoint_service's endpoints by id; those with `hidden` are being changed, so its feed leaves them out."""
    settings.SERVICE_URLS = {"endpoint_service": httpserver.url_for("").rstrip("/")}
    monkeypatch.setattr(orphaned_monitors, "MAX_PER_FEED", 2)
    kept: dict[int, dict[str, Any]] = {}

    def feed(request: Request) -> Response:
        start = int(request.args.get("changed_since") or 0)
        shown = [item for item in kept.values() if not item.get("hidden")]
        return Response(json.dumps({"items": shown[start : start + 2], "cursor": str(start + 2)}))

    def one(request: Request) -> Response:
        item = kept.get(int(request.path.rpartition("/")[2]))
        return Response(json.dumps(item or {"code": "NOT_FOUND"}), status=200 if item else 404)

    httpserver.expect_request("/endpoints").respond_with_handler(feed)
    for number in range(10):
        httpserver.expect_request(f"/endpoints/{number}").respond_with_handler(one)
    return kept


def monitors(*ids: int) -> None:
    endpoints_apply([endpoint("http://127.0.0.1:9/", endpoint_id=number) for number in ids])


def test_a_monitor_whose_endpoint_is_gone_without_a_word_goes_too(service):
    monitors(1, 2, 3, 4, 5)
    service |= {n: endpoint("http://127.0.0.1:9/", endpoint_id=n) for n in (1, 2, 4)}
    service[5] = endpoint("http://127.0.0.1:9/", endpoint_id=5) | {"hidden": True}
    incident = uuid.uuid4()
    Monitor.objects.filter(endpoint_id=3).update(incident_id=incident, condition="down")
    service[6] = endpoint("http://127.0.0.1:9/", endpoint_id=6, deleted=True)
    monitors(6)
    assert monitors_sweep() == 2
    assert set(Monitor.objects.values_list("endpoint_id", flat=True)) == {1, 2, 4, 5}
    (alert,) = waiting(AlertOutbox)
    assert (alert["event"], alert["reason"], alert["incident_id"]) == ("closed", "deleted", str(incident))
    assert monitors_sweep() == 0


def test_while_endpoint_service_does_not_answer_nothing_goes(service, httpserver: HTTPServer, settings):
    monitors(1, 2)
    httpserver.clear()
    httpserver.expect_request("/endpoints").respond_with_data("", status=404)
    with pytest.raises(PeerError):
        monitors_sweep()
    settings.SERVICE_URLS = {"endpoint_service": "http://127.0.0.1:9"}
    with pytest.raises(PeerError):
        monitors_sweep()
    assert Monitor.objects.count() == 2


def test_an_incident_that_an_older_version_left_open_at_a_pause_ends_where_the_last_check_was(service):
    monitors(1)
    service[1] = endpoint("http://127.0.0.1:9/", endpoint_id=1)
    started = timezone.now() - timedelta(hours=2)
    Monitor.objects.update(
        enabled=False, condition="down", incident_id=uuid.uuid4(), incident_started_at=started,
        last_checked_at=started + timedelta(minutes=1), next_check_at=None,
    )  # fmt: skip
    monitors_sweep()
    assert waiting(AlertOutbox)[0]["duration_ms"] == 60_000
    assert waiting(ResultOutbox)[0]["transition"]["event"] == "closed"
    assert Monitor.objects.get().incident_id is None
    monitors_sweep()
    assert len(waiting(AlertOutbox)) == 1
