"""Every row is of a region: in the keys of what each region has of its own, in a column of what waits."""

from django.db import migrations, models

OUTBOXES = ["resultoutbox", "stateoutbox", "alertoutbox"]
REGION = "coalesce((SELECT min(region) FROM endpoint_check_monitor), 'default')"
FILL = "".join(f"UPDATE endpoint_check_{name} SET region = {REGION};" for name in [*OUTBOXES, "maintenancewindow"])
KEYS = """
ALTER TABLE endpoint_check_monitor
    DROP CONSTRAINT endpoint_check_monitor_pkey, ADD PRIMARY KEY (endpoint_id, region);
ALTER TABLE endpoint_check_maintenancewindow RENAME COLUMN id TO window_id;
ALTER TABLE endpoint_check_maintenancewindow
    DROP CONSTRAINT endpoint_check_maintenancewindow_pkey, ADD PRIMARY KEY (window_id, region);
"""
KEYS_BEFORE = """
ALTER TABLE endpoint_check_monitor
    DROP CONSTRAINT endpoint_check_monitor_pkey, ADD PRIMARY KEY (endpoint_id);
ALTER TABLE endpoint_check_maintenancewindow
    DROP CONSTRAINT endpoint_check_maintenancewindow_pkey, ADD PRIMARY KEY (window_id);
ALTER TABLE endpoint_check_maintenancewindow RENAME COLUMN window_id TO id;
"""
CURSORS = f"UPDATE endpoint_check_feedcursor SET feed = feed || '@' || {REGION}"
CURSORS_BEFORE = "UPDATE endpoint_check_feedcursor SET feed = split_part(feed, '@', 1)"


def key(model, field):
    """The state's side of a key that becomes `(field, region)`."""
    options = {"blank": True, "editable": False, "primary_key": True, "serialize": False}
    return [
        migrations.AlterField(model, field, models.BigIntegerField()),
        migrations.AddField(model, "pk", models.CompositePrimaryKey(field, "region", **options)),
    ]


class Migration(migrations.Migration):
    dependencies = [("endpoint_check", "0004_monitor_statistics")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="region",
                field=models.CharField(default="default", max_length=64),
                preserve_default=False,
            )
            for name in [*OUTBOXES, "maintenancewindow"]
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        # Django changes no primary key to one of two columns by itself.
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(KEYS, KEYS_BEFORE)],
            state_operations=[
                *key("monitor", "endpoint_id"),
                migrations.RenameField("maintenancewindow", "id", "window_id"),
                *key("maintenancewindow", "window_id"),
            ],
        ),
        migrations.RunSQL(CURSORS, CURSORS_BEFORE),
    ]
