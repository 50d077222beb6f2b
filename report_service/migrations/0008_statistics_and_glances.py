from django.db import migrations

_KEPT_FOR_PLANS = "'endpoint_id', 'user_id', 'start', 'region'"
STATISTICS = """
-- Nothing is searched by the numbers and histograms of rollups, and ANALYZE sorts the elements of every array: without
-- their statistics it takes a tenth, and autovacuum analyses these tables all day, since each batch updates them.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT attrelid::regclass AS rollup, attname FROM pg_attribute
        WHERE attrelid IN ('rollup_hour'::regclass, 'rollup_day'::regclass, 'rollup_month'::regclass)
            AND attnum > 0 AND NOT attisdropped AND attname NOT IN ({kept})
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS {target}', found.rollup, found.attname);
    END LOOP;
END $$;
"""
FORWARDS, BACKWARDS = (STATISTICS.format(kept=_KEPT_FOR_PLANS, target=target) for target in (0, -1))


class Migration(migrations.Migration):
    dependencies = [("report_service", "0007_months")]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        # What the next hour's glance is made of; without it each would be made anew, from 90 days.
        migrations.RunSQL(
            "TRUNCATE glance; ALTER TABLE glance ADD COLUMN kept text NOT NULL;",
            "ALTER TABLE glance DROP COLUMN kept;",
        ),
        # One row: months before it are all made. 1970 is before any result.
        migrations.RunSQL(
            "CREATE TABLE rollup_month_mark (folded_until timestamptz NOT NULL);"
            " INSERT INTO rollup_month_mark VALUES ('1970-01-01T00:00:00Z');",
            "DROP TABLE rollup_month_mark;",
        ),
    ]
