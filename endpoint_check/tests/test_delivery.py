"""The outboxes' way out, where a peer does not take everything."""

import json
import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from endpoint_check.delivery import ROUTES, outboxes_deliver
from endpoint_check.messages import ROW_BYTES, bundled
from endpoint_check.models import AlertOutbox, ResultOutbox, StateOutbox

pytestmark = pytest.mark.django_db(transaction=True)
OK = '{"status": "ok", "refused": []}'


@pytest.fixture
def reports(httpserver: HTTPServer, settings) -> Callable[[Callable[[list[int]], Response]], list[list[int]]]:
    """Sets what report_service answers to the numbers in a body; the list is of the bodies that it was sent."""
    settings.SERVICE_URLS = dict(settings.SERVICE_URLS) | {"report_service": httpserver.url_for("").rstrip("/")}
    for route in ROUTES:
        route.pause.answered()
    bodies: list[list[int]] = []

    def answered_by(answer: Callable[[list[int]], Response]) -> list[list[int]]:
        def handle(request: Request) -> Response:
            numbers = [row["number"] for row in request.get_json()]
            bodies.append(numbers)
            return answer(numbers)

        httpserver.expect_request("/reports").respond_with_handler(handle)
        return bodies

    return answered_by


def store(count: int) -> None:
    ResultOutbox.objects.bulk_create(
        ResultOutbox(region="default", payload=json.dumps({"number": n})) for n in range(count)
    )


def test_the_one_row_that_spoils_a_body_is_found_by_halves_and_dropped(reports, caplog):
    store(100)
    taken: list[int] = []

    def answer(numbers: list[int]) -> Response:
        if 37 in numbers:
            return Response('{"status": "fail", "code": "VALIDATION_FAILED"}', status=400)
        taken.extend(numbers)
        return Response(OK, status=201)

    bodies = reports(answer)
    with caplog.at_level(logging.ERROR):
        assert outboxes_deliver() == 100
    assert taken == [number for number in range(100) if number != 37]
    assert [37] in bodies
    assert len(bodies) <= 16, "halves, not one by one"
    assert ResultOutbox.objects.count() == 0
    assert '{"number": 37}' in caplog.text


def test_the_one_message_that_spoils_its_row_is_found_and_the_row_s_others_are_taken(reports, caplog):
    store(3)
    payload, count = bundled([json.dumps({"number": number}).encode() for number in range(3, 40)])[0]
    ResultOutbox.objects.create(region="default", payload=payload.decode(), count=count)
    taken: list[int] = []

    def answer(numbers: list[int]) -> Response:
        if 21 in numbers:
            return Response('{"status": "fail", "code": "VALIDATION_FAILED"}', status=400)
        taken.extend(numbers)
        return Response(OK, status=201)

    reports(answer)
    with caplog.at_level(logging.ERROR):
        assert outboxes_deliver() == 40
    assert taken == [number for number in range(40) if number != 21]
    assert ResultOutbox.objects.count() == 0
    assert '{"number": 21}' in caplog.text


def test_a_refused_message_is_named_wherever_in_a_row_it_is(reports, caplog):
    ResultOutbox.objects.create(region="default", payload='{"number": 0}')
    ResultOutbox.objects.create(region="default", payload='{"number": 1},{"number": 2, "text": "},{"}', count=2)
    reports(lambda _: Response('{"status": "ok", "refused": [{"index": 2, "code": "TOO_OLD"}]}', status=201))
    with caplog.at_level(logging.ERROR):
        assert outboxes_deliver() == 3
    assert '{"number": 2, "text": "},{"}' in caplog.text
    assert '"number": 1' not in caplog.text


@given(st.lists(st.binary(min_size=1, max_size=9000), max_size=40))
def test_bundles_hold_every_message_in_its_order_and_fit_a_page(messages: list[bytes]):
    bundles = bundled(messages)
    assert b",".join(payload for payload, _ in bundles) == b",".join(messages)
    assert sum(count for _, count in bundles) == len(messages)
    for payload, count in bundles:
        assert count > 0
        assert count == 1 or len(payload) <= ROW_BYTES


def test_refused_rows_of_a_taken_body_are_not_sent_again(reports, caplog):
    store(3)
    refusal = {"status": "ok", "refused": [{"index": 1, "code": "TOO_OLD", "message": "Too old."}]}
    bodies = reports(lambda _: Response(json.dumps(refusal), status=201))
    with caplog.at_level(logging.ERROR):
        assert outboxes_deliver() == 3
    assert bodies == [[0, 1, 2]]
    assert ResultOutbox.objects.count() == 0
    assert "TOO_OLD" in caplog.text
    assert '{"number": 1}' in caplog.text


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_a_refusal_that_is_not_about_the_rows_loses_none(reports, status: int):
    store(10)
    bodies = reports(lambda _: Response('{"status": "fail"}', status=status))
    assert outboxes_deliver() == 0
    assert ResultOutbox.objects.count() == 10
    assert {len(body) for body in bodies} == {10}


def test_a_peer_that_is_away_holds_up_no_other_outbox(reports, httpserver: HTTPServer, settings):
    store(2)
    AlertOutbox.objects.create(region="default", payload='{"alert": 1}')
    StateOutbox.objects.create(region="default", payload='{"state": 1}')
    url = httpserver.url_for("").rstrip("/")
    away = {"notification_service": "http://127.0.0.1:9", "endpoint_service": url}
    settings.SERVICE_URLS = settings.SERVICE_URLS | away
    httpserver.expect_request("/endpoints/states").respond_with_data(OK)
    reports(lambda _: Response(OK, status=201))
    assert outboxes_deliver() == 3
    assert AlertOutbox.objects.count() == 1
    assert StateOutbox.objects.count() == ResultOutbox.objects.count() == 0
