from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether the last check failed by a fault of ours. Processes of before leave it as it is."""

    dependencies = [("endpoint_check", "0008_outbox_age")]

    operations = [
        migrations.AddField(
            model_name="monitor", name="unknown", field=models.BooleanField(default=False, db_default=False)
        ),
        # As migration 0004 does: no statement selects by it.
        migrations.RunSQL(
            "ALTER TABLE endpoint_check_monitor ALTER COLUMN unknown SET STATISTICS 0", migrations.RunSQL.noop
        ),
    ]
