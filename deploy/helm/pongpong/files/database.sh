# Makes a role and its database where they are missing, and gives the role its password. Run again, it changes nothing.
# Nobody but the role connects to its database.
until pg_isready --quiet; do sleep 2; done
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --dbname postgres --set role="$ROLE" <<'SQL'
\getenv password ROLE_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'role', :'password') \gexec
SELECT format('GRANT %I TO CURRENT_USER', :'role') WHERE NOT pg_has_role(:'role', 'MEMBER') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'role', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'role') \gexec
SELECT format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', :'role') \gexec
SQL
