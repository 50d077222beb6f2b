from django.db import migrations, models


class Migration(migrations.Migration):
    """Windows say whether they are for all endpoints. Null, as processes of before write it: for all if they name none."""

    dependencies = [("endpoint_check", "0006_certificates_warned")]

    operations = [
        migrations.AddField(
            model_name="maintenancewindow", name="covers_all", field=models.BooleanField(null=True)
        ),
    ]
