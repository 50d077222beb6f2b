from django.db import migrations, models

TABLES = ("report", "latest_result")


class Migration(migrations.Migration):
    """Causes as data beside their sentences. Rows without, of before or of an older checker, have their sentence as the
    cause `text` whenever they are read, so that nobody rewrites a month of results.
    """

    dependencies = [("report_service", "0013_unknown")]

    operations = [
        migrations.RunSQL(
            "".join(f"ALTER TABLE {table} ADD COLUMN cause_data text;" for table in TABLES),
            "".join(f"ALTER TABLE {table} DROP COLUMN cause_data;" for table in TABLES),
            state_operations=[migrations.AddField("report", "cause_data", models.TextField(null=True))],
        ),
        migrations.AddField("incident", "cause_data", models.TextField(null=True)),
    ]
