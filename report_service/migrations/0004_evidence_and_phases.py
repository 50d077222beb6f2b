from django.db import migrations, models

PHASES = ("name_lookup", "connect", "tls", "first_byte", "transfer", "redirect")
HISTOGRAMS = ", ".join(f"ADD COLUMN {phase}_histogram integer[] NOT NULL DEFAULT '{{}}'" for phase in PHASES)

FORWARDS = f"""
-- Null but for failures, so they cost the others nothing.
ALTER TABLE report ADD COLUMN certificate_issuer text, ADD COLUMN response_headers text, ADD COLUMN response_body text;
-- Half of each page stays free: a batch updates every row of it once, and the new versions then find room beside the
-- old ones, so that no index has to be touched (HOT).
ALTER TABLE rollup_hour ADD COLUMN offline integer NOT NULL DEFAULT 0, SET (fillfactor = 45);
ALTER TABLE rollup_day ADD COLUMN offline integer NOT NULL DEFAULT 0, {HISTOGRAMS}, SET (fillfactor = 45);
ALTER TABLE latest_result SET (fillfactor = 45);
"""
BACKWARDS = f"""
ALTER TABLE report DROP COLUMN certificate_issuer, DROP COLUMN response_headers, DROP COLUMN response_body;
ALTER TABLE rollup_hour DROP COLUMN offline, SET (fillfactor = 70);
ALTER TABLE rollup_day DROP COLUMN offline, {", ".join(f"DROP COLUMN {phase}_histogram" for phase in PHASES)},
    SET (fillfactor = 70);
ALTER TABLE latest_result SET (fillfactor = 50);
"""


class Migration(migrations.Migration):
    dependencies = [("report_service", "0003_status_pages")]

    operations = [
        migrations.RunSQL(
            FORWARDS,
            BACKWARDS,
            state_operations=[
                migrations.AddField("report", name, models.TextField(null=True))
                for name in ("certificate_issuer", "response_headers", "response_body")
            ],
        )
    ]
