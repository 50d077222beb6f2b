"""Status pages, their feed, and badges."""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.utils import timezone

from common.testing.contracts import assert_error, assert_page
from report_service.models import BadgeToken, EndpointCopy, StatusPage
from report_service.tests.samples import MINUTE, endpoint, incident, midday, result, send

pytestmark = pytest.mark.django_db

PAGE = {
    "slug": "acme",
    "title": "Acme",
    "groups": [{"name": "Web", "endpoints": [{"endpoint_id": 10, "name": "Shop"}, {"endpoint_id": 11}]}],
}


def parsed(xml: bytes) -> Any:
    """Our own XML, read by somebody else's parser."""
    return ET.fromstring(xml)  # noqa: S314


@pytest.fixture
def page(owner):
    endpoint(10)
    endpoint(11)
    endpoint(12)
    endpoint(20, user_id=2)
    response = owner.post("/api/status-pages", PAGE)
    assert response.status_code == 201, response.json()
    return response.json()


def test_a_page_is_made_listed_changed_and_deleted(owner, page):
    assert page["groups"][0]["endpoints"][1] == {"endpoint_id": 11, "name": "site 11"}
    address = f"/api/status-pages/{page['id']}"
    assert assert_page(owner.get("/api/status-pages"), total=1) == [owner.get(address).json()]
    changed = owner.patch(address, {"title": "Acme Inc.", "slug": "acme-inc"}).json()
    assert (changed["title"], changed["slug"], changed["groups"]) == ("Acme Inc.", "acme-inc", page["groups"])
    assert owner.delete(address).status_code == 204
    assert_error(owner.get(address), 404)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Acme"}, "slug"),
        ({"slug": "-acme"}, "slug"),
        ({"slug": "ac\nme"}, "slug"),
        ({"slug": "a" * 64}, "slug"),
        ({"title": ""}, "title"),
        ({"title": "a\u0000"}, "title"),
        ({"groups": [{"name": "x", "endpoints": [{"endpoint_id": 0}]}]}, "groups.0.endpoints.0.endpoint_id"),
        ({"groups": [{"name": "x", "endpoints": [{"endpoint_id": 10}] * 201}]}, "groups.0.endpoints"),
        ({"groups": [{"name": "x", "endpoints": [{"endpoint_id": 10}] * 150}] * 2}, "groups"),
        ({"groups": "x"}, "groups"),
    ],
)
def test_a_page_that_makes_no_sense_is_refused(owner, change, field):
    endpoint(10)
    body = assert_error(owner.post("/api/status-pages", {"slug": "s", "title": "t"} | change), 400, "VALIDATION_FAILED")
    assert field in {name.partition(".0.endpoints.200")[0] for name in body["errors"]}, body


@pytest.mark.parametrize(
    ("groups", "field"),
    [
        ([{}], "groups.0.name"),
        ([{"name": "x"}], "groups.0.endpoints"),
        ([{"endpoints": []}], "groups.0.name"),
        ([{"name": "x", "endpoints": [{}]}], "groups.0.endpoints.0.endpoint_id"),
        ([{"name": "x", "endpoints": [{"name": "y"}]}], "groups.0.endpoints.0.endpoint_id"),
    ],
)
def test_a_part_of_a_page_is_given_whole_in_a_change_too(owner, page, groups, field):
    answer = owner.patch(f"/api/status-pages/{page['id']}", {"groups": groups})
    assert field in assert_error(answer, 400, "VALIDATION_FAILED")["errors"]


def test_an_address_in_use_is_refused(page, outsider):
    body = assert_error(outsider.post("/api/status-pages", {"slug": "acme", "title": "x"}), 400)
    assert "slug" in body["errors"]


@pytest.mark.usefixtures("page")
def test_another_users_endpoint_cannot_be_put_on_a_page(owner):
    groups = [{"name": "x", "endpoints": [{"endpoint_id": 20}]}]
    assert_error(owner.post("/api/status-pages", {"slug": "b", "title": "b", "groups": groups}), 403)


def test_a_page_can_be_saved_as_it_was_answered_after_one_of_its_endpoints_is_gone(owner, anonymous, page):
    EndpointCopy.objects.filter(id=10).update(deleted=True)
    address = f"/api/status-pages/{page['id']}"
    for stale in (owner.get(address).json(), owner.get("/api/status-pages").json()["items"][0], page):
        changed = owner.patch(address, {"title": "Acme Inc.", "groups": stale["groups"]})
        assert changed.status_code == 200, changed.json()
        assert changed.json()["groups"] == [{"name": "Web", "endpoints": [{"endpoint_id": 11, "name": "site 11"}]}]
    assert owner.patch(address, {"description": "d"}).json() == owner.get(address).json()
    assert [entry["name"] for entry in anonymous.get("/api/status/acme").json()["groups"][0]["endpoints"]] == [
        "site 11"
    ]
    again = [{"name": "x", "endpoints": [{"endpoint_id": 10}, {"endpoint_id": 12}]}]
    copied = owner.post("/api/status-pages", {"slug": "b", "title": "b", "groups": again}).json()
    assert [entry["endpoint_id"] for entry in copied["groups"][0]["endpoints"]] == [12]
    EndpointCopy.objects.filter(id=20).update(deleted=True)
    foreign = [{"name": "x", "endpoints": [{"endpoint_id": 20}]}]
    assert_error(owner.patch(address, {"groups": foreign}), 404)
    EndpointCopy.objects.filter(id=11).update(deleted=True)
    assert owner.get(address).json()["groups"] == [{"name": "Web", "endpoints": []}]
    assert anonymous.get("/api/status/acme").json()["state"] == "unknown"


