package config

import (
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// minToken is how long a token for metrics must be.
const minToken = 16

// backups is the folder of backups: beside the database, unless it is named.
// Those of PostgreSQL are not our business.
func (m *mistakes) backups(s, database string) string {
	switch {
	case strings.Contains(database, "://"):
		return ""
	case s == "":
		return filepath.Join(filepath.Dir(database), "backups")
	case strings.ContainsAny(s, "\x00") || strings.Contains(s, "://"):
		m.add("BACKUPS is %q; write the path of a folder.", s)
		return ""
	}
	return filepath.Clean(s)
}

func (m *mistakes) count(name, s string, most int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > most {
		m.add("%s is %q; write a number from 0 to %d.", name, s, most)
		return 0
	}
	return n
}

// metrics reads a token or an address, which always holds a colon. A token is
// never repeated.
func (m *mistakes) metrics(s string) (token, listen string) {
	if s == "" {
		return "", ""
	}
	if _, port, err := net.SplitHostPort(s); err == nil && isPort(port) {
		return "", s
	}
	if len(s) < minToken || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' || r == '"' }) {
		m.add("METRICS is neither HOST:PORT nor a token; a token has at least %d letters and digits, such as openssl rand -hex 16 prints.", minToken)
		return "", ""
	}
	return s, ""
}

// photosBeside is where photos go when nothing is said.
func photosBeside(database string) string {
	if strings.Contains(database, "://") {
		return filepath.Join("data", "photos")
	}
	return filepath.Join(filepath.Dir(database), "photos")
}
