from django.db import migrations

COUNTERS = ("checks", "up", "degraded", "down", "maintenance")
DURATIONS = ("covers_ms", "down_ms", "maintenance_ms")
PHASES = ("total", "name_lookup", "connect", "tls", "first_byte", "transfer", "redirect")
ROLLUP = ",\n".join([
    *(f"{name} integer NOT NULL" for name in COUNTERS),
    *(f"{name} bigint NOT NULL" for name in DURATIONS),
    *(
        f"{phase}_count integer NOT NULL, {phase}_sum double precision NOT NULL, {phase}_min real, {phase}_max real"
        for phase in PHASES
    ),
    "histogram integer[] NOT NULL",
])  # fmt: skip

FUNCTIONS = """
-- A histogram is an array from the lowest to the highest bucket in use; NULL elements count as 0.
CREATE FUNCTION histogram_of(buckets int4[]) RETURNS int4[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    counts int4[] := '{}';
    bucket int4;
BEGIN
    IF buckets IS NOT NULL THEN
        FOREACH bucket IN ARRAY buckets LOOP
            counts[bucket] := coalesce(counts[bucket], 0) + 1;
        END LOOP;
    END IF;
    RETURN counts;
END $$;
CREATE FUNCTION histogram_merge(counts int4[], more int4[]) RETURNS int4[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF array_lower(counts, 1) IS NULL THEN
        RETURN more;
    END IF;
    IF array_lower(more, 1) IS NULL THEN
        RETURN counts;
    END IF;
    FOR bucket IN array_lower(more, 1) .. array_upper(more, 1) LOOP
        IF more[bucket] IS NOT NULL THEN
            counts[bucket] := coalesce(counts[bucket], 0) + more[bucket];
        END IF;
    END LOOP;
    RETURN counts;
END $$;
CREATE AGGREGATE histogram_sum(int4[]) (SFUNC = histogram_merge, STYPE = int4[], INITCOND = '{}', PARALLEL = SAFE);
"""

TABLES = f"""
CREATE TABLE report (
    id uuid NOT NULL,
    endpoint_id bigint NOT NULL,
    user_id bigint NOT NULL,
    checked_at timestamptz NOT NULL,
    incident_id uuid,
    certificate_expires_at timestamptz,
    covers_ms integer NOT NULL,
    total_ms real,
    name_lookup_ms real,
    connect_ms real,
    tls_ms real,
    first_byte_ms real,
    transfer_ms real,
    redirect_ms real,
    status smallint NOT NULL,
    http_status smallint,
    manual boolean NOT NULL,
    region text NOT NULL,
    state text NOT NULL,
    error_code text,
    message text,
    resolved_ip text,
    PRIMARY KEY (endpoint_id, checked_at, region)
) PARTITION BY RANGE (checked_at);
CREATE INDEX report_user ON report (user_id, checked_at);
-- What is rare is what people filter by.
CREATE INDEX report_user_status ON report (user_id, status, checked_at) WHERE status <> 0;
CREATE INDEX report_endpoint_status ON report (endpoint_id, status, checked_at) WHERE status <> 0;

CREATE TABLE rollup_hour (
    endpoint_id bigint NOT NULL,
    user_id bigint NOT NULL,
    start timestamptz NOT NULL,
    region text NOT NULL,
    {ROLLUP},
    PRIMARY KEY (endpoint_id, start, region)
) WITH (fillfactor = 70);
CREATE INDEX rollup_hour_user ON rollup_hour (user_id, start);
CREATE INDEX rollup_hour_start ON rollup_hour USING brin (start);

CREATE TABLE rollup_day (
    endpoint_id bigint NOT NULL,
    user_id bigint NOT NULL,
    start timestamptz NOT NULL,
    region text NOT NULL,
    {ROLLUP},
    PRIMARY KEY (endpoint_id, start, region)
) WITH (fillfactor = 70);
CREATE INDEX rollup_day_user ON rollup_day (user_id, start);

CREATE TABLE latest_result (
    endpoint_id bigint NOT NULL,
    region text NOT NULL,
    checked_at timestamptz NOT NULL,
    status smallint NOT NULL,
    state text NOT NULL,
    http_status smallint,
    error_code text,
    message text,
    total_ms real,
    certificate_expires_at timestamptz,
    PRIMARY KEY (endpoint_id, region)
) WITH (fillfactor = 50);
"""


class Migration(migrations.Migration):
    dependencies = [("report_service", "0001_initial")]

    operations = [
        migrations.RunSQL(
            FUNCTIONS,
            """
            DROP AGGREGATE histogram_sum(int4[]);
            DROP FUNCTION histogram_merge(int4[], int4[]);
            DROP FUNCTION histogram_of(int4[]);
            """,
        ),
        migrations.RunSQL(TABLES, "DROP TABLE report, rollup_hour, rollup_day, latest_result;"),
    ]