def test_another_users_page_is_forbidden_and_nobody_must_log_in(page, outsider, anonymous):
    for path in ("", "/preview", "/announcements", "/announcements/1"):
        assert_error(outsider.get(f"/api/status-pages/{page['id']}{path}"), 403)
        assert_error(anonymous.get(f"/api/status-pages/{page['id']}{path}"), 401)
    assert_error(outsider.patch(f"/api/status-pages/{page['id']}", {}), 403)
    assert_error(outsider.delete(f"/api/status-pages/{page['id']}"), 403)
    assert_error(outsider.post(f"/api/status-pages/{page['id']}/announcements", {"title": "x"}), 403)
    assert_error(anonymous.post("/api/status-pages", PAGE), 401)


@pytest.mark.usefixtures("page")
def test_everybody_may_read_the_page_and_only_what_is_on_it(anonymous):
    now = timezone.now()
    send(
        result(checked_at=now, message="secret-message"),
        result(endpoint_id=11, checked_at=now, status="down", state="down"),
        result(endpoint_id=12, checked_at=now, status="down", state="down"),
    )
    shown = incident(endpoint_id=11, cause="10.0.0.7 refused")
    hidden = incident(endpoint_id=12)
    response = anonymous.get("/api/status/acme")
    assert response.headers["Cache-Control"] == "public, max-age=30"
    body = response.json()
    assert body["state"] == "down"
    assert [(e["name"], e["state"]) for e in body["groups"][0]["endpoints"]] == [("Shop", "up"), ("site 11", "down")]
    assert [(row["name"], row["status"]) for row in body["incidents"]] == [("site 11", "open")]
    text = response.content.decode()
    for secret in ("secret-message", "10.0.0.7", "site 12", "site-1", "default", str(shown.id), str(hidden.id), "_id"):
        assert secret not in text


@pytest.mark.usefixtures("page")
def test_the_state_of_the_page_does_not_tell_of_endpoints_that_are_not_on_it(anonymous):
    now = timezone.now()
    send(*[result(endpoint_id=number, checked_at=now) for number in (10, 11)])
    before = anonymous.get("/api/status/acme").content
    send(result(endpoint_id=12, checked_at=now, status="down", state="down"))
    incident(endpoint_id=12)
    assert anonymous.get("/api/status/acme").content == before


@pytest.mark.usefixtures("page")
def test_a_first_failure_is_not_shown_as_down(anonymous):
    send(result(checked_at=timezone.now(), status="down", state="confirming"))
    assert anonymous.get("/api/status/acme").json()["groups"][0]["endpoints"][0]["state"] == "up"


def test_response_times_are_shown_where_the_owner_wants_it(owner, anonymous, page):
    assert "sparkline" not in anonymous.get("/api/status/acme").json()["groups"][0]["endpoints"][0]
    owner.patch(f"/api/status-pages/{page['id']}", {"show_response_times": True})
    assert len(anonymous.get("/api/status/acme").json()["groups"][0]["endpoints"][0]["sparkline"]) == 24


def test_the_owner_sees_beforehand_what_everybody_would_read(owner, anonymous, page):
    published = anonymous.get("/api/status/acme").json()
    owner.patch(f"/api/status-pages/{page['id']}", {"published": False})
    assert owner.get(f"/api/status-pages/{page['id']}/preview").json() == published


def test_an_unpublished_page_looks_like_none(owner, anonymous, page):
    owner.patch(f"/api/status-pages/{page['id']}", {"published": False})
    for path in ("", "/feed"):
        unpublished, none = (anonymous.get(f"/api/status/{slug}{path}") for slug in ("acme", "nothing"))
        assert_error(unpublished, 404)
        assert unpublished.content == none.content


