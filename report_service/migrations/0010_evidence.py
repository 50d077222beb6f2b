from django.db import migrations, models


class Migration(migrations.Migration):
    """How much is kept of what failing sites answer."""

    dependencies = [("report_service", "0009_window_scope")]

    operations = [
        migrations.CreateModel(
            name="EvidenceUse",
            fields=[
                ("pk", models.CompositePrimaryKey("user_id", "start", blank=True, editable=False, primary_key=True, serialize=False)),
                ("user_id", models.BigIntegerField()),
                ("start", models.DateTimeField(db_index=True)),
                ("bytes", models.BigIntegerField()),
            ],
            options={"db_table": "evidence_use"},
        ),
        migrations.CreateModel(
            name="IncidentEvidence",
            fields=[
                ("incident_id", models.UUIDField(primary_key=True, serialize=False)),
                ("kept", models.IntegerField()),
                ("digest", models.BigIntegerField()),
                ("kept_at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "incident_evidence"},
        ),
    ]
