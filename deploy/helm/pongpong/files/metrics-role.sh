# Makes the exporter's role where it is missing, and gives it its password. Run again, it changes nothing.
until pg_isready --quiet; do sleep 2; done
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --dbname postgres --set role="$ROLE" <<'SQL'
\getenv password ROLE_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'role', :'password') \gexec
SELECT format('GRANT pg_monitor TO %I', :'role') \gexec
SQL