def test_announcements_are_shown_while_they_last(owner, anonymous, page):
    address = f"/api/status-pages/{page['id']}/announcements"
    now = timezone.now()
    made = owner.post(address, {"title": "We move", "kind": "maintenance", "text": "Tonight."})
    assert made.status_code == 201
    owner.post(address, {"title": "Later", "starts_at": (now + timedelta(days=1)).isoformat()})
    past = {"starts_at": (now - timedelta(days=2)).isoformat(), "ends_at": (now - timedelta(days=1)).isoformat()}
    owner.post(address, {"title": "Past"} | past)
    assert_page(owner.get(address), total=3)
    assert [row["title"] for row in anonymous.get("/api/status/acme").json()["announcements"]] == ["We move"]
    one = f"{address}/{made.json()['id']}"
    assert owner.get(one).json()["text"] == "Tonight."
    assert owner.patch(one, {"title": "We moved"}).json()["title"] == "We moved"
    assert_error(owner.patch(one, {"ends_at": "2001-01-01T00:00:00Z"}), 400)
    assert owner.delete(one).status_code == 204
    assert_error(owner.get(one), 404)


def test_the_feed_is_atom_with_stable_ids(owner, anonymous, page):
    incident(endpoint_id=10, resolved_at=midday() + MINUTE, cause="10.0.0.7")
    incident(endpoint_id=12)
    owner.post(f"/api/status-pages/{page['id']}/announcements", {"title": "Bell \x07", "text": "<b>&"})
    response = anonymous.get("/api/status/acme/feed")
    assert response.headers["Content-Type"].startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    entries = parsed(response.content).findall(f"{atom}entry")
    assert [entry.findtext(f"{atom}title") for entry in entries] == ["Bell ", "Shop has recovered"]
    assert b"10.0.0.7" not in response.content
    again = parsed(anonymous.get("/api/status/acme/feed").content).findall(f"{atom}entry")
    assert [e.findtext(f"{atom}id") for e in again] == [e.findtext(f"{atom}id") for e in entries]


def test_badges_show_state_uptime_and_latency_to_whoever_has_the_token(owner, anonymous, settings):
    settings.API_URL = ""
    endpoint(10)
    now = timezone.now()
    send(result(checked_at=now), result(checked_at=now - MINUTE, status="down"))
    urls = owner.get("/api/endpoints/10/badges").json()
    assert urls == owner.get("/api/endpoints/10/badges").json()
    for kind, text in (("state", ">up<"), ("uptime", ">50%<"), ("latency", " ms<")):
        response = anonymous.get(urls[f"{kind}_url"].replace("/report-service/", "/api/"))
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("image/svg+xml")
        assert "max-age" in response.headers["Cache-Control"]
        assert text in response.content.decode()
        parsed(response.content)
        assert b"site" not in response.content


def test_a_revoked_token_is_dead(owner, anonymous):
    endpoint(10)
    token = owner.get("/api/endpoints/10/badges").json()["token"]
    assert owner.delete("/api/endpoints/10/badges").status_code == 204
    assert_error(anonymous.get(f"/api/badges/{token}.svg"), 404)
    assert owner.get("/api/endpoints/10/badges").json()["token"] != token


def test_badges_of_another_user_are_forbidden(owner, outsider, anonymous):
    endpoint(10)
    assert_error(outsider.get("/api/endpoints/10/badges"), 403)
    assert_error(outsider.delete("/api/endpoints/10/badges"), 403)
    assert_error(anonymous.get("/api/endpoints/10/badges"), 401)
    assert not BadgeToken.objects.exists()
    assert_error(anonymous.get("/api/badges/unknown.svg"), 404)
    token = owner.get("/api/endpoints/10/badges").json()["token"]
    assert_error(anonymous.get(f"/api/badges/{token}.svg?kind=fun"), 400)
    assert_error(anonymous.get(f"/api/badges/{token}.svg?period=1y"), 400)


def test_a_user_has_a_bounded_number_of_pages(owner):
    StatusPage.objects.bulk_create([StatusPage(user_id=1, slug=f"s{n}", title="t") for n in range(100)])
    assert_error(owner.post("/api/status-pages", {"slug": "more", "title": "t"}), 400, "TOO_MANY")
    assert owner.patch(f"/api/status-pages/{StatusPage.objects.get(slug='s1').id}", {"title": "u"}).status_code == 200


ACCEPTS = ["image/*", "image/webp,image/png;q=0.9", "application/atom+xml", "text/csv", "text/plain", "nonsense", ""]


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("accept", ACCEPTS)
def test_what_has_one_format_gives_it_whatever_is_asked_for(owner, anonymous, accept):
    token = owner.get("/api/endpoints/10/badges").json()["token"]
    accepted = {"accept": accept}

    def kind(who, path):
        response = who.get(path, headers=accepted)
        b"".join(response)
        return response.headers["Content-Type"].partition(";")[0]

    assert kind(anonymous, f"/api/badges/{token}.svg") == "image/svg+xml"
    assert kind(anonymous, "/api/status/acme/feed") == "application/atom+xml"
    assert kind(owner, "/api/reports/export") == "text/csv"
    assert_error(anonymous.get("/api/badges/unknown.svg", headers=accepted), 404)
    if accept:
        assert_error(anonymous.get("/api/status/acme", headers=accepted), 406, "NOT_ACCEPTABLE")
        assert_error(owner.get("/api/reports", headers=accepted), 406, "NOT_ACCEPTABLE")
