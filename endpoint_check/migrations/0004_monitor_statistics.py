from django.db import migrations

# What no statement selects by. Every check writes its monitor's row twice, so PostgreSQL takes statistics of the table
# every minute; texts and arrays made most of what that cost.
UNSEARCHED = [
    "name", "url", "spec", "version", "tags", "interval", "timeout", "slot_at", "run_kind", "run_count",
    "run_started_at", "incident_id", "incident_started_at", "cause", "error_code", "last_good_at", "changed_at",
    "certificate_expires_at", "certificate_warned", "moves", "flapping_since", "incident_told",
]  # fmt: skip


def _statistics(target: int) -> str:
    columns = ", ".join(f"ALTER COLUMN {column} SET STATISTICS {target}" for column in UNSEARCHED)
    return f"ALTER TABLE endpoint_check_monitor {columns}"


class Migration(migrations.Migration):

    dependencies = [
        ('endpoint_check', '0003_outboxes_in_bundles'),
    ]

    operations = [migrations.RunSQL(_statistics(0), _statistics(-1))]
