"""Bars of a status page by the days of its zone, held to a model that looks at every hour."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import timezone

from report_service.feed_sync.endpoint_copies import users_apply
from report_service.rollups import rollup_columns
from report_service.rollups.time_spans import DAY, HOUR, floor
from report_service.status_pages.daily_bars import bars_local, calendar_of
from report_service.tests.samples import endpoint, midday, result, send
from report_service.uptime.overview import endpoints_overview

pytestmark = pytest.mark.django_db
ZONES = [
    ("Asia/Seoul", "2026-11-27T14:20"),
    ("Asia/Seoul", "2026-11-27T15:20"),
    ("America/New_York", "2027-01-10T04:30"),
    ("America/New_York", "2027-04-01T12:00"),
    ("Asia/Kathmandu", "2026-11-27T18:40"),
    ("Asia/Kolkata", "2026-11-27T18:20"),
    ("Australia/Lord_Howe", "2026-11-27T02:00"),
    ("America/Santiago", "2026-11-01T02:00"),
    ("Pacific/Kiritimati", "2026-11-27T11:00"),
    ("Etc/GMT+12", "2026-11-27T11:00"),
    ("Europe/London", "2026-12-01T23:10"),
    ("UTC", "2026-11-27T14:20"),
]


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def keep(table, rows):
    """Store `{(endpoint_id, region, start): (covers_ms, down_ms)}` as rollups."""
    names = rollup_columns.names("day" if table == "rollup_day" else "hour").split(", ")
    values = {name: "'{}'::int[]" if name.endswith("histogram") else "0" for name in names}
    values |= {"covers_ms": "covers_ms", "down_ms": "down_ms"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (endpoint_id, user_id, region, start, {', '.join(values)})"  # noqa: S608
            f" SELECT number, 1, region, start, {', '.join(values.values())}"
            " FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[], %s::bigint[])"
            " AS made (number, region, start, covers_ms, down_ms)",
            [list(column) for column in zip(*[(*key, *value) for key, value in rows.items()], strict=True)],
        )


def hours_of(random, now):
    """What two regions measured of three endpoints: one always up, one seldom watched, one with downtime at times."""
    rows = {}
    for number in (10, 11, 12):
        for region in ("a", "b"):
            state = "up"
            for back in range(93 * 24, -1, -1):
                if random.random() < (0.004 if number == 10 else 0.05):
                    state = random.choice(("up", "gap", "maintenance", "up" if number == 10 else "down"))
                covers = {"gap": 0, "maintenance": 0}.get(state, random.randint(1, 3_600_000))
                if state != "gap" and not (number == 11 and random.random() < 0.9):
                    down = random.randint(1, covers) if state == "down" else 0
                    rows[number, region, floor(now, HOUR) - back * HOUR] = covers, down
    return rows


def days_of(hours):
    days: defaultdict[tuple[int, str, datetime], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (number, region, start), (covers, down) in hours.items():
        before = days[number, region, floor(start, DAY)]
        days[number, region, floor(start, DAY)] = before[0] + covers, before[1] + down
    return days


def model(hours, *, zone, now, since):
    """By endpoint and date of the zone `(covers_ms, down_ms)`: each hour where it begins, else each day where its noon is."""
    sums: defaultdict[tuple[int, date], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (number, _region, start), (covers, down) in hours.items():
        shown = start if start >= since else floor(start, DAY) + DAY / 2
        key = number, shown.astimezone(zone).date()
        sums[key] = sums[key][0] + covers, sums[key][1] + down
    today = now.astimezone(zone).date()
    return {
        number: [sums[number, today - timedelta(days=back)] for back in range(89, -1, -1)] for number in (10, 11, 12)
    }


@pytest.mark.parametrize("kept", [396, 31])
@pytest.mark.parametrize(("zone", "at"), ZONES)
def test_bars_are_those_of_a_model_that_looks_at_every_hour(settings, zone, at, kept):
    settings.HOURLY_RETENTION_DAYS = kept
    now = moment(at)
    since = floor(now - timedelta(days=kept), DAY) + DAY
    hours = hours_of(Random(f"{zone} {at}"), now)
    keep("rollup_day", days_of(hours))
    keep("rollup_hour", {key: value for key, value in hours.items() if key[2] >= now - timedelta(days=kept)})
    calendar = calendar_of(zone=zone, now=now)
    found = bars_local(
        glances=endpoints_overview([endpoint(number) for number in (10, 11, 12)], now=now), calendar=calendar
    )
    expected = model(hours, zone=ZoneInfo(zone), now=now, since=since)
    assert calendar.start == now.astimezone(ZoneInfo(zone)).date() - timedelta(days=89)
    for number, days in expected.items():
        assert found[number]["bars_down_ms"] == [down if covers else None for covers, down in days], number
        shares = [100 * (covers - down) / covers if covers else None for covers, down in days]
        assert found[number]["bars"] == [share if share is None else pytest.approx(share, abs=1e-4) for share in shares]
    everything = [day for days in expected.values() for day in days]
    assert any(down for _covers, down in everything)
    assert any(not covers for covers, _down in everything)


def test_a_page_shows_an_incident_and_its_bar_on_one_day(owner, anonymous):
    endpoint(10)
    groups = [{"name": "Web", "endpoints": [{"endpoint_id": 10, "name": "Shop"}]}]
    owner.post("/api/status-pages", {"slug": "acme", "title": "Acme", "groups": groups})
    users_apply([{"id": 1, "name": "O", "language": "ko", "time_zone": "Asia/Seoul", "deleted": False}])
    night = midday(3).replace(hour=20)  # 05:00 of the next day in Seoul
    send(
        result(checked_at=midday(3)),
        result(checked_at=night, status="down", state="down", covers_ms=12_345, error_code="timeout"),
    )
    for query, zone in (("", "Asia/Seoul"), ("?tz=UTC", "UTC"), ("?tz=America/New_York", "America/New_York")):
        shown = anonymous.get(f"/api/status/acme{query}").json()
        [bars] = [entry["bars_down_ms"] for entry in shown["groups"][0]["endpoints"]]
        day = datetime.fromisoformat(shown["bars_start"]).date() + timedelta(days=bars.index(12_345))
        assert day == night.astimezone(ZoneInfo(zone)).date()
        assert sum(down or 0 for down in bars) == 12_345
        assert datetime.fromisoformat(shown["bars_start"]).date() + timedelta(days=89) == timezone.localdate(
            timezone=ZoneInfo(zone)
        )
