from django.db import migrations, models


class Migration(migrations.Migration):
    """Causes as data beside their sentences; an alert without has its sentence as the cause `text` when it is read."""

    dependencies = [("notification_service", "0004_what_is_open")]

    operations = [
        migrations.AddField("alert", "cause_data", models.TextField(blank=True, default="", db_default="")),
    ]
