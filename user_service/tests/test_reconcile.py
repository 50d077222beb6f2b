"""Keys on both sides compared: what was revoked stays revoked, and nobody loses a key to a restored database."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from user_service.gateways import kong as kong_module
from user_service.gateways import local as local_module
from user_service.gateways import reconcile
from user_service.gateways.base import gateway
from user_service.models import Key, LocalKey, RevokedKey, SecurityEvent, User
from user_service.operators.services import user_reset_password
from user_service.tasks import purge
from user_service.tasks import reconcile as task
from user_service.tests.conftest import PASSWORD, make_account
from user_service.tests.fake_kong import FakeKong

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=3)


@pytest.fixture(autouse=True)
def from_the_beginning():
    reconcile._place.start = None


@pytest.fixture
def kong(settings, httpserver):
    fake = FakeKong(httpserver)
    settings.GATEWAY, settings.KONG_ADMIN_URL = "kong", fake.url
    return fake


def backup(kong, request):
    """The gateway's keys as they are now; what it returns brings them back."""
    if kong is not None:
        kept = {key_id: dict(key) for key_id, key in kong.keys.items()}
        return lambda: kong.keys.update(kept)
    rows = list(LocalKey.objects.all())
    return lambda: LocalKey.objects.bulk_create(rows, ignore_conflicts=True)


@pytest.fixture(params=["local", "kong"])
def restore(request):
    """Remember the gateway's keys, and bring them back."""
    kong = request.getfixturevalue("kong") if request.param == "kong" else None
    return lambda: backup(kong, request)


def age(kong):
    """Three days pass, for both sides."""
    for key in kong.keys.values():
        key["created_at"] -= int(LONG_AGO.total_seconds())
    for model in (Key, SecurityEvent, User):
        for row in model.objects.all():
            model.objects.filter(pk=row.pk).update(created_at=row.created_at - LONG_AGO)


def kept():
    """The credentials of every key that the gateway has."""
    return {key.credential for page in gateway().key_pages(start=None) for key in page.keys}


def revoke_named(account, key_id, anonymous):
    account.client.delete(f"/api/keys/{key_id}")


def revoke_by_password(account, key_id, anonymous):
    body = {"current_password": PASSWORD, "new_password": "another fine sentence", "revoke_keys": True}
    account.client.post("/api/users/me/password", body)


def revoke_all(account, key_id, anonymous):
    user_reset_password(user=account.user, password="another fine sentence")


@pytest.mark.parametrize("revoked", [revoke_named, revoke_by_password, revoke_all])
def test_a_restored_gateway_brings_no_revoked_key_back(restore, anonymous, revoked):
    account = make_account()
    made = account.client.post("/api/keys", {"name": "ci"}).json()
    credential = Key.objects.get(id=made["id"]).credential
    bring_back = restore()
    revoked(account, made["id"], anonymous)
    left = set(account.user.keys.values_list("credential", flat=True))
    bring_back()
    assert credential in kept()
    task()
    assert kept() == left


def test_logged_out_keys_and_those_that_made_room_stay_revoked(restore, anonymous, monkeypatch):
    account = make_account()
    bring_back = restore()
    account.client.post("/api/logout")
    bring_back()
    assert kept()
    task()
    assert kept() == set()


def test_what_was_revoked_before_revocations_were_noted_is_known_by_the_audit_log(kong):
    account = make_account()
    account.client.post("/api/keys", {"name": "ci"})
    age(kong)
    Key.objects.filter(name="ci").delete()
    assert not RevokedKey.objects.exists()
    task()
    assert [str(key) for key in gateway().list_keys(user_id=account.user.id)] == [account.credential]


def test_keys_that_our_restored_database_has_lost_go_on(kong, anonymous):
    account = make_account()
    account.client.post("/api/keys", {"name": "made after the backup"})
    age(kong)
    Key.objects.filter(name__contains="after").delete()
    SecurityEvent.objects.filter(kind="key_created").delete()
    # The account itself was made three days ago at another moment.
    SecurityEvent.objects.update(created_at=timezone.now() - timedelta(days=4))
    task()
    assert len(gateway().list_keys(user_id=account.user.id)) == 2


def test_an_empty_side_of_ours_takes_no_key_from_anybody(restore):
    account = make_account()
    Key.objects.all().delete()
    task()
    assert len(gateway().list_keys(user_id=account.user.id)) == 1


def test_a_key_whose_login_is_under_way_is_left(kong):
    account = make_account()
    issued = gateway().issue_key(user_id=account.user.id, expires_at=None)
    task()
    assert issued.credential in gateway().list_keys(user_id=account.user.id)


def test_an_operator_s_own_key_at_kong_is_left(kong):
    make_account()
    kong.consumers["ops"] = {"id": str(uuid4()), "username": "ops", "custom_id": None}
    own = dict(next(iter(kong.keys.values()))) | {
        "id": str(uuid4()),
        "key": "ops-key",
        "consumer": kong.consumers["ops"],
    }
    kong.keys[own["id"]] = own
    age(kong)
    task()
    assert own["id"] in kong.keys


def test_a_key_that_the_gateway_lost_is_marked_and_goes_after_a_week(kong):
    account = make_account()
    account.client.post("/api/keys", {"name": "ci"})
    age(kong)
    key = Key.objects.get(name="ci")
    taken = kong.keys.pop(str(key.credential))
    assert reconcile.keys_reconcile() == (0, 1)
    assert reconcile.keys_reconcile() == (0, 0)
    kong.keys[taken["id"]] = taken
    reconcile.keys_reconcile()
    key.refresh_from_db()
    assert key.lost_at is None
    del kong.keys[taken["id"]]
    reconcile.keys_reconcile()
    Key.objects.filter(id=key.id).update(lost_at=timezone.now() - timedelta(days=8))
    reconcile.keys_reconcile()
    assert not Key.objects.filter(id=key.id).exists()
    assert SecurityEvent.objects.filter(kind="key_revoked", address="gateway", detail="ci").exists()


def test_a_gateway_without_any_key_makes_us_forget_none(kong):
    account = make_account()
    age(kong)
    kong.keys.clear()
    assert reconcile.keys_reconcile() == (0, 0)
    assert account.user.keys.get().lost_at is None


@pytest.mark.parametrize("which", ["local", "kong"])
def test_any_number_of_keys_is_compared_in_bounded_runs(which, request, monkeypatch):
    if which == "kong":
        request.getfixturevalue("kong")
    monkeypatch.setattr(kong_module, "PAGE", 2)
    monkeypatch.setattr(local_module, "PAGE", 2)
    monkeypatch.setattr(reconcile, "PAGES", 2)
    account = make_account()
    issued = [gateway().issue_key(user_id=account.user.id, expires_at=None) for _ in range(10)]
    RevokedKey.objects.bulk_create(RevokedKey(credential=key.credential) for key in issued)
    revoked = [reconcile.keys_reconcile()[0] for _ in range(4)]
    assert max(revoked) <= 4
    for _ in range(6):
        reconcile.keys_reconcile()
    assert [str(key) for key in gateway().list_keys(user_id=account.user.id)] == [account.credential]


def test_revocations_are_remembered_for_a_year(account):
    made = account.client.post("/api/keys", {"name": "ci"}).json()
    account.client.delete(f"/api/keys/{made['id']}")
    RevokedKey.objects.update(revoked_at=timezone.now() - timedelta(days=364))
    purge()
    assert RevokedKey.objects.exists()
    RevokedKey.objects.update(revoked_at=timezone.now() - timedelta(days=366))
    purge()
    assert not RevokedKey.objects.exists()
