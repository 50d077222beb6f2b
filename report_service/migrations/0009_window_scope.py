from django.db import migrations, models


class Migration(migrations.Migration):
    """Windows say whether they are for all endpoints. Null, as processes of before write it: for all if they name none."""

    dependencies = [("report_service", "0008_statistics_and_glances")]

    operations = [
        migrations.AddField(model_name="windowcopy", name="covers_all", field=models.BooleanField(null=True)),
    ]
