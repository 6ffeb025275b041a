package crash

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// traced are the system calls that change files or answer guests, as strace
// names them: on other processors some of them do not exist.
const traced = "?open,openat,?creat,pwrite64,pwritev,pwritev2,write,writev,sendfile,copy_file_range,fallocate,sync_file_range," +
	"fsync,fdatasync,ftruncate,truncate,?unlink,unlinkat,?rename,?renameat,renameat2,?link,linkat,mmap"

// call is one system call of a trace.
type call struct {
	name     string
	args     string
	result   int64
	injected bool
	from, to int // lines of the trace on which it began and ended
}

var (
	ended = regexp.MustCompile(`^(\w+)\((.*)\)\s+= (-?\d+|\?)`)
	began = regexp.MustCompile(`^(\w+)\((.*) <unfinished \.\.\.>$`)
	goes  = regexp.MustCompile(`^<\.\.\. \w+ resumed>(.*)$`)
)

// calls reads what strace -f writes and hands out each call when it has ended.
// A call that the end of the process cut off is handed out with result -1.
func calls(trace io.Reader, each func(call) error) error {
	open := map[string]call{} // by thread
	lines := bufio.NewReaderSize(trace, 1<<20)
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF && line == "" {
			break
		}
		if err != nil && err != io.EOF {
			return err
		}
		thread, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		text = strings.TrimSpace(text)
		if m := began.FindStringSubmatch(text); m != nil {
			open[thread] = call{name: m[1], args: m[2], from: number}
			continue
		}
		c := call{from: number}
		if m := goes.FindStringSubmatch(text); m != nil {
			c = open[thread]
			delete(open, thread)
			text = c.name + "(" + c.args + m[1]
		}
		m := ended.FindStringSubmatch(text)
		if m == nil {
			continue // a signal, or the end of a thread
		}
		c.name, c.args, c.to = m[1], m[2], number
		c.injected = strings.HasSuffix(text, "(INJECTED)")
		if c.result = -1; m[3] != "?" { // then the process ended within
			if c.result, err = strconv.ParseInt(m[3], 10, 64); err != nil {
				return err
			}
		}
		if err := each(c); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	for _, c := range open {
		c.result = -1
		if err := each(c); err != nil {
			return err
		}
	}
	return nil
}

// kind is what an [op] does.
type kind int

const (
	create kind = iota
	write
	truncate
	remove
	fsync    // a file
	fsyncDir // names of files
	answer   // 201, with the report's id
	show     // of a report, to a screen
)

// op is something that a power cut may find done or not.
type op struct {
	kind   kind
	file   string // name in the directory
	offset int64  // of a write; the size after truncate
	data   []byte
	id     string // of the report that an answer or a screen is told of
	from   int    // the line of the trace on which it began
	at     int    // the line on which it counts: its end, and of what is told its beginning
}

// ops reads what happened to a database and its log in one directory, and what
// guests were answered. It fails on a call that changes them in a way that the
// model of the disk does not know.
func ops(trace io.Reader, database string) ([]op, error) {
	r := reader{database: database}
	if err := calls(trace, r.call); err != nil {
		return nil, err
	}
	slices.SortStableFunc(r.ops, func(a, b op) int { return a.at - b.at })
	return r.ops, nil
}

// tells says whether somebody hears of a report.
func (k kind) tells() bool { return k == answer || k == show }

type reader struct {
	database string
	ops      []op
}

func (r *reader) add(c call, o op) error {
	o.from, o.at = c.from, c.to
	if o.kind.tells() {
		o.at = c.from
	}
	r.ops = append(r.ops, o)
	return nil
}

// ours is the name of one of the database's files. The index in shared memory
// is none: it is built anew after a power cut.
func (r *reader) ours(path string) (name string, ok bool) {
	suffix, ok := strings.CutPrefix(path, r.database)
	return filepath.Base(path), ok && suffix != "-shm"
}

