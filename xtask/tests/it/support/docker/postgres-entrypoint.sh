#!/bin/bash
# Keeps what the public "postgres" images promise, on a server that was copied from a machine.
set -eu

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
fail() { say "error: $*" >&2; exit 1; }

[ "${1#-}" = "$1" ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"

# What only asks the program for information needs no database.
for argument; do
    case $argument in -\? | --help | --describe-config | -V | --version) exec "$@" ;; esac
done

if [ "$(id -u)" = 0 ]; then
    # The server refuses to run as root.
    mkdir -p "$PGDATA" /run/postgresql
    chown -R postgres:postgres "$PGDATA" /run/postgresql
    chmod 700 "$PGDATA"
    exec setpriv --reuid=999 --regid=999 --clear-groups -- "$0" "$@"
fi

if [ -s "$PGDATA/PG_VERSION" ]; then
    say "there is a database already: not initialised again"
    exec "$@"
fi

# NAME, or what the file named by NAME_FILE holds, or else the default.
setting() {
    local value=${!1-} file_name="$1_FILE"
    local file=${!file_name-}
    [ -z "$value" ] || [ -z "$file" ] || fail "both $1 and $file_name are set"
    if [ -n "$file" ]; then value=$(<"$file"); fi
    unset "$file_name"
    export "$1=${value:-$2}"
}
setting POSTGRES_PASSWORD ''
setting POSTGRES_USER postgres
setting POSTGRES_DB "$POSTGRES_USER"
setting POSTGRES_INITDB_ARGS ''
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
if [ -z "$POSTGRES_PASSWORD" ] && [ "$method" != trust ]; then
    fail "database is uninitialised and superuser password is not specified: set POSTGRES_PASSWORD"
fi

eval "initdb --username=\"\$POSTGRES_USER\" --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\") --no-sync $POSTGRES_INITDB_ARGS"
printf 'host all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
printf "listen_addresses = '*'\n" >>"$PGDATA/postgresql.conf"

# The scripts speak to a server that listens on its socket only: nobody from outside meets a half-made database.
export PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGDATABASE="$POSTGRES_DB"
pg_ctl --wait --options="-c listen_addresses=''" start
if [ "$POSTGRES_DB" != postgres ]; then
    psql -X -q -d postgres -v ON_ERROR_STOP=1 -v name="$POSTGRES_DB" <<<'create database :"name"'
fi
for script in /docker-entrypoint-initdb.d/*; do
    case $script in
        *.sh) say "running $script"; if [ -x "$script" ]; then "$script"; else . "$script"; fi ;;
        *.sql) say "running $script"; psql -X -v ON_ERROR_STOP=1 --no-psqlrc -f "$script" ;;
        *.sql.gz) say "running $script"; gunzip -c "$script" | psql -X -v ON_ERROR_STOP=1 ;;
        *) [ ! -e "$script" ] || say "ignoring $script" ;;
    esac
done
pg_ctl --wait --mode=fast stop
unset PGUSER PGPASSWORD PGDATABASE
say "PostgreSQL init process complete; ready for start up."
exec "$@"
