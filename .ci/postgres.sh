#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL, whose address it finds in
# TEST_POSTGRES. The server listens on 127.0.0.1 only and is gone at the end.
set -euo pipefail
. "$(dirname "$0")/tools.sh"

bin=$(pg_bin) || { echo "postgres.sh: initdb is missing" >&2; exit 1; }
dir=$(mktemp -d /tmp/makeright-pg.XXXXXX)
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && echo "$password" >"$dir/password")

as_user() { "$@"; }
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
	user=$(id -un postgres 2>/dev/null || echo nobody)
	as_user() { setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups env HOME="$dir" "$@"; }
	chown -R "$user" "$dir"
fi

stop() {
	as_user "$bin/pg_ctl" stop -D "$dir/data" -m immediate -s >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' INT TERM
cd / # a folder that the other user may read

# It need not survive a power cut, so it does not wait for the disk.
as_user "$bin/initdb" -D "$dir/data" -U postgres -A scram-sha-256 --pwfile="$dir/password" \
	-E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1 || { cat "$dir/initdb.log" >&2; exit 1; }
start() {
	as_user "$bin/pg_ctl" start -D "$dir/data" -l "$dir/log" -s -w -o "-p $1 -h 127.0.0.1 -k $dir \
		-c fsync=off -c full_page_writes=off -c max_connections=200" >/dev/null 2>&1
}
for try in 1 2 3 4 5; do
	port=$((20000 + RANDOM % 12000)) # below the ports that others are given by chance
	start "$port" && break
	[ "$try" -lt 5 ] || { cat "$dir/log" >&2; exit 1; }
done

cd "$OLDPWD"
TEST_POSTGRES="postgres://postgres:$password@127.0.0.1:$port/postgres?sslmode=disable" "$@"
