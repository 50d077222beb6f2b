"""The operator's numbers for one account, and how the services learn of them."""

import io

import pytest
from django.core.management import CommandError, call_command

from common.api.errors import ValidationFailed
from common.between.owners import owners_apply
from common.formats.ids import MAX_ID
from common.quotas import default, limit, quotas
from user_service.accounts import services
from user_service.models import User
from user_service.operators import services as operator_services

pytestmark = pytest.mark.django_db(transaction=True)


def command(*arguments):
    output = io.StringIO()
    call_command("user", "quotas", *arguments, stdout=output)
    return output.getvalue().split("\n")


def test_an_operator_gives_an_account_other_numbers_and_takes_them_back(account, internal):
    cursor = internal.get("/users").json()["cursor"]
    shown = command("OWNER@example.com", "channels=200", "notes_per_incident=0")
    assert "channels=200" in shown
    assert f"endpoints={default('endpoints')} (default)" in shown
    (item,) = internal.get(f"/users?changed_since={cursor}").json()["items"]
    assert item["quotas"] == {"channels": 200, "notes_per_incident": 0}
    owners_apply([item])
    assert (limit(account.user.id, "channels"), limit(account.user.id, "endpoints")) == (200, default("endpoints"))
    command("owner@example.com", "channels=default", "endpoints=7")
    assert User.objects.get().quotas == {"notes_per_incident": 0, "endpoints": 7}
    assert len([line for line in command("owner@example.com") if line]) == len(quotas())


@pytest.mark.parametrize(
    "item",
    [
        "channels",
        "channels=",
        "channels=-1",
        "channels=1.5",
        "channels=x",
        f"channels={2**64}",
        "nothing=1",
        "nothing=default",
    ],
)
def test_what_is_no_quota_or_no_number_changes_nothing(account, item):
    with pytest.raises(CommandError):
        command("owner@example.com", "endpoints=7", item)
    assert User.objects.get().quotas == {}


@pytest.mark.parametrize("number", [-1, 1.5, "1", True, [], {}, MAX_ID + 1])
def test_only_whole_numbers_are_kept(account, number):
    with pytest.raises(ValidationFailed):
        operator_services.user_set_quotas(user=account.user, quotas={"channels": number})


def test_an_unknown_account_is_said_so():
    with pytest.raises(CommandError):
        command("nobody@example.com", "channels=1")


def test_a_deleted_account_has_none(account, internal):
    operator_services.user_set_quotas(user=account.user, quotas={"channels": 1})
    services.user_delete(user=account.user)
    assert internal.get(f"/users/{account.user.id}").json()["quotas"] == {}


def test_no_user_reads_or_changes_their_quotas(account):
    assert "quotas" not in account.client.get("/api/users/me").json()
    account.client.patch("/api/users/me", {"quotas": {"channels": 10**6}})
    assert User.objects.get().quotas == {}