func (r *reader) call(c call) error {
	switch {
	case c.name == "write":
		if id := created(c); id != "" {
			return r.add(c, op{kind: answer, id: id})
		}
		for _, id := range shown(c) {
			if err := r.add(c, op{kind: show, id: id}); err != nil {
				return err
			}
		}
	case c.result < 0: // nothing happened
		return nil
	case c.name == "fsync" || c.name == "fdatasync":
		if path := described(c.args); path == filepath.Dir(r.database) {
			return r.add(c, op{kind: fsyncDir})
		}
	}
	path, named := described(c.args), false
	if path == "" {
		path, named = quoted(c.args), true
	}
	name, ok := r.ours(path)
	if !ok {
		return nil
	}
	return r.change(c, name, named)
}

// change notes a call about one of the database's files.
func (r *reader) change(c call, name string, named bool) error {
	args := strings.Split(c.args, ", ")
	last, _ := strconv.ParseInt(args[len(args)-1], 10, 64)
	switch {
	case named && strings.Contains(c.args, "O_TRUNC"):
	case c.name == "open" || c.name == "openat":
		if strings.Contains(c.args, "O_CREAT") {
			return r.add(c, op{kind: create, file: name})
		}
		return nil
	case c.name == "pwrite64":
		data := quoted(c.args)
		if int64(len(data)) < c.result {
			return fmt.Errorf("only %d of %d bytes are in the trace", len(data), c.result)
		}
		return r.add(c, op{kind: write, file: name, offset: last, data: []byte(data[:c.result])})
	case c.name == "ftruncate":
		return r.add(c, op{kind: truncate, file: name, offset: last})
	case c.name == "unlink" || c.name == "unlinkat" && !strings.Contains(c.args, "AT_REMOVEDIR"):
		return r.add(c, op{kind: remove, file: name})
	case c.name == "fsync" || c.name == "fdatasync":
		return r.add(c, op{kind: fsync, file: name})
	case c.name == "mmap" && (!strings.Contains(c.args, "PROT_WRITE") || !strings.Contains(c.args, "MAP_SHARED")):
		return nil
	}
	return fmt.Errorf("the model of the disk does not know %s of %s", c.name, name)
}

// created is the id in the answer 201 to a guest, or nothing.
func created(c call) string {
	text := quoted(c.args)
	if !socket(c) || !strings.HasPrefix(text, "HTTP/1.1 201 ") {
		return ""
	}
	_, body, _ := strings.Cut(text, "\r\n\r\n")
	if m := idOf.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// shown are the ids of reports whose creation goes to a screen.
func shown(c call) (ids []string) {
	if !socket(c) {
		return nil
	}
	for _, m := range shownIn.FindAllStringSubmatch(quoted(c.args), -1) {
		ids = append(ids, m[1])
	}
	return ids
}

var shownIn = regexp.MustCompile(`\nevent: report\.created\ndata: .*"report":\{[^{}]*"id":"([^"]+)"`)

func socket(c call) bool {
	to := described(c.args)
	return strings.HasPrefix(to, "socket:") || strings.HasPrefix(to, "TCP")
}

var idOf = regexp.MustCompile(`^\{"id":"([^"]+)"`)

// described is what strace -y says about the descriptor that is the first to
// be named: the path of a file, or a socket.
func described(args string) string {
	open, shut := strings.IndexByte(args, '<'), strings.IndexByte(args, '>')
	if quote := strings.IndexByte(args, '"'); open < 0 || shut < open || quote >= 0 && quote < open {
		return ""
	}
	if strings.HasPrefix(args, "AT_FDCWD") {
		return "" // the name follows
	}
	if strings.HasPrefix(args[shut+1:], "(deleted)") {
		return "(deleted)"
	}
	return unhex(args[open+1 : shut])
}

// quoted is the first text in quotes.
func quoted(args string) string {
	_, rest, ok := strings.Cut(args, `"`)
	if !ok {
		return ""
	}
	text, _, _ := strings.Cut(rest, `"`)
	return unhex(text)
}

// unhex reads \x41\x42; other text is returned as it is.
func unhex(text string) string {
	if !strings.HasPrefix(text, `\x`) {
		return text
	}
	digits := bytes.ReplaceAll([]byte(text), []byte(`\x`), nil)
	n, err := hex.Decode(digits, digits)
	if err != nil {
		return text
	}
	return string(digits[:n])
}
