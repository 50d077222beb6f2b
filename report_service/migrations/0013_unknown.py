from django.db import migrations

TABLES = ("rollup_hour", "rollup_day", "rollup_month")


class Migration(migrations.Migration):
    """How many results are `unknown`. Processes of before write none; they find the new status in no row that they read
    by its number but that of one result, since `latest_result` keeps it as they do.
    """

    dependencies = [("report_service", "0012_endpoint_keys")]

    operations = [
        migrations.RunSQL(
            "".join(f"ALTER TABLE {table} ADD COLUMN unknown integer NOT NULL DEFAULT 0;" for table in TABLES),
            "".join(f"ALTER TABLE {table} DROP COLUMN unknown;" for table in TABLES),
        )
    ]
