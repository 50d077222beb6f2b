from django.db import migrations, models


class Migration(migrations.Migration):
    """The cause of what is wrong as data. Processes of before leave it; where it does not fit, its sentence tells."""

    dependencies = [("endpoint_check", "0009_unknown")]

    operations = [
        migrations.AddField(
            model_name="monitor", name="cause_data", field=models.TextField(default="", db_default="")
        ),
        # As migration 0004 does: no statement selects by it.
        migrations.RunSQL(
            "ALTER TABLE endpoint_check_monitor ALTER COLUMN cause_data SET STATISTICS 0", migrations.RunSQL.noop
        ),
    ]
