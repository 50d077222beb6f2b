"""A result carries the number of its contract: one that is not known here is refused alone, logged and counted."""

import json

import pytest
from prometheus_client import REGISTRY

from report_service.models import Report
from report_service.tests.samples import result, send

pytestmark = pytest.mark.django_db


def skipped() -> float:
    return REGISTRY.get_sample_value("pongpong_messages_skipped_total", {"message": "results"}) or 0.0


@pytest.mark.parametrize("known", [{}, {"contract": 1}])
def test_a_result_with_a_known_number_or_none_is_taken(known):
    assert send(result() | known, result(endpoint_id=11))["refused"] == []
    assert Report.objects.count() == 2


@pytest.mark.parametrize("number", [2, 0, -1, 10**30, 1.5, "1", "next", [1], {"of": 1}, True])
def test_a_result_with_an_unknown_number_is_refused_and_its_neighbours_are_kept(number, caplog):
    before = skipped()
    answer = send(result(), result(endpoint_id=11, contract=number, shape="of tomorrow"), result(endpoint_id=12))
    assert answer["accepted"] == 2
    assert [(row["index"], row["code"]) for row in answer["refused"]] == [(1, "UNKNOWN_CONTRACT")]
    assert set(Report.objects.values_list("endpoint_id", flat=True)) == {10, 12}
    assert skipped() == before + 1
    assert "1 messages of results were skipped" in caplog.text


def test_a_single_result_and_one_that_lacks_what_is_needed_today_are_refused_by_their_number(internal):
    body = json.dumps({"contract": 7, "results": "elsewhere"})
    answer = internal.generic("POST", "/reports", body, content_type="application/json").json()
    assert [row["code"] for row in answer["refused"]] == ["UNKNOWN_CONTRACT"]
