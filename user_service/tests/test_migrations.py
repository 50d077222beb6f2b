"""Data of the version before."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from user_service.models import KnownNetwork, SecurityEvent

pytestmark = pytest.mark.django_db


def test_where_users_have_long_been_is_nothing_new_after_the_upgrade(account, other):
    seen = {
        account.user: ["198.51.100.7", "198.51.100.7", "2001:db8:1:2::1", "2001:db8:1:2::2", "", "operator", "x" * 64],
        other.user: ["198.51.100.7"],
    }
    for user, addresses in seen.items():
        for address in addresses:
            SecurityEvent.objects.create(user=user, kind="logged_in", address=address)
    SecurityEvent.objects.create(user=other.user, kind="login_failed", address="203.0.113.1")
    SecurityEvent.objects.create(user=None, kind="login_failed", address="203.0.113.1")
    import_module("user_service.migrations.0006_known_networks").remember(apps, connection.schema_editor(atomic=False))
    known = KnownNetwork.objects.values_list("user_id", "network")
    assert sorted(known) == sorted([
        (account.user.id, "198.51.100.7"), (account.user.id, "2001:db8:1:2::/64"), (other.user.id, "198.51.100.7"),
    ])  # fmt: skip
