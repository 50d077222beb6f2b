"""Summary, series and overview."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone

from common.testing.contracts import assert_error, assert_page
from report_service.tests.samples import MINUTE, endpoint, incident, midday, result, send
from report_service.uptime.overview_cache import overview_cache_refresh

pytestmark = pytest.mark.django_db

HOUR = 60 * MINUTE


def span(first, last):
    return f"from={quote(first.isoformat())}&to={quote(last.isoformat())}"


@pytest.fixture
def hours():
    """Three hours from noon of the day before yesterday: 10 min down, 20 min maintenance, the rest up; 60 s a check."""
    endpoint(10, degraded_ms=100)
    rows = []
    for minute in range(180):
        status = "down" if 30 <= minute < 40 else "maintenance" if 60 <= minute < 80 else "up"
        moment = midday(2) + minute * MINUTE
        rows.append(result(checked_at=moment, status=status, state=status, total_ms=100 + minute))
    send(*rows)
    incident(started_at=midday(2) + 30 * MINUTE, resolved_at=midday(2) + 40 * MINUTE)


@pytest.mark.usefixtures("hours")
def test_uptime_is_weighted_by_time_and_leaves_maintenance_out(owner):
    body = owner.get(f"/api/endpoints/10/summary?{span(midday(2), midday(2) + 3 * HOUR)}").json()
    assert body["covered_ms"] == 160 * 60_000
    assert body["down_ms"] == 10 * 60_000
    assert body["maintenance_ms"] == 20 * 60_000
    assert body["uptime"] == pytest.approx(93.75)
    assert body["checks"] == {
        "total": 180,
        "up": 150,
        "degraded": 0,
        "down": 10,
        "maintenance": 20,
        "unknown": 0,
        "offline": 0,
    }
    assert body["incidents"] == {"total": 1, "open": 0, "mttr_ms": 600_000.0, "mtbf_ms": 9_000_000.0}


@pytest.mark.usefixtures("hours")
def test_the_edges_of_a_span_are_exact_to_the_result(owner):
    first, last = midday(2) + 35 * MINUTE, midday(2) + 125 * MINUTE
    body = owner.get(f"/api/endpoints/10/summary?{span(first, last)}").json()
    assert body["checks"] == {
        "total": 90,
        "up": 65,
        "degraded": 0,
        "down": 5,
        "maintenance": 20,
        "unknown": 0,
        "offline": 0,
    }
    within = owner.get(f"/api/endpoints/10/summary?{span(first, first + 5 * MINUTE)}").json()
    assert within["checks"]["total"] == within["checks"]["down"] == 5


@pytest.mark.usefixtures("hours")
def test_response_times_come_with_percentiles_and_phases(owner):
    body = owner.get("/api/endpoints/10/summary?period=7d").json()
    times = body["response_time"]
    assert times["min_ms"] == 100
    assert times["max_ms"] == 279
    values = sorted(100 + minute for minute in range(180) if not 30 <= minute < 40)
    assert times["mean_ms"] == pytest.approx(sum(values) / len(values), abs=0.001)
    assert times["p50_ms"] == pytest.approx(values[len(values) // 2], rel=0.021)
    assert times["p99_ms"] == pytest.approx(277, rel=0.021)
    first_byte, tls = body["phases"]["first_byte_ms"], body["phases"]["tls_ms"]
    assert [first_byte[name] for name in ("mean_ms", "min_ms", "max_ms")] == [100, 100, 100]
    assert [first_byte[f"p{share}_ms"] for share in (50, 90, 95, 99)] == [pytest.approx(100, rel=0.05)] * 4
    assert set(tls.values()) == {None}


@pytest.mark.usefixtures("hours")
def test_apdex_takes_the_endpoints_own_threshold_and_counts_down_as_frustrated(owner):
    body = owner.get("/api/endpoints/10/summary?period=7d").json()
    assert body["apdex"]["satisfied_ms"] == 100
    assert body["apdex"]["score"] == pytest.approx(0.5 * 170 / 180, abs=0.01)


def test_an_endpoint_without_results_has_an_empty_summary(owner):
    endpoint(10)
    for period in ("24h", "7d", "30d", "90d", "365d"):
        body = owner.get(f"/api/endpoints/10/summary?period={period}").json()
        assert body["uptime"] is None
        assert body["checks"]["total"] == 0
        assert body["response_time"]["p95_ms"] is None
        assert body["apdex"]["score"] is None
        series = owner.get(f"/api/endpoints/10/series?period={period}").json()
        assert series["points"] == []


@pytest.mark.usefixtures("hours")
@pytest.mark.parametrize("period", ["7d", "30d", "90d", "365d"])
def test_every_period_sees_all_of_what_it_holds(owner, period):
    assert owner.get(f"/api/endpoints/10/summary?period={period}").json()["checks"]["total"] == 180
    points = owner.get(f"/api/endpoints/10/series?period={period}").json()["points"]
    assert sum(point["checks"] for point in points) == 180
    assert sum(point["down_ms"] for point in points) == 600_000


@pytest.mark.usefixtures("hours")
@pytest.mark.parametrize(("length", "step"), [(1, 10), (6, 60), (24, 300), (24 * 7, 3600), (24 * 100, 6 * 3600)])
def test_a_series_has_at_most_five_hundred_points(owner, length, step):
    first = midday(2) if length < 100 else midday(2) - timedelta(hours=length)
    query = span(first, first + timedelta(hours=length)) if length < 100 else f"from={quote(first.isoformat())}"
    body = owner.get(f"/api/endpoints/10/series?{query}").json()
    assert body["step"] == step
    assert len(body["points"]) <= 500
    total = (timezone.now() - first).total_seconds() if length >= 100 else length * 3600
    assert total / body["step"] <= 500


def test_a_series_tells_the_mean_of_each_phase_on_request(owner):
    endpoint(10)
    at = midday(1)
    send(*[result(checked_at=at + timedelta(seconds=n), phases={"tls_ms": value}) for n, value in enumerate((10, 30))])
    query = span(at, at + timedelta(hours=1))
    assert "phases" not in owner.get(f"/api/endpoints/10/series?{query}").json()["points"][0]
    phases = owner.get(f"/api/endpoints/10/series?{query}&phases=true").json()["points"][0]["phases"]
    assert (phases["tls_ms"], phases["connect_ms"]) == (20.0, None)


@pytest.mark.parametrize("what", ["summary", "series"])
@pytest.mark.parametrize(
    "query",
    ["period=1y", "from=2026-01-01", "to=2026-01-01T00:00:00Z", "from=2100-01-01T00:00:00Z",
     "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"],
)  # fmt: skip
def test_a_period_that_cannot_be_meant_is_a_400(owner, what, query):
    endpoint(10)
    assert_error(owner.get(f"/api/endpoints/10/{what}?{query}"), 400, "VALIDATION_FAILED")


@pytest.mark.parametrize("what", ["summary", "series"])
def test_another_users_endpoint_is_forbidden_and_a_deleted_one_gone(owner, outsider, what):
    endpoint(10)
    endpoint(11, deleted=True)
    assert_error(outsider.get(f"/api/endpoints/10/{what}"), 403)
    assert_error(owner.get(f"/api/endpoints/11/{what}"), 404)


def test_the_overview_shows_every_endpoint_at_a_glance(owner):
    endpoint(10, tags=["web"])
    endpoint(11)
    endpoint(12, enabled=False)
    endpoint(13, deleted=True)
    endpoint(20, user_id=2)
    now = timezone.now()
    send(
        result(checked_at=now - MINUTE),
        result(checked_at=now, status="down", state="confirming"),
        result(checked_at=midday(20), total_ms=None),
    )
    mine = incident()
    items = assert_page(owner.get("/api/overview"), total=3)
    first, second, third = items
    assert first["state"] == "confirming"
    assert first["tags"] == ["web"]
    assert first["last_result"]["status"] == "down"
    assert first["open_incident"]["id"] == str(mine.id)
    assert len(first["bars"]) == 90
    assert len(first["sparkline"]) == 24
    assert len(first["hour_bars"]) == 24
    assert first["hour_bars"][-1] < 100
    assert first["uptime"] == {"24h": 50.0, "7d": 50.0, "30d": 66.6666, "90d": 66.6666}
    assert (second["state"], second["last_result"], second["uptime"]["90d"]) == ("pending", None, None)
    assert third["state"] == "paused"


def test_the_overview_takes_the_same_queries_for_one_endpoint_and_for_thirty(owner, django_assert_num_queries):
    unknown, ready = 10, 7
    endpoint(10)
    for queries in (unknown, ready):
        with django_assert_num_queries(queries) as taken:
            assert_page(owner.get("/api/overview"), total=1)
        assert not any("advisory" in query["sql"] for query in taken), "a reader takes no turn from the ingest"
        assert overview_cache_refresh() == (queries == unknown)
    for number in range(11, 40):
        endpoint(number)
    send(*[result(endpoint_id=number) for number in range(10, 40)])
    for queries in (unknown, ready):
        with django_assert_num_queries(queries):
            assert len(assert_page(owner.get("/api/overview"), total=30)) == 30
        overview_cache_refresh()


def test_the_overview_says_what_was_measured_and_no_more(owner):
    """10 s down of 28 s watched are 10 s down, however long the day is."""
    endpoint(10)
    now = timezone.now()
    send(
        result(covers_ms=18_000), result(checked_at=midday() + MINUTE, status="down", covers_ms=10_000),
        result(checked_at=now, status="down", covers_ms=4_000),
    )  # fmt: skip
    for _ in range(2):
        shown = owner.get("/api/overview").json()["items"][0]
        assert shown["bars_down_ms"] == [None] * 88 + [10_000, 4_000]
        assert shown["bars"][-2:] == [pytest.approx(64.2857), 0]
        assert shown["hour_bars_down_ms"][-1] == 4_000
        overview_cache_refresh()


def test_what_a_version_before_made_ready_is_made_anew(owner):
    endpoint(10)
    send(result(covers_ms=18_000, status="down"))
    owner.get("/api/overview")
    overview_cache_refresh()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE glance SET past = (past::jsonb - 'bars_down_ms' - 'hour_bars_down_ms')::text")
    assert owner.get("/api/overview").json()["items"][0]["bars_down_ms"][-2:] == [18_000, None]


def test_a_long_chart_reads_no_hours_that_are_gone(owner, settings):
    endpoint(10)
    settings.HOURLY_RETENTION_DAYS = 31
    send(result(checked_at=midday(20)))
    since = (timezone.now() - timedelta(days=60)).isoformat().replace("+00:00", "Z")
    series = owner.get(f"/api/endpoints/10/series?from={since}").json()
    assert series["step"] == 86_400
    assert len(series["points"]) == 1


def test_a_late_result_moves_the_bars_that_were_kept_ready(owner):
    endpoint(10)
    send(result(checked_at=midday(2)))
    assert owner.get("/api/overview").json()["items"][0]["bars"][-3:] == [100.0, None, None]
    send(result(checked_at=midday(2) + MINUTE, status="down"), result())
    shown = owner.get("/api/overview").json()["items"][0]
    assert shown["bars"][-3:] == [50.0, 100.0, None]
    assert shown["uptime"]["7d"] == pytest.approx(66.6666)


def test_the_current_day_and_hour_are_in_the_overview_at_once(owner):
    endpoint(10)
    owner.get("/api/overview")
    send(result(checked_at=timezone.now(), total_ms=50))
    shown = owner.get("/api/overview").json()["items"][0]
    assert (shown["bars"][-1], shown["hour_bars"][-1], shown["sparkline"][-1]) == (100.0, 100.0, 50.0)
    assert set(shown["uptime"].values()) == {100.0}


def test_an_outsider_sees_nothing_in_their_overview(outsider):
    endpoint(10)
    assert_page(outsider.get("/api/overview"), total=0)
