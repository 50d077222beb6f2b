from django.db import migrations, models


class Migration(migrations.Migration):
    """A state for what could not be checked by a fault of ours. Choices are no matter of the database."""

    dependencies = [("endpoint_service", "0003_read_owners")]

    operations = [
        migrations.AlterField(
            model_name="endpointstate",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"), ("up", "Up"), ("degraded", "Degraded"), ("down", "Down"),
                    ("paused", "Paused"), ("maintenance", "Maintenance"), ("unknown", "Unknown"),
                ],
                max_length=12,
            ),
        ),
    ]
