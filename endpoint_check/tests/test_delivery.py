"""The outboxes' way out, where a peer does not take everything."""

import json
import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.models import DeadLetter
from endpoint_check.models import AlertOutbox, ResultOutbox, StateOutbox
from endpoint_check.outbox import delivery
from endpoint_check.outbox.delivery import CRASHES, ROUTES, outboxes_deliver
from endpoint_check.outbox.messages import ROW_BYTES, bundled

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
    letter = DeadLetter.objects.get()
    assert (letter.queue, letter.payload) == ("report_service/reports", '{"number": 37}')
    assert "VALIDATION_FAILED" in letter.reason


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


def test_refused_messages_are_kept_with_their_reasons_but_for_those_of_deleted_endpoints(reports):
    store(4)
    refused = [
        {"index": 0, "code": "ENDPOINT_DELETED", "message": "The endpoint was deleted."},
        {"index": 1, "code": "IN_THE_FUTURE", "message": "Too early."},
        {"index": 3, "code": "INVALID", "message": "Odd."},
    ]
    reports(lambda _: Response(json.dumps({"status": "ok", "refused": refused}), status=201))
    outboxes_deliver()
    letters = DeadLetter.objects.order_by("id").values_list("payload", "reason")
    assert [payload for payload, _ in letters] == ['{"number": 1}', '{"number": 3}']
    assert ["IN_THE_FUTURE" in reason or "INVALID" in reason for _, reason in letters] == [True, True]


def test_of_a_body_that_is_refused_row_by_row_only_some_are_kept(reports, monkeypatch):
    monkeypatch.setattr(delivery, "MOST_LETTERS", 5)
    store(20)
    refused = [{"index": index, "code": "INVALID"} for index in range(20)]
    reports(lambda _: Response(json.dumps({"status": "ok", "refused": refused}), status=201))
    outboxes_deliver()
    assert DeadLetter.objects.count() == 6
    assert "15 more" in DeadLetter.objects.latest("id").reason


@pytest.mark.parametrize(
    "answer",
    ["[]", "7", "null", '"ok"', '{"refused": 3}', '{"refused": [7, null, "x"]}', '{"refused": [{"index": "1"}]}',
     '{"refused": [{"index": -1}, {"index": 99}, {"index": true}]}', '{"refused": {"index": 1}}'],
)  # fmt: skip
def test_an_odd_answer_of_a_peer_that_took_the_body_changes_nothing(reports, answer: str):
    store(3)
    reports(lambda _: Response(answer, status=201))
    assert outboxes_deliver() == 3
    assert ResultOutbox.objects.count() == 0


@pytest.mark.parametrize("odd", ["{", "no json", '{"number": 7},', '{"number": 7}}'])
@pytest.mark.parametrize("count", [1, 2])
def test_a_row_that_holds_no_messages_keeps_no_other_from_being_sent(reports, odd: str, count: int, caplog):
    ResultOutbox.objects.create(region="default", payload='{"number": 1}')
    ResultOutbox.objects.create(region="default", payload=odd, count=count)
    ResultOutbox.objects.create(region="default", payload='{"number": 2}')
    taken: list[int] = []

    def answer(numbers: list[int]) -> Response:
        taken.extend(numbers)
        return Response(OK, status=201)

    reports(answer)
    AlertOutbox.objects.create(region="default", payload='{"alert": 1}')
    outboxes_deliver()
    for _ in range(3):
        outboxes_deliver()
    assert taken == [1, 2]
    assert ResultOutbox.objects.count() == 0
    assert DeadLetter.objects.get().payload == odd


def test_a_message_at_which_its_receiver_fails_is_set_aside_while_it_takes_the_others(reports):
    store(50)
    taken: set[int] = set()

    def answer(numbers: list[int]) -> Response:
        if 31 in numbers:
            return Response('{"code": "ERROR"}', status=500)
        taken.update(numbers)
        return Response(OK, status=201)

    bodies = reports(answer)
    for _ in range(CRASHES):
        assert outboxes_deliver() == 0
        ROUTES[2].pause.until = float("-inf")
    assert not taken, "it may be the receiver's fault, so it is asked again first"
    outboxes_deliver()
    assert taken == set(range(50)) - {31}
    assert len(bodies) < CRASHES + 20
    assert ResultOutbox.objects.count() == 0
    assert DeadLetter.objects.get().payload == '{"number": 31}'


def test_a_receiver_that_fails_at_everything_loses_nothing(reports):
    store(30)
    reports(lambda _: Response('{"code": "ERROR"}', status=500))
    for _ in range(3 * CRASHES):
        assert outboxes_deliver() == 0
        ROUTES[2].pause.until = float("-inf")
    assert sum(ResultOutbox.objects.values_list("count", flat=True)) == 30
    assert not DeadLetter.objects.exists()


def test_what_cannot_be_sent_for_a_fault_of_ours_holds_up_no_other_outbox(reports, monkeypatch, caplog):
    store(2)
    AlertOutbox.objects.create(region="default", payload='{"alert": 1}')
    reports(lambda _: Response(OK, status=201))
    send = delivery._send

    def broken(route, rows):
        if route.outbox is AlertOutbox:
            raise ArithmeticError
        send(route, rows)

    monkeypatch.setattr(delivery, "_send", broken)
    assert outboxes_deliver() == 2
    assert "notification_service" in caplog.text
