from django.db import migrations

FORWARDS = """
-- What a list of all results of a user counts: a few rows an hour, where rollup_hour has one for each endpoint.
CREATE TABLE report_count (
    user_id bigint NOT NULL,
    start timestamptz NOT NULL,
    region text NOT NULL,
    status smallint NOT NULL,
    checks integer NOT NULL,
    PRIMARY KEY (user_id, start, region, status)
) WITH (fillfactor = 50);
INSERT INTO report_count
SELECT user_id, date_trunc('hour', checked_at, 'UTC'), region, status, count(*) FROM report GROUP BY 1, 2, 3, 4;

-- What the overview says of an endpoint's hours and days before `hour`, in JSON. May be deleted at any time.
CREATE TABLE glance (
    endpoint_id bigint PRIMARY KEY,
    hour timestamptz NOT NULL,
    past text NOT NULL
);
"""


class Migration(migrations.Migration):
    dependencies = [("report_service", "0004_evidence_and_phases")]

    operations = [migrations.RunSQL(FORWARDS, "DROP TABLE report_count, glance;")]
