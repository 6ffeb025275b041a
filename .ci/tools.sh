# Sourced: what the tests need beside Go, and where it is. Only install_missing
# changes anything.
# shellcheck shell=bash

pg_bin() { # the folder with initdb; Debian keeps it out of PATH
	local initdb
	initdb=$(command -v initdb || printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -1)
	[ -x "$initdb" ] && dirname "$initdb"
}

has_browser() { # one that starts: Ubuntu has a chromium that only points to a snap
	local name
	for name in chromium chromium-browser google-chrome google-chrome-stable headless_shell headless-shell; do
		command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1 && return
	done
	return 1
}

has_arabic() {
	[ -e /usr/share/fonts/truetype/noto/NotoSansArabic-Regular.ttf ] || [ -n "$(fc-list :lang=ar 2>/dev/null)" ]
}

# Packages of npm, each kept under .cache by its version.
axe=axe-core@4.11.0
lighthouse=lighthouse@12.8.2 # for make soak alone: it is large

npm_dir() { echo ".cache/npm/$1"; }

axe_js() { # axe-core's script, which looks for what keeps people out of a page
	local file
	file="$(npm_dir "$axe")/node_modules/axe-core/axe.min.js"
	[ -e "$file" ] && echo "$file"
}

lighthouse_js() { # the program that measures pages as a middling phone on slow 4G would show them
	local file
	file="$(npm_dir "$lighthouse")/node_modules/lighthouse/cli/index.js"
	[ -e "$file" ] && echo "$file"
}

install_npm() { # what is not there yet; from the top of the tree
	local package
	for package in "$axe" "$@"; do
		[ -d "$(npm_dir "$package")/node_modules" ] ||
			npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix "$(npm_dir "$package")" "$package" >/dev/null || true
	done
}

find_missing() { # Debian's package, and what is not tested without it: one a line
	has_browser || echo "chromium        the stories in a real browser"
	command -v zbarimg >/dev/null || echo "zbar-tools      reading printed codes back"
	command -v pdftotext >/dev/null || echo "poppler-utils   reading printed sheets back"
	command -v strace >/dev/null || echo "strace          power cuts, failing disks and overload"
	pg_bin >/dev/null || echo "postgresql      the same tests on PostgreSQL"
	command -v node >/dev/null || echo "nodejs          webhooks against the reference library in JavaScript"
	command -v npm >/dev/null || axe_js >/dev/null || echo "npm             axe-core: whether pages keep somebody out"
	has_arabic || echo "fonts-noto-core Arabic on screen and on paper"
}

packages() { # of what find_missing said
	cut -d' ' -f1 <<<"$1" | tr '\n' ' '
}

install_missing() { # as root on Debian and Ubuntu; one that fails stops no other
	local package
	echo "Installing: $(packages "$1")"
	apt-get update -qq || true
	for package in $(packages "$1"); do
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null || true
	done
}

explain_missing() {
	echo "Missing on this machine, so not everything can be tested:"
	sed 's/^/  /' <<<"$1"
	if ! command -v apt-get >/dev/null; then
		echo "These are Debian's names; on other systems look for chromium, zbar, poppler, postgresql and the Noto fonts."
		return
	fi
	echo "To install it: sudo apt-get install $(packages "$1")"
	if [[ $1 == *chromium* ]] && grep -qs '^ID=ubuntu' /etc/os-release; then
		echo "Ubuntu has chromium as a snap only: sudo snap install chromium, or take Google Chrome's own package."
	fi
}
