from django.db import migrations, models


class Migration(migrations.Migration):
    """Endpoints are searched for by key as well, so all of them are read anew."""

    dependencies = [("report_service", "0011_language")]

    operations = [
        migrations.AddField(
            model_name="endpointcopy", name="key", field=models.TextField(default="", db_default="")
        ),
        migrations.RunSQL(
            "UPDATE report_service_cursor SET cursor = '' WHERE feed = 'endpoint_service/endpoints'", migrations.RunSQL.noop
        ),
    ]
