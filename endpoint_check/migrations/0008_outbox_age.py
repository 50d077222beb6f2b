from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """Outboxes know since when a row waits; what processes of before write is dated by the database."""

    dependencies = [("endpoint_check", "0007_window_scope")]

    operations = [
        migrations.AddField(model_name=f"{name}outbox", name="created_at", field=models.DateTimeField(db_default=Now()))
        for name in ("alert", "result", "state")
    ]
