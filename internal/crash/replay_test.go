package crash

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOps(t *testing.T) {
	wal := op{kind: write, file: "m.db-wal", offset: 32, data: []byte("AB")}
	tests := map[string]struct {
		trace string
		want  []op
		fails string
	}{
		"a write": {trace: `7  pwrite64(9</d/m.db-wal>, "\x41\x42", 2, 32) = 2`, want: []op{wal}},
		"paths in hex": {
			trace: `7  pwrite64(9<\x2f\x64\x2f\x6d\x2e\x64\x62>, "\x41", 1, 0) = 1`,
			want:  []op{{kind: write, file: "m.db", data: []byte("A")}},
		},
		"only a part was written":       {trace: `7  pwrite64(9</d/m.db>, "\x41\x42", 2, 0) = 1`, want: []op{{kind: write, file: "m.db", data: []byte("A")}}},
		"nothing was written":           {trace: `7  pwrite64(9</d/m.db>, "\x41\x42", 2, 0) = -1 EIO (Input/output error) (INJECTED)`},
		"strace cut the text short":     {trace: `7  pwrite64(9</d/m.db>, "\x41"..., 2, 0) = 2`, fails: "only 1 of 2 bytes"},
		"somebody else's file":          {trace: `7  pwrite64(9</d/other>, "\x41", 1, 0) = 1`},
		"shared memory":                 {trace: `7  pwrite64(9</d/m.db-shm>, "\x41", 1, 0) = 1`},
		"a file that is gone":           {trace: `7  pwrite64(9</d/m.db-wal>(deleted), "\x41", 1, 0) = 1`},
		"syncs":                         {trace: "7  fsync(9</d/m.db>) = 0\n7  fdatasync(9</d/m.db-wal>) = 0\n7  fsync(8</d>) = 0", want: []op{{kind: fsync, file: "m.db"}, {kind: fsync, file: "m.db-wal"}, {kind: fsyncDir}}},
		"a failed sync":                 {trace: `7  fsync(9</d/m.db>) = -1 EIO (Input/output error) (INJECTED)`},
		"a new file":                    {trace: `7  openat(AT_FDCWD</home>, "/d/m.db-wal", O_RDWR|O_CREAT|O_CLOEXEC, 0600) = 9</d/m.db-wal>`, want: []op{{kind: create, file: "m.db-wal"}}},
		"an older call":                 {trace: `7  open("/d/m.db-wal", O_RDWR|O_CREAT, 0600) = 9</d/m.db-wal>`, want: []op{{kind: create, file: "m.db-wal"}}},
		"opened to read":                {trace: `7  openat(AT_FDCWD</home>, "/d/m.db", O_RDONLY) = 9</d/m.db>`},
		"a size":                        {trace: `7  ftruncate(9</d/m.db-wal>, 512) = 0`, want: []op{{kind: truncate, file: "m.db-wal", offset: 512}}},
		"a name less":                   {trace: "7  unlink(\"/d/m.db-wal\") = 0\n7  unlinkat(AT_FDCWD</home>, \"/d/m.db-journal\", 0) = 0", want: []op{{kind: remove, file: "m.db-wal"}, {kind: remove, file: "m.db-journal"}}},
		"a name that was not there":     {trace: `7  unlink("/d/m.db-wal") = -1 ENOENT (No such file or directory)`},
		"emptied when opened":           {trace: `7  openat(AT_FDCWD</home>, "/d/m.db", O_RDWR|O_TRUNC) = 9</d/m.db>`, fails: "does not know openat of m.db"},
		"renamed":                       {trace: `7  rename("/d/m.db", "/d/n.db") = 0`, fails: "does not know rename"},
		"written through memory":        {trace: `7  mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 9</d/m.db>, 0) = 0x7f00`, fails: "does not know mmap"},
		"read through memory":           {trace: `7  mmap(NULL, 4096, PROT_READ, MAP_SHARED, 9</d/m.db>, 0) = 0x7f00`},
		"a call in two lines":           {trace: "7  pwrite64(9</d/m.db-wal>, \"\\x41\\x42\", 2, 32 <unfinished ...>\n8  fsync(4</d/m.db>) = 0\n7  <... pwrite64 resumed>) = 2", want: []op{{kind: fsync, file: "m.db", from: 2, at: 2}, {kind: write, file: "m.db-wal", offset: 32, data: []byte("AB"), from: 1, at: 3}}},
		"a guest is told":               {trace: `7  write(5<socket:[1]>, "HTTP/1.1 201 Created\x0d", 21) = 21`},
		"a guest is told what":          {trace: answered("201 Created", "= 99"), want: []op{{kind: answer, id: "0198"}}},
		"being told counts when begun":  {trace: strings.Replace(answered("201 Created", ""), ")", "", 1) + "<unfinished ...>\n8  fsync(4</d/m.db>) = 0\n7  <... write resumed>) = 99", want: []op{{kind: answer, id: "0198", from: 1, at: 1}, {kind: fsync, file: "m.db", from: 2, at: 2}}},
		"being told is cut off":         {trace: strings.Replace(answered("201 Created", ""), ")", "", 1) + "<unfinished ...>", want: []op{{kind: answer, id: "0198", from: 1, at: 1}}},
		"screens are shown some":        {trace: toldInHex("1f\r\nid: 7\nevent: report.created\ndata: {\"data\":{\"rating\":2},\"report\":{\"causes\":[\"cold\"],\"id\":\"0198\",\"table\":{\"id\":\"T\"}},\"seq\":7}\n\nid: 8\nevent: report.created\ndata: {\"report\":{\"id\":\"0199\"},\"seq\":8}\n\nid: 9\nevent: report.taken\ndata: {\"report\":{\"id\":\"0198\"},\"seq\":9}\n\n", "= 99"), want: []op{{kind: show, id: "0198"}, {kind: show, id: "0199"}}},
		"a guest is told something bad": {trace: answered("503 Service Unavailable", "= 99")},
		"signals and ends":              {trace: "7  --- SIGURG {si_signo=SIGURG} ---\n7  +++ exited with 0 +++"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := ops(strings.NewReader(tt.trace), "/d/m.db")
			if tt.fails != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fails) {
					t.Errorf("err = %v, want %q", err, tt.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(tt.want) > 0 && tt.want[0].at == 0 { // the lines are not what this one is about
				for i := range got {
					got[i].from, got[i].at = 0, 0
				}
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(op{})); diff != "" {
				t.Errorf("ops (-want +got):\n%s", diff)
			}
		})
	}
}

