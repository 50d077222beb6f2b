# Dumps each of $DATABASES as of one moment, encrypted, into a folder of its own in $FOLDER; proves each dump by restoring
# it beside its database; then removes the folders that are older than $KEEP_DAYS. A folder that is there is whole.
umask 077
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
name=$(date --utc +%Y%m%dT%H%M%SZ)
partial=$FOLDER/$name.partial
trial=

gpg_() { gpg --batch --quiet --pinentry-mode loopback --passphrase-fd 3 "$@" 3< <(printf '%s' "$BACKUP_KEY"); }
ask() { psql --quiet --no-psqlrc --no-align --tuples-only --set ON_ERROR_STOP=1 "$@"; }
tidy_up() {
  gpgconf --kill all
  rm -rf "$GNUPGHOME" "$partial"
  [ -z "$trial" ] || ask --dbname postgres --command "DROP DATABASE IF EXISTS $trial WITH (FORCE)"
}
trap tidy_up EXIT

for _ in {1..60}; do pg_isready --quiet && break; sleep 2; done
rm -rf "$FOLDER"/*.partial
mkdir "$partial"
for database in $DATABASES; do
  dump=$partial/$database.dump.gpg
  pg_dump --format=custom --no-owner --no-privileges --dbname="$database" \
    | gpg_ --symmetric --cipher-algo AES256 --compress-algo none --output "$dump"
  trial=restore_trial_$database
  ask --dbname postgres --command "DROP DATABASE IF EXISTS $trial WITH (FORCE)" \
    --command "CREATE DATABASE $trial TEMPLATE template0" --command "REVOKE CONNECT ON DATABASE $trial FROM PUBLIC"
  gpg_ --decrypt "$dump" | pg_restore --no-owner --no-privileges --exit-on-error --dbname="$trial"
  dumped=$(gpg_ --decrypt "$dump" | pg_restore --list | grep --count ' TABLE public ') || true
  restored=$(ask --dbname "$trial" --command "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
  ask --dbname postgres --command "DROP DATABASE $trial WITH (FORCE)"
  if [ "$restored" = 0 ] || [ "$restored" != "$dumped" ]; then
    echo "$database: of $dumped tables in the dump $restored came back" >&2
    exit 1
  fi
  echo "$database: $restored tables in $(stat --format %s "$dump") bytes, restored on trial"
done
mv "$partial" "$FOLDER/$name"

oldest=$(date --utc --date "$KEEP_DAYS days ago" +%Y%m%dT%H%M%SZ)
for folder in "$FOLDER"/[0-9]*T[0-9]*Z; do
  if [[ $(basename "$folder") < $oldest ]]; then rm -rf "$folder"; fi
done
