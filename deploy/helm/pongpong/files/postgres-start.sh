# Gives the administrator the Secret's password before anybody can connect: the image itself does so in a new database alone.
# No process stands beside the single-user server, whose number its lock file could hold from a crash before.
if [ -s "$PGDATA/PG_VERSION" ]; then
    password=$(printf %s "$POSTGRES_PASSWORD" | sed "s/'/''/g")
    postgres --single -D "$PGDATA" "$@" -c log_statement=none -c log_min_error_statement=panic postgres >/dev/null <<SQL ||
ALTER ROLE postgres PASSWORD '$password'
SQL
        echo "The administrator keeps the password of before." >&2
    unset password
fi
exec docker-entrypoint.sh postgres "$@"