// answered is an answer to a guest in hex, as strace -xx writes it.
func answered(status, result string) string {
	return toldInHex("HTTP/1.1 "+status+"\r\nDate: now\r\n\r\n"+`{"id":"0198","token":"T"}`, result)
}

func toldInHex(what, result string) string {
	var text strings.Builder
	for _, b := range []byte(what) {
		text.WriteString(`\x` + string("0123456789abcdef"[b>>4]) + string("0123456789abcdef"[b&15]))
	}
	return `7  write(5<socket:[1]>, "` + text.String() + `", 99) ` + result
}

func TestDisk(t *testing.T) {
	at := 0
	o := func(k kind, file string, offset int64, data string) op {
		at++
		return op{kind: k, file: file, offset: offset, data: []byte(data), from: at, at: at}
	}
	type files = map[string]string
	tests := map[string]struct {
		ops       []op
		lost, all files
	}{
		"as it was":             {nil, files{"db": "old"}, files{"db": "old"}},
		"a write":               {[]op{o(write, "db", 1, "NE")}, files{"db": "old"}, files{"db": "oNE"}},
		"a write, synced":       {[]op{o(write, "db", 1, "NE"), o(fsync, "db", 0, "")}, files{"db": "oNE"}, files{"db": "oNE"}},
		"another file's sync":   {[]op{o(write, "db", 1, "NE"), o(create, "wal", 0, ""), o(fsync, "wal", 0, "")}, files{"db": "old"}, files{"db": "oNE", "wal": ""}},
		"a write after a hole":  {[]op{o(write, "db", 4, "X"), o(fsync, "db", 0, "")}, files{"db": "old\x00X"}, files{"db": "old\x00X"}},
		"a shorter file":        {[]op{o(truncate, "db", 1, "")}, files{"db": "old"}, files{"db": "o"}},
		"a longer one":          {[]op{o(truncate, "db", 4, ""), o(fsync, "db", 0, "")}, files{"db": "old\x00"}, files{"db": "old\x00"}},
		"short, then long":      {[]op{o(truncate, "db", 1, ""), o(write, "db", 2, "d"), o(fsync, "db", 0, "")}, files{"db": "o\x00d"}, files{"db": "o\x00d"}},
		"a new file":            {[]op{o(create, "wal", 0, ""), o(write, "wal", 0, "w"), o(fsync, "wal", 0, "")}, files{"db": "old"}, files{"db": "old", "wal": "w"}},
		"a new name, synced":    {[]op{o(create, "wal", 0, ""), o(write, "wal", 0, "w"), o(fsyncDir, "", 0, "")}, files{"db": "old", "wal": ""}, files{"db": "old", "wal": "w"}},
		"opened, not created":   {[]op{o(create, "db", 0, "")}, files{"db": "old"}, files{"db": "old"}},
		"removed":               {[]op{o(remove, "db", 0, "")}, files{"db": "old"}, files{}},
		"removed, synced":       {[]op{o(remove, "db", 0, ""), o(fsyncDir, "", 0, "")}, files{}, files{}},
		"removed and made anew": {[]op{o(remove, "db", 0, ""), o(create, "db", 0, ""), o(write, "db", 0, "n"), o(fsync, "db", 0, "")}, files{"db": "old"}, files{"db": "n"}},
		"written when removed":  {[]op{o(remove, "db", 0, ""), o(write, "db", 0, "n")}, files{"db": "old"}, files{}},
		"a write during a sync": {[]op{{kind: write, file: "db", data: []byte("N"), from: 2, at: 3}, {kind: fsync, file: "db", from: 1, at: 4}}, files{"db": "old"}, files{"db": "Nld"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDisk(map[string][]byte{"db": []byte("old")})
			for _, o := range tt.ops {
				d.do(o)
			}
			for what, w := range map[string]struct {
				way  way
				want files
			}{"nothing": {nothing, tt.lost}, "everything": {everything, tt.all}} {
				got := files{}
				for name, data := range d.cut(w.way) {
					got[name] = string(data)
				}
				if diff := cmp.Diff(w.want, got); diff != "" {
					t.Errorf("with %s (-want +got):\n%s", what, diff)
				}
			}
		})
	}
}

