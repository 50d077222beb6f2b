from datetime import timedelta

from django.db import migrations
from django.db.models import Max
from django.utils import timezone

from common.security.client_address import network_of

CAME_IN = ["signed_up", "logged_in", "password_reset"]


def remember(apps, schema_editor):
    """From the audit log, so that nobody is told of places as new where they have long been."""
    events = apps.get_model("user_service", "SecurityEvent").objects.using(schema_editor.connection.alias)
    networks = apps.get_model("user_service", "KnownNetwork").objects.using(schema_editor.connection.alias)
    seen = (
        events.filter(kind__in=CAME_IN, user__deleted_at=None, created_at__gt=timezone.now() - timedelta(days=365))
        .values_list("user_id", "address")
        .annotate(Max("created_at"))
    )
    latest = {}
    for user_id, address, at in seen.iterator(chunk_size=10_000):
        key = user_id, network_of(address)
        if key[1] != network_of(""):
            latest[key] = max(at, latest.get(key, at))
    rows = (networks.model(user_id=user_id, network=network, seen_at=at) for (user_id, network), at in latest.items())
    networks.bulk_create(rows, ignore_conflicts=True, batch_size=5_000)


class Migration(migrations.Migration):
    dependencies = [
        ("user_service", "0005_accounts"),
    ]

    operations = [
        migrations.RunPython(remember, migrations.RunPython.noop),
    ]
