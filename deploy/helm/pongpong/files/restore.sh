# Puts a folder of backup.sh back ($BACKUP, else the newest). Each database is restored beside the one that is there; when
# all are, each takes its place. What was there stays, closed, as <database>_before. Stop what uses the databases first.
umask 077
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT

gpg_() { gpg --batch --quiet --pinentry-mode loopback --passphrase-fd 3 "$@" 3< <(printf '%s' "$BACKUP_KEY"); }
ask() { psql --quiet --no-psqlrc --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname postgres "$@"; }

if [ -z "$BACKUP" ]; then
  for folder in "$FOLDER"/[0-9]*T[0-9]*Z; do BACKUP=$(basename "$folder"); done
fi
if [ ! -d "$FOLDER/$BACKUP" ]; then
  echo "There is no backup $BACKUP. There are:" >&2
  ls "$FOLDER" >&2
  exit 1
fi
echo "Restoring $BACKUP"
for database in $DATABASES; do
  ask --command "DROP DATABASE IF EXISTS ${database}_new WITH (FORCE)" \
    --command "CREATE DATABASE ${database}_new OWNER $database TEMPLATE template0" \
    --command "REVOKE CONNECT, TEMPORARY ON DATABASE ${database}_new FROM PUBLIC"
  gpg_ --decrypt "$FOLDER/$BACKUP/$database.dump.gpg" \
    | pg_restore --no-owner --no-privileges --role="$database" --exit-on-error --dbname="${database}_new"
done
for database in $DATABASES; do
  ask --set database="$database" <<'SQL'
SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', :'database' || '_before') \gexec
SELECT format('ALTER DATABASE %I ALLOW_CONNECTIONS false', datname) FROM pg_database WHERE datname = :'database' \gexec
SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname = :'database' \g /dev/null
BEGIN;
SELECT format('ALTER DATABASE %I RENAME TO %I', datname, datname || '_before') FROM pg_database WHERE datname = :'database' \gexec
SELECT format('ALTER DATABASE %I RENAME TO %I', :'database' || '_new', :'database') \gexec
COMMIT;
SQL
  echo "$database: restored; what was there is ${database}_before"
done
