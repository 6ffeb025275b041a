#!/usr/bin/env bash
# Everything about the code that needs no test run: form, vet, staticcheck, the
# import plan, generated files. It goes through all of them before it fails.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export CGO_ENABLED=0

gofumpt=mvdan.cc/gofumpt@v0.12.0
staticcheck=honnef.co/go/tools/cmd/staticcheck@v0.8.2

tool() { # installs a pinned tool once, and prints where it is
	local dir="$PWD/.cache/bin/${1##*/}"
	local name="${1##*/}"
	name="${name%@*}"
	[ -x "$dir/$name" ] || GOBIN="$dir" GOFLAGS=-mod=mod go install "$1" >&2 || return
	echo "$dir/$name"
}

step() { # a name, and the command that must succeed
	echo "== $1"
	shift
	"$@" || failed="$failed $1"
}

form() {
	local bin folders list
	bin=$(tool "$gofumpt") || return
	folders=$(ls -d api cmd internal static .ci/summary 2>/dev/null)
	# shellcheck disable=SC2086 # a list of folders
	list=$("$bin" -l $folders) || return
	[ -z "$list" ] || { echo "Not in form; run $bin -w on:"; echo "$list"; return 1; }
}

vet() { go vet ./... ./.ci/summary; }

static_check() {
	local bin
	bin=$(tool "$staticcheck") && "$bin" -tags soak ./... ./.ci/summary
}

plan() { go test -count=1 ./internal ./.ci/summary; }

# generated compares all files of the tree before and after, so that it also
# works before a commit.
generated() {
	local before after
	before=$(tree) && go generate ./... && after=$(tree) || return
	[ "$before" = "$after" ] && return
	echo "go generate ./... changed:"
	diff <(echo "$before") <(echo "$after") | sed -n 's/^> [^ ]* */  /p'
	return 1
}

tree() { git ls-files -co --exclude-standard -z | xargs -0 sha256sum; }

failed=
step "gofumpt" form
step "go vet" vet
step "staticcheck" static_check
step "import plan" plan
step "generated files" generated
[ -z "$failed" ] && echo "All checks passed." && exit
echo "Failed:$failed"
exit 1
