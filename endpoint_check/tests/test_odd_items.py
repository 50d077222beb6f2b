"""An item of the feed that nobody understands costs no neighbour."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils.timezone import now as wall_clock
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase
from pytest_httpserver import HTTPServer

from common.models import DeadLetter
from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.feeds.feed_sync import endpoints_apply, windows_apply
from endpoint_check.models import UNREADABLE, MaintenanceWindow, Monitor, ResultOutbox
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import FOR_EVER, endpoint

NEIGHBOURS = 6
ODD_FIELDS: tuple[Any, ...] = (None, [], {}, "odd", -1, 1e999, 2**70, "\ud800", True)


ODD = 3


"""The odd one's id: in the middle of its neighbours."""


texts = st.text(st.characters(), max_size=60) | st.sampled_from(["\ud800", "a\x00b", "\udfff" * 3000, "한국", "\u202e"])


@pytest.fixture
def site(httpserver: HTTPServer, settings) -> str:
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    return httpserver.url_for("/site")


def monitors(url: str = "http://127.0.0.1:9/", **fields: Any) -> None:
    """So many, due, in maintenance never."""
    endpoints_apply([endpoint(url, endpoint_id=n, interval=FOR_EVER, **fields) for n in range(1, NEIGHBOURS + 1)])
    Monitor.objects.update(next_check_at=wall_clock() - timedelta(seconds=1))


def broken(items: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The item, once with each of its fields odd and once without it."""
    for item in items:
        for name in item:
            for value in ODD_FIELDS:
                yield name, item | {name: value}
            yield name, {key: value for key, value in item.items() if key != name}


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_of_the_feed_with_any_odd_field_costs_no_neighbour():
    for name, odd in broken([endpoint("http://127.0.0.1:9/", endpoint_id=ODD, version=2)]):
        Monitor.objects.all().delete()
        monitors()
        items = [endpoint("http://127.0.0.1:8/", endpoint_id=n, version=2) for n in range(1, NEIGHBOURS + 1)]
        items[ODD - 1] = odd
        endpoints_apply(items)
        urls = dict(Monitor.objects.exclude(endpoint_id=ODD).values_list("endpoint_id", "url"))
        left = {n for n, url in urls.items() if url == "http://127.0.0.1:8/"}
        assert left >= set(range(1, NEIGHBOURS + 1)) - {ODD}, name
        monitor = Monitor.objects.filter(endpoint_id=ODD).first()
        if name in {"id", "deleted"} or monitor is None:
            continue
        assert monitor.version == 2 or monitor.spec == UNREADABLE, (name, odd.get(name), "it goes on with what it was")


class OddItems(TransactionTestCase):
    json = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    )

    @settings(max_examples=40, deadline=None)
    @given(
        st.dictionaries(st.sampled_from(list(endpoint(""))), json, min_size=1),
        st.dictionaries(
            st.sampled_from(["id", "user_id", "tags", "endpoint_ids", "duration", "cron", "starts_at"]), json
        ),
        json,
    )
    def test_whatever_the_feeds_bring_the_other_items_are_taken(
        self, fields: dict[str, Any], window_fields: dict[str, Any], anything: Any
    ) -> None:
        Monitor.objects.all().delete()
        MaintenanceWindow.objects.all().delete()
        good: list[Any] = [endpoint("http://127.0.0.1:9/", endpoint_id=10**9 + n) for n in range(4)]
        endpoints_apply([good[0], good[1] | fields | {"id": 77}, good[2], good[1] | fields, anything, good[3]])
        assert set(Monitor.objects.values_list("endpoint_id", flat=True)) >= {10**9, 10**9 + 2, 10**9 + 3}
        plain = {"user_id": 1, "duration": 60, "cron": "* * * * *", "deleted": False}
        windows_apply(
            [
                plain | {"id": 10**9},
                plain | window_fields,
                anything,
                plain | {"id": 5} | window_fields,
                plain | {"id": 10**9 + 1},
            ]
        )
        assert set(MaintenanceWindow.objects.values_list("window_id", flat=True)) >= {10**9, 10**9 + 1}


@pytest.mark.django_db(transaction=True)
def test_a_monitor_whose_endpoint_nobody_understands_says_so_until_it_is_understood(site: str):
    good = endpoint(site, endpoint_id=ODD)
    endpoints_apply([good])
    endpoints_apply([good | {"version": 2, "interval": "often"}])
    CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(0.4)
    (result,) = waiting(ResultOutbox)
    assert result["error_code"] == "invalid_spec"
    assert "could not be read" in result["message"]
    assert DeadLetter.objects.get().queue == "endpoint_service/endpoints"
    endpoints_apply([good | {"version": 3}])
    CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(0.4)
    assert waiting(ResultOutbox)[-1]["status"] == "up"


@pytest.mark.django_db(transaction=True)
def test_a_window_that_nobody_understands_hides_no_outage_any_more():
    window = {"id": 5, "user_id": 1, "duration": 60, "cron": "* * * * *", "deleted": False}
    windows_apply([window])
    windows_apply([window | {"duration": "long"}])
    assert not MaintenanceWindow.objects.exists()
    assert DeadLetter.objects.get().queue == "endpoint_service/maintenance-windows"
