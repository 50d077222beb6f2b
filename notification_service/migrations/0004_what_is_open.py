"""What the rows of before mean by the new fields: which channels are for everything, where they lead, and what is open."""

from urllib.parse import urlsplit

from django.db import migrations

EVENTS = "ARRAY['down', 'up', 'degraded', 'recovered', 'certificate', 'flapping', 'region_held']::varchar[]"
PORTS = {"http": 80, "https": 443}

CHANNELS = f"""
UPDATE notification_service_notification
SET all_events = events @> {EVENTS}, covers_all = cardinality(endpoint_ids) = 0 AND cardinality(tags) = 0
"""
SUPERSEDED = """
UPDATE notification_service_alert AS earlier
SET superseded_by = (
    SELECT later.incident_id FROM notification_service_alert AS later
    WHERE later.event IN ('down', 'degraded') AND later.endpoint_id = earlier.endpoint_id
    AND later.user_id = earlier.user_id AND later.region = earlier.region
    AND later.incident_id <> earlier.incident_id AND later.started_at >= earlier.started_at
    AND later.id > earlier.id
    ORDER BY later.started_at DESC, later.id DESC LIMIT 1
)
WHERE earlier.event IN ('down', 'degraded') AND NOT EXISTS (
    SELECT 1 FROM notification_service_alert AS ending
    WHERE ending.incident_id = earlier.incident_id AND ending.event IN ('up', 'recovered')
)
"""
# A look waits until the feeds have told which endpoints are paused and which windows are open.
OPEN = """
INSERT INTO notification_service_openalert (channel_id, alert_id, awaits, told_at, reminded_at, look_at)
SELECT DISTINCT ON (delivery.channel_id, opening.id)
    delivery.channel_id, opening.id, coalesce(opening.superseded_by, opening.incident_id),
    coalesce(delivery.finished_at, delivery.due_at), now(), now() + interval '5 minutes'
FROM notification_service_deliveryalert AS link
JOIN notification_service_delivery AS delivery ON delivery.id = link.delivery_id
JOIN notification_service_alert AS opening ON opening.id = link.alert_id
WHERE delivery.state = 'delivered' AND delivery.reason = 'alert' AND delivery.channel_id IS NOT NULL
AND opening.event IN ('down', 'degraded') AND NOT EXISTS (
    SELECT 1 FROM notification_service_alert AS ending
    WHERE ending.incident_id IN (opening.incident_id, opening.superseded_by) AND ending.event IN ('up', 'recovered')
)
ORDER BY delivery.channel_id, opening.id, delivery.finished_at
ON CONFLICT DO NOTHING
"""
REMINDERS = """
UPDATE notification_service_delivery SET state = 'cancelled', finished_at = now()
WHERE reason = 'reminder' AND state = 'pending'
"""


def hosts_fill(apps, schema_editor):
    channels = apps.get_model("notification_service", "Notification").objects
    for channel in channels.filter(kind__in=["slack", "webhook"]).only("id", "kind", "settings").iterator():
        host = host_of(channel.settings.get("webhook_url") or channel.settings.get("url") or "")
        channels.filter(id=channel.id).update(host=host or ("slack.com" if channel.kind == "slack" else ""))


def host_of(url):
    try:
        parsed = urlsplit(url)
        host, port = (parsed.hostname or "").rstrip("."), parsed.port
    except ValueError:
        return ""
    return (f"{host}:{port}" if port and port != PORTS.get(parsed.scheme) else host)[:300]


class Migration(migrations.Migration):

    dependencies = [
        ('notification_service', '0003_open_alerts_windows_and_shares'),
    ]

    operations = [
        migrations.RunSQL([CHANNELS, SUPERSEDED, OPEN, REMINDERS], migrations.RunSQL.noop),
        migrations.RunPython(hosts_fill, migrations.RunPython.noop),
    ]
