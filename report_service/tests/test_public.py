"""What everybody reads: in whose language and by whose clocks, and a feed as RFC 4287 wants it."""

from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from common.models import Owner
from common.testing.contracts import assert_error
from report_service.feed_sync.endpoint_copies import users_apply
from report_service.feed_sync.erasure import gone_owners_sweep
from report_service.models import EndpointCopy, StatusPage, UserCopy, WindowCopy
from report_service.tests.samples import MINUTE, endpoint, incident, midday, result, send

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
HOUR = 60 * MINUTE


@pytest.fixture
def page(owner):
    endpoint(10)
    groups = [{"name": "Web", "endpoints": [{"endpoint_id": 10, "name": "Shop"}]}]
    return owner.post("/api/status-pages", {"slug": "acme", "title": "Acme", "groups": groups}).json()


@pytest.fixture
def seoul():
    """The owner, as user_service's feed tells of them."""
    users_apply([{"id": 1, "name": "O", "language": "ko", "time_zone": "Asia/Seoul", "deleted": False}])


def feed(anonymous, query=""):
    return ET.fromstring(anonymous.get(f"/api/status/acme/feed{query}").content)  # noqa: S314


@pytest.mark.usefixtures("page", "seoul")
def test_a_page_speaks_its_owners_language_unless_asked_for_another(anonymous):
    english = {"accept-language": "en"}
    shown = anonymous.get("/api/status/acme", headers=english).json()
    assert (shown["language"], shown["time_zone"]) == ("ko", "Asia/Seoul")
    asked = anonymous.get("/api/status/acme?lang=en&tz=Europe/Berlin").json()
    assert (asked["language"], asked["time_zone"]) == ("en", "Europe/Berlin")
    assert asked["sentence"] == "Nothing is known yet."
    assert shown["sentence"] != asked["sentence"]
    UserCopy.objects.update(language="en")
    assert anonymous.get("/api/status/acme", headers={"accept-language": "ko"}).json()["sentence"] == asked["sentence"]


@pytest.mark.usefixtures("page", "seoul")
@pytest.mark.parametrize("path", ["/api/status/acme", "/api/status/acme/feed"])
def test_an_unknown_language_or_zone_is_refused(anonymous, path):
    assert "lang" in assert_error(anonymous.get(f"{path}?lang=tlh"), 400)["errors"]
    assert "tz" in assert_error(anonymous.get(f"{path}?tz=Mars/Olympus"), 400)["errors"]


@pytest.mark.usefixtures("page", "seoul")
def test_a_badge_speaks_its_owners_language(owner, anonymous):
    send(result(checked_at=timezone.now()))
    token = owner.get("/api/endpoints/10/badges").json()["token"]
    korean = anonymous.get(f"/api/badges/{token}.svg", headers={"accept-language": "en"}).content.decode()
    english = anonymous.get(f"/api/badges/{token}.svg?lang=en", headers={"accept-language": "ko"}).content.decode()
    assert ">up<" in english
    assert ">up<" not in korean


@pytest.mark.usefixtures("page", "seoul")
def test_the_feed_tells_times_by_its_owners_clocks(anonymous):
    starts_at = (timezone.now() + HOUR).replace(hour=18, minute=0, second=0, microsecond=0) + timedelta(days=1)
    WindowCopy.objects.create(id=1, user_id=1, starts_at=starts_at, duration=3600)
    told = f"{starts_at + timedelta(days=1):%Y-%m-%d} 03:00"
    assert told in (feed(anonymous).findtext(f"{ATOM}entry/{ATOM}summary") or "")
    assert "18:00" in (feed(anonymous, "?tz=UTC").findtext(f"{ATOM}entry/{ATOM}summary") or "")


def test_the_feed_is_what_rfc_4287_wants(owner, anonymous, page):
    now = timezone.now()
    incident(confirmed_at=now - MINUTE, started_at=now - 5 * MINUTE)
    WindowCopy.objects.create(id=1, user_id=1, cron="0 3 * * *", time_zone="Asia/Seoul", duration=600)
    owner.post(f"/api/status-pages/{page['id']}/announcements", {"title": "We move", "text": "<b>Tonight</b> & later"})
    found = feed(anonymous)
    entries = found.findall(f"{ATOM}entry")
    assert len(entries) == 3, "a daily window is one entry"
    assert found.findtext(f"{ATOM}author/{ATOM}name") == "Acme"
    assert {
        entry.find(f"{ATOM}summary").get("type") for entry in entries if entry.find(f"{ATOM}summary") is not None
    } == {"text"}
    moments = [
        datetime.fromisoformat(moment)
        for place in [found, *entries]
        for name in ("updated", "published")
        if (moment := place.findtext(f"{ATOM}{name}"))
    ]
    assert len(moments) == 7
    assert max(moments) <= timezone.now()
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 3


@pytest.mark.usefixtures("page")
def test_what_breaks_makes_the_feed_newer(anonymous):
    now = timezone.now()
    incident(started_at=midday(), resolved_at=now - 2 * MINUTE)
    before = feed(anonymous).findtext(f"{ATOM}updated")
    incident(started_at=now - 4 * MINUTE, confirmed_at=now - MINUTE)
    after = feed(anonymous).findtext(f"{ATOM}updated")
    assert before is not None
    assert after is not None
    assert datetime.fromisoformat(after) > datetime.fromisoformat(before)


def test_what_a_gone_owner_made_is_refused_and_swept(owner, page):
    users_apply([{"id": 1, "name": "", "language": "ko", "time_zone": "UTC", "deleted": True}])
    assert Owner.objects.get().deleted
    assert_error(owner.patch(f"/api/status-pages/{page['id']}", {"title": "x"}), 401)
    assert [row["code"] for row in send(result(endpoint_id=99))["refused"]] == ["ENDPOINT_DELETED"]
    assert send(result(endpoint_id=99, user_id=2))["accepted"] == 1
    WindowCopy.objects.create(id=1, user_id=1, duration=60)
    StatusPage.objects.create(user_id=2, slug="theirs", title="t")
    gone_owners_sweep()
    assert [row.slug for row in StatusPage.objects.all()] == ["theirs"]
    assert not WindowCopy.objects.exists()
    assert EndpointCopy.objects.get(id=10).deleted
