#!/usr/bin/env bash
# Runs all tests on SQLite, then those that use a database on PostgreSQL, and
# says what could not be tested here. With --soak it runs the packages that have
# soak tests, at full size.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/tools.sh
export CGO_ENABLED=0
unset TEST_POSTGRES

packages_with() { # the packages whose tests have the pattern
	{ grep -rlE --include='*_test.go' "$1" ./* || true; } | sed 's,/[^/]*$,,' | sort -u
}

# Results are never taken from the cache: the tests use programs of this machine.
test=(go test -json -count=1 -vet=off)
all=./...
both=$(packages_with 'makeright/internal/store/storetest"$|"TEST_POSTGRES"')
if [ "${1:-}" = --soak ]; then
	export SOAK=1
	test+=(-p 1 -timeout 4h -tags soak)
	all=$(packages_with '^//go:build soak|"SOAK"')
	[ -n "$all" ] || { echo "There are no soak tests."; exit; }
	both=$(grep -xF "$all" <<<"$both" || true)
else
	test+=(-p 2 -parallel 3 -timeout 20m)
fi

# What pages look like, weigh and do in a browser is the same on either database;
# the whole story (TestStory) is told on both.
pages='(Guest|Owner)Pages_|(Board_(NeverLies|CanBeInstalled|RingsBehindAnotherTab)|FromPostToBoard|Photos_AreShrunkInTheBrowser|Push_InABrowser|Retry|Retry_.*|Threat_(BrowsersHoldLittle|OtherSitesChangeNothing|OurPagesKeepThePolicy|WordsNeverBecomeScript))$'

missing=$(find_missing)
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	install_missing "$missing"
	missing=$(find_missing)
fi
[ -z "$missing" ] || explain_missing "$missing"

if command -v npm >/dev/null; then
	install_npm ${SOAK:+"$lighthouse"}
fi

# suite runs tests: a name, the command they run beside, and what go test gets.
# A browser on a busy machine may be too slow by chance, so a few that failed are
# tried once more, alone; the summary names them.
suite() {
	local log=.cache/suite.json package name
	echo "== $1"
	$2 "${test[@]}" "${@:3}" </dev/null | tee "$log" && return
	if [ -n "${SOAK:-}" ] || [ -z "$(.cache/bin/summary -failed <"$log")" ]; then
		failed=1
		return
	fi
	echo again
	while read -r package name; do
		$2 "${test[@]}" -run "^$name\$" "$package" </dev/null || failed=1
	done < <(.cache/bin/summary -failed <"$log")
}

# shellcheck disable=SC2086 # the lists of packages are meant to be split
run() {
	failed=0
	[ -z "$missing" ] || sed 's/^[^ ]* */not tested: /' <<<"$missing"
	suite SQLite "" $all
	if [ -n "$both" ] && pg_bin >/dev/null; then
		suite PostgreSQL .ci/postgres.sh -skip "^Test($pages)" $both
	fi
	return "$failed"
}

mkdir -p .cache/bin
go build -buildvcs=false -o .cache/bin/summary ./.ci/summary
run | .cache/bin/summary
