# ruff: noqa: S608  our own names
"""What holds for any results: percentiles within 2 %, rollups that know no order, parts that add up to their span."""

from datetime import timedelta
from itertools import pairwise
from math import floor

import msgspec
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from report_service.results.ingest import reports_ingest
from report_service.rollups import rollup_columns
from report_service.rollups.percentiles import Histogram, added, percentile
from report_service.rollups.rollup_columns import HISTOGRAM_BASE
from report_service.rollups.time_spans import HOUR, Span, parts_of
from report_service.tests.samples import MINUTE, midday, result
from report_service.uptime.overview_cache import _before, _grown, _keep, pasts

pytestmark = pytest.mark.django_db

durations = st.floats(min_value=0.02, max_value=600_000)


def buckets(values: list[float]) -> Histogram:
    """The histogram that the database makes of them, in two halves that it merges."""
    halves = values[: len(values) // 2], values[len(values) // 2 :]
    bucket = "ceil(ln(v) / ln(%s::float8))::int4"
    half = f"histogram_of((SELECT array_agg({bucket}) FROM unnest(%s::float8[]) v))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_send(array_replace(h, NULL, 0)) FROM histogram_merge({half}, {half}) h",
            [HISTOGRAM_BASE, halves[0], HISTOGRAM_BASE, halves[1]],
        )
        return added(cursor.fetchone()[0])


@settings(max_examples=100, deadline=None)
@given(st.lists(durations, min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_percentiles_are_within_two_percent_of_the_exact_ones(values, share):
    exact = sorted(values)[floor(share * (len(values) - 1))]
    assert percentile(buckets(values), share) == pytest.approx(exact, rel=0.02)


@settings(max_examples=100, deadline=None)
@given(st.lists(durations, max_size=50))
def test_a_histogram_counts_every_value_once(values):
    assert sum(buckets(values).values()) == len(values)


results = st.builds(
    lambda minute, endpoint, region, status, total: {
        "endpoint_id": endpoint, "region": region, "status": status, "state": status, "total_ms": total,
        "checked_at": midday(3) + minute * MINUTE,
    },
    minute=st.integers(0, 60 * 30),
    endpoint=st.integers(1, 3),
    region=st.sampled_from(["default", "seoul"]),
    status=st.sampled_from(["up", "degraded", "down", "maintenance", "unknown"]),
    total=st.one_of(st.none(), st.integers(1, 60_000)),
)  # fmt: skip


def rollups_after(batches: list[list[dict[str, object]]]) -> list[list[tuple[object, ...]]]:
    """Everything that the rollups hold after these batches; the database is as before afterwards."""
    tables = []
    with transaction.atomic():
        for batch in batches:
            reports_ingest(body=msgspec.json.encode([result(**fields) for fields in batch]))
        with connection.cursor() as cursor:
            for unit in ("hour", "day"):
                cursor.execute(f"SELECT endpoint_id, user_id, start, region, {_comparable(unit)} FROM rollup_{unit}")
                tables.append(sorted(cursor.fetchall()))
            for table in ("latest_result", "report_count"):
                cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4")
                tables.append(cursor.fetchall())
        transaction.set_rollback(True)
    return tables


def _comparable(unit: rollup_columns.Unit) -> str:
    """A histogram is what its buckets count, whether those in between are 0, NULL or left out."""
    counted = "SELECT b || ':' || {0}[b] FROM generate_subscripts({0}, 1) b WHERE {0}[b] > 0 ORDER BY b"
    names = rollup_columns.names(unit).split(", ")
    return ", ".join(f"ARRAY({counted.format(name)})" if name.endswith("histogram") else name for name in names)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_late_doubled_and_unordered_results_give_the_same_rollups(data):
    rows = data.draw(
        st.lists(results, max_size=25, unique_by=lambda row: (row["endpoint_id"], row["region"], row["checked_at"]))
    )
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    again = data.draw(st.lists(st.sampled_from(rows), max_size=5)) if rows else []
    in_order = sorted(rows, key=lambda row: row["checked_at"])
    at_once = rollups_after([in_order])
    assert at_once == rollups_after([shuffled[:cut], shuffled[cut:], again])
    assert at_once == rollups_after([[row] for row in shuffled])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(results, max_size=25, unique_by=lambda row: (row["endpoint_id"], row["region"], row["checked_at"])),
    st.lists(st.integers(-30, 120), min_size=1, max_size=4).map(sorted),
)
def test_a_glance_that_grew_by_the_hour_is_one_made_at_once(rows, ages):
    hours = [midday(3) + age * HOUR for age in ages]
    with transaction.atomic(), connection.cursor() as cursor:
        reports_ingest(body=msgspec.json.encode([result(**fields) for fields in rows]))
        for hour in hours:
            grown = pasts(ids=[1, 2, 3], hour=hour)
            _keep(_grown([1, 2, 3], _before([1, 2, 3], hour), hour), hour)
            assert grown == pasts(ids=[1, 2, 3], hour=hour)
        cursor.execute("TRUNCATE glance")
        assert grown == pasts(ids=[1, 2, 3], hour=hours[-1])
        transaction.set_rollback(True)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 600_000), st.integers(0, 600_000))
def test_the_parts_of_a_span_add_up_to_it_without_overlap(first, second):
    start = midday(13) + timedelta(minutes=min(first, second) / 40)
    end = midday(13) + timedelta(minutes=max(first, second) / 40)
    parts = parts_of(Span(start, end))
    spans = sorted(span for span in (parts.days, *parts.hours, *parts.raw) if span)
    assert sum((span.end - span.start for span in spans), timedelta()) == (
        spans[-1].end - spans[0].start if spans else timedelta()
    )
    if spans:
        assert spans[0].start == start
        assert spans[-1].end >= end
    assert all(before.end == after.start for before, after in pairwise(spans))