// What was synced is there in every state, what was not is there in some and
// missing in others, and a torn write has whole sectors only.
func TestDisk_Chance(t *testing.T) {
	d := newDisk(map[string][]byte{"db": bytes.Repeat([]byte("0"), 4*sector)})
	for i, o := range []op{
		{kind: write, file: "db", data: []byte("safe")},
		{kind: fsync, file: "db"},
		{kind: write, file: "db", offset: sector - 2, data: bytes.Repeat([]byte("1"), 2*sector)},
	} {
		o.from, o.at = i+1, i+1
		d.do(o)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for name, way := range map[string]way{"some": some(r), "torn": torn(r)} {
		seen := map[string]bool{}
		for range 200 {
			data := d.cut(way)["db"]
			if !bytes.HasPrefix(data, []byte("safe")) {
				t.Fatalf("%s: what was synced is lost", name)
			}
			seen[string(data[sector-2:3*sector-2])] = true
		}
		want := map[string]bool{}
		for _, parts := range map[string][]string{"some": {"000", "111"}, "torn": {"000", "001", "010", "011", "100", "101", "110", "111"}}[name] {
			want[strings.Repeat(parts[:1], 2)+strings.Repeat(parts[1:2], sector)+strings.Repeat(parts[2:], sector-2)] = true
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("%s: states (-want +got):\n%s", name, diff)
		}
	}
}
