from django.db import migrations

FORWARDS = """
-- A year of days lies on 365 pages; of months that take no more results, eleven rows say the same.
CREATE TABLE rollup_month (LIKE rollup_day INCLUDING DEFAULTS, PRIMARY KEY (endpoint_id, start, region));
-- 0002 made it already; databases that were migrated in between had lost it.
CREATE OR REPLACE AGGREGATE histogram_sum(int4[])
    (SFUNC = histogram_merge, STYPE = int4[], INITCOND = '{}', PARALLEL = SAFE);
"""


class Migration(migrations.Migration):
    dependencies = [("report_service", "0006_windows_and_updates")]

    operations = [migrations.RunSQL(FORWARDS, "DROP TABLE rollup_month;")]
