"""One contract, two gateways: our own tables, and Kong's Admin API as it was seen to answer."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from common.testing.contracts import assert_error
from user_service.accounts import services
from user_service.errors import GatewayUnavailable
from user_service.gateways import kong as kong_module
from user_service.gateways.base import ConsumerMissing, gateway
from user_service.gateways.reconcile import gateway_reconcile
from user_service.models import User
from user_service.tasks import finish_deletions, reconcile
from user_service.tests.conftest import PASSWORD, make_account
from user_service.tests.fake_kong import FakeKong

pytestmark = pytest.mark.django_db


@pytest.fixture
def kong(settings, httpserver):
    fake = FakeKong(httpserver)
    settings.GATEWAY, settings.KONG_ADMIN_URL = "kong", fake.url
    return fake


@pytest.fixture(params=["local", "kong"])
def any_gateway(request, settings):
    if request.param == "kong":
        request.getfixturevalue("kong")
    return gateway()


def test_a_consumer_is_made_once_however_often_it_is_asked_for(any_gateway):
    any_gateway.create_consumer(user_id=42)
    any_gateway.create_consumer(user_id=42)
    assert list(any_gateway.list_consumers()) == [42]


def test_keys_are_listed_until_they_are_revoked(any_gateway):
    any_gateway.create_consumer(user_id=42)
    issued = [any_gateway.issue_key(user_id=42, expires_at=None) for _ in range(3)]
    any_gateway.revoke_key(credential=issued[0].credential)
    any_gateway.revoke_key(credential=issued[0].credential)
    assert set(any_gateway.list_keys(user_id=42)) == {issued[1].credential, issued[2].credential}


def test_a_key_may_have_a_time(any_gateway):
    any_gateway.create_consumer(user_id=42)
    issued = any_gateway.issue_key(user_id=42, expires_at=timezone.now() + timedelta(days=30))
    assert any_gateway.list_keys(user_id=42) == [issued.credential]


def test_a_key_needs_its_consumer(any_gateway):
    with pytest.raises(ConsumerMissing):
        any_gateway.issue_key(user_id=42, expires_at=None)
    assert any_gateway.list_keys(user_id=42) == []


def test_deleting_a_consumer_takes_its_keys_and_no_other_s(any_gateway):
    for user_id in (42, 43):
        any_gateway.create_consumer(user_id=user_id)
        any_gateway.issue_key(user_id=user_id, expires_at=None)
    any_gateway.delete_consumer(user_id=42)
    any_gateway.delete_consumer(user_id=42)
    assert list(any_gateway.list_consumers()) == [43]
    assert any_gateway.list_keys(user_id=42) == []
    assert len(any_gateway.list_keys(user_id=43)) == 1


def test_revoking_an_unknown_key_is_no_error(any_gateway):
    any_gateway.revoke_key(credential=uuid4())


def test_an_account_lives_its_whole_life_on_either(any_gateway, anonymous):
    account = make_account()
    login = anonymous.post("/api/login", {"email": account.user.email, "password": PASSWORD})
    assert login.status_code == 200
    assert len(any_gateway.list_keys(user_id=account.user.id)) == 2
    assert account.client.post("/api/logout").status_code == 200
    assert len(any_gateway.list_keys(user_id=account.user.id)) == 1
    assert account.client.delete("/api/users/me", {"password": PASSWORD}).status_code == 204
    assert list(any_gateway.list_consumers()) == []


def test_reconciliation_makes_what_is_missing_and_removes_what_is_nobody_s(any_gateway):
    kept, lost = make_account(), make_account("other@example.com")
    User.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    any_gateway.delete_consumer(user_id=lost.user.id)
    under_way = lost.user.id + 1
    any_gateway.create_consumer(user_id=under_way)
    reconcile()
    assert set(any_gateway.list_consumers()) == {kept.user.id, lost.user.id, under_way}
    services.user_delete(user=kept.user)
    any_gateway.create_consumer(user_id=kept.user.id)
    assert gateway_reconcile() == (0, 1)
    assert set(any_gateway.list_consumers()) == {lost.user.id, under_way}
    assert gateway_reconcile() == (0, 0)


def test_kong_s_username_and_custom_id_are_the_user_id(kong):
    account = make_account()
    (consumer,) = kong.consumers.values()
    assert consumer["username"] == consumer["custom_id"] == str(account.user.id)
    (key,) = kong.keys.values()
    assert key["key"] == account.key
    assert key["id"] == account.credential
    assert 30 * 86400 - 60 < key["ttl"] <= 30 * 86400


def test_kong_s_pages_are_followed(kong, monkeypatch):
    monkeypatch.setattr(kong_module, "PAGE", 2)
    for user_id in range(1, 6):
        gateway().create_consumer(user_id=user_id)
        gateway().issue_key(user_id=3, expires_at=None) if user_id > 3 else None
    kong.consumers["anonymous"] = {"id": str(uuid4()), "username": "anonymous", "custom_id": None}
    kong.consumers["ops"] = {"id": str(uuid4()), "username": "ops", "custom_id": "7"}
    for _ in range(3):
        gateway().issue_key(user_id=3, expires_at=None)
    assert sorted(gateway().list_consumers()) == [1, 2, 3, 4, 5]
    assert len(gateway().list_keys(user_id=3)) == 5


def test_a_key_whose_answer_got_lost_is_not_made_twice(kong):
    gateway().create_consumer(user_id=42)
    kong.loses = 1
    issued = gateway().issue_key(user_id=42, expires_at=None)
    assert gateway().list_keys(user_id=42) == [issued.credential]


def test_a_foreign_consumer_with_our_custom_id_is_not_taken_for_ours(kong, caplog):
    kong.consumers["ops"] = {"id": str(uuid4()), "username": "ops", "custom_id": "42"}
    with pytest.raises(GatewayUnavailable):
        gateway().create_consumer(user_id=42)
    assert "foreign consumer" in caplog.text


def test_a_sign_up_while_kong_is_away_leaves_nothing_and_says_so(kong, anonymous, settings):
    settings.KONG_ADMIN_URL = "http://127.0.0.1:9"
    body = {"email": "new@example.com", "password": PASSWORD}
    assert_error(anonymous.post("/api/users", body), 503, "GATEWAY_UNAVAILABLE")
    assert not User.objects.exists()
    settings.KONG_ADMIN_URL = kong.url
    assert anonymous.post("/api/users", body).status_code == 201


def test_a_sign_up_that_fails_halfway_takes_its_consumer_back(kong, anonymous, monkeypatch):
    def fail(**_):
        raise GatewayUnavailable

    monkeypatch.setattr(gateway(), "issue_key", fail)
    response = anonymous.post("/api/users", {"email": "new@example.com", "password": PASSWORD})
    assert_error(response, 503, "GATEWAY_UNAVAILABLE")
    assert kong.consumers == {}
    assert not User.objects.exists()


@pytest.mark.parametrize("status", [400, 401, 500, 503])
def test_whatever_else_kong_says_is_unavailable(kong, status):
    kong.fails = [status] * 5
    with pytest.raises(GatewayUnavailable):
        gateway().create_consumer(user_id=42)


def test_one_bad_moment_of_kong_goes_unnoticed(kong):
    kong.fails = [503]
    gateway().create_consumer(user_id=42)
    assert kong.calls == ["PUT /consumers/42"] * 2


def test_an_answer_that_is_not_json_is_unavailable(kong, httpserver):
    httpserver.clear()
    httpserver.expect_request("/consumers").respond_with_data("<html>")
    with pytest.raises(GatewayUnavailable):
        list(gateway().list_consumers())


def test_a_deletion_while_kong_is_away_says_so_and_can_be_repeated(kong, settings):
    account = make_account()
    settings.KONG_ADMIN_URL = "http://127.0.0.1:9"
    assert_error(account.client.delete("/api/users/me", {"password": PASSWORD}), 503, "GATEWAY_UNAVAILABLE")
    assert account.client.get("/api/users/me").status_code == 200
    settings.KONG_ADMIN_URL = kong.url
    assert account.client.delete("/api/users/me", {"password": PASSWORD}).status_code == 204


def test_a_deletion_while_kong_was_away_goes_on_by_itself(kong, settings):
    account, other = make_account(), make_account("other@example.com")
    settings.KONG_ADMIN_URL = "http://127.0.0.1:9"
    assert_error(account.client.delete("/api/users/me", {"password": PASSWORD}), 503, "GATEWAY_UNAVAILABLE")
    finish_deletions()
    assert User.objects.filter(deleted_at=None).count() == 2
    settings.KONG_ADMIN_URL = kong.url
    finish_deletions()
    assert User.objects.get(deleted_at=None) == other.user
    assert list(kong.consumers) == [str(other.user.id)]


def test_no_key_is_ever_logged(kong, caplog):
    caplog.set_level("DEBUG")
    account = make_account()
    kong.fails = [500] * 5
    with pytest.raises(GatewayUnavailable):
        gateway().issue_key(user_id=account.user.id, expires_at=None)
    assert "pong_" not in caplog.text
