"""Owners who are gone make nothing, and quotas follow them."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from common import quotas
from common.api.errors import NotLoggedIn
from common.between import owners
from common.fleet import fleet
from common.models import Owner
from common.quotas import Quota, QuotaExceeded
from common.security.auth import Consumer, IsLoggedIn

pytestmark = pytest.mark.django_db
FACTORY = APIRequestFactory()


def allowed(method: str, user_id: int) -> bool:
    request = Request(FACTORY.generic(method, "/api/things"))
    request.user = Consumer(user_id)  # type: ignore[assignment]
    return IsLoggedIn().has_permission(request, APIView())


def test_the_feed_says_who_is_gone() -> None:
    owners.owners_apply([{"id": 1, "deleted": False}, {"id": 2, "deleted": True}, {"id": 1, "deleted": True}])
    owners.owners_apply([{"id": 3, "deleted": False, "quotas": {"channels": 5}}])
    assert owners.owners_gone([1, 2, 3, 4]) == {1, 2}
    assert [owners.is_gone(owner_id) for owner_id in (1, 3, 4)] == [True, False, False]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_who_is_gone_changes_nothing(method) -> None:
    Owner.objects.create(id=1, deleted=True)
    with pytest.raises(NotLoggedIn):
        allowed(method, 1)
    assert allowed(method, 2)
    assert allowed("GET", 1)


def test_every_quota_is_counted_by_a_service_and_has_a_label_that_is_translated() -> None:
    for name, quota in quotas.quotas().items():
        assert quota.service in fleet().databases, name
        assert quota.label in quotas.LABELS, name
    assert {quota.label for quota in quotas.quotas().values()} == set(quotas.LABELS)


def test_the_operators_number_comes_before_the_environments_and_that_before_the_files(settings) -> None:
    assert quotas.limit(1, "channels") == quotas.quotas()["channels"].most
    settings.QUOTAS = ["channels=7"]
    assert quotas.limit(1, "channels") == 7
    Owner.objects.create(id=1, quotas={"channels": 9})
    assert (quotas.limit(1, "channels"), quotas.limit(2, "channels")) == (9, 7)


@pytest.mark.parametrize(
    "items", [["nothing=1"], ["channels"], ["channels=-1"], ["channels=x"], ["channels=" + "9" * 30]]
)
def test_an_odd_quota_of_the_environment_is_said_at_the_start(settings, items) -> None:
    settings.QUOTAS = items
    with pytest.raises(ImproperlyConfigured, match="QUOTAS"):
        quotas.default("channels")


def test_what_goes_beyond_a_quota_is_refused_with_its_number(settings) -> None:
    settings.QUOTAS = ["channels=2", "mails_per_hour=1"]
    quotas.require(1, "channels", used=1)
    quotas.require(1, "channels", used=5, adding=0)
    with pytest.raises(QuotaExceeded, match="QUOTA_EXCEEDED") as refused:
        quotas.require(1, "channels", used=2)
    assert refused.value.status == 400
    assert "2" in str(refused.value.message)
    with pytest.raises(QuotaExceeded) as waiting:
        quotas.require(1, "mails_per_hour", used=1, retry_after=60)
    assert (waiting.value.status, waiting.value.retry_after) == (429, 60)


def test_the_file_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError):
        Quota(service="x", label="x", most=1, odd=2)  # type: ignore[call-arg]
