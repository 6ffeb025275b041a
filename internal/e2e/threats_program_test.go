package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/e2e/program"
	"makeright/internal/store/storetest"
)

// T38: whatever mask the operator's shell has, nobody else on the machine can
// read a file that the program makes, nor look into its folder.
func TestThreat_FilesAreTheOperatorsAlone(t *testing.T) {
	if storetest.Postgres() {
		return // the files are the database server's
	}
	dir := t.TempDir()
	p := program.New(t, filepath.Join(dir, "data", "makeright.db"))
	p.Wrap("sh", "-c", `umask 000; exec "$@"`, "sh")
	p.Start()
	if got, err := send(t.Context(), "GET", p.Base+"/readyz", ""); err != nil || got.status != http.StatusOK {
		t.Fatalf("not ready: %d, %v", got.status, err)
	}
	checked := 0
	check := func() {
		t.Helper()
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || path == dir {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			checked++
			if info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s is open to others: %s", path, info.Mode())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	check() // with the files that are there while it runs
	p.Stop()
	check()
	if checked < 4 {
		t.Errorf("only %d files were seen", checked)
	}
}

// T39: through the whole program, each rating gets the same review links, byte
// for byte, on the page and from the API, and in a browser the same place and
// size.
func TestThreat_ReviewsAreTheSameForEveryRating(t *testing.T) {
	p, d := install(t, "LIMITS=off")
	w := open(t, "guest", 390, 844, true)
	var pages, lists, boxes [5]string
	for i := range 5 {
		sent, err := send(t.Context(), "POST", p.Base+"/T/"+d.Tables[3].Code, fmt.Sprintf("rating=%d", i+1), "Content-Type", formKind)
		if err != nil || sent.status != http.StatusSeeOther {
			t.Fatalf("rated %d: %d, %v", i+1, sent.status, err)
		}
		place := sent.header.Get("Location")
		page, err := send(t.Context(), "GET", p.Base+place, "")
		if err != nil {
			t.Fatal(err)
		}
		list, err := send(t.Context(), "GET", p.Base+"/api/v1/r/"+last(place), "")
		if err != nil {
			t.Fatal(err)
		}
		pages[i], lists[i] = between(string(page.body), `id="reviews"`, "</section>"), between(string(list.body), `"review_links":`, "]")
		w.visit(p.Base + place)
		boxes[i] = w.ask(`JSON.stringify([...document.querySelectorAll('#reviews, #reviews *')].map((e) => { const r = e.getBoundingClientRect(), s = getComputedStyle(e);
			return [e.nodeName, ...[r.x, r.width, r.height].map((n) => Math.round(n * 10) / 10), s.font, s.color, s.backgroundColor, s.visibility, s.opacity] }))`)
	}
	for i := range 5 {
		if pages[i] != pages[0] || lists[i] != lists[0] || boxes[i] != boxes[0] {
			t.Errorf("rated %d and rated 1 differ:\n%s\n%s\n%s\n%s\n%s\n%s", i+1, pages[i], pages[0], lists[i], lists[0], boxes[i], boxes[0])
		}
	}
	if strings.Count(pages[0], "<a ") != 2 || strings.Count(lists[0], "https://") != 2 || len(boxes[0]) < 100 {
		t.Errorf("there are no links to compare: %q, %q, %q", pages[0], lists[0], boxes[0])
	}
}

// T41: while hundreds of others send their headers and bodies a byte at a time
// and read nothing of what they asked for, every guest is heard; whoever does
// not finish is cut off, and nobody sends headers without end.
func TestThreat_SlowOnesHoldUpNobody(t *testing.T) {
	p, d := install(t, "LIMITS=off")
	n := size(200, 4000)
	begin := map[string]func(i int) string{
		"headers": func(i int) string { return "GET / HTTP/1.1\r\nHost: x\r\nX-A" },
		"body": func(i int) string {
			return "POST /T/" + d.Tables[1].Code + " HTTP/1.1\r\nHost: " + strings.TrimPrefix(p.Base, "http://") + "\r\nContent-Type: " + formKind + "\r\nContent-Length: 60000\r\n\r\nrating=2&words="
		},
		"reader": func(i int) string {
			return strings.Repeat("GET /privacy HTTP/1.1\r\nHost: x\r\n\r\n", 40)
		},
	}
	lines := map[string][]net.Conn{}
	for kind, first := range begin {
		for i := range n / len(begin) {
			c, err := net.Dial("tcp", strings.TrimPrefix(p.Base, "http://"))
			if err != nil {
				t.Fatalf("connection %d: %v", i, err)
			}
			t.Cleanup(func() { _ = c.Close() })
			if kind == "reader" {
				_ = c.(*net.TCPConn).SetReadBuffer(1024)
			}
			if _, err := io.WriteString(c, first(i)); err != nil {
				t.Fatal(err)
			}
			lines[kind] = append(lines[kind], c)
		}
	}
	stop := make(chan struct{})
	var dribble sync.WaitGroup
	dribble.Go(func() { drip(lines, stop) })
	var got tries
	atOnce(crowd, size(200, 20_000), func(i int) {
		a, err := send(t.Context(), "POST", p.Base+"/T/"+d.Tables[i%12].Code, fmt.Sprintf("rating=%d&words=Guest+%d", 1+i%5, i), "Content-Type", formKind)
		if err != nil {
			t.Error(err)
		}
		got.add(a.status)
	})
	if want := size(200, 20_000); got.of[http.StatusSeeOther] != want {
		t.Errorf("%d guests beside %d slow ones: %v", want, n, got.of)
	}
	// Whoever has not finished is cut off, although bytes come all the time.
	cutOff(t, "headers", lines["headers"], patience)
	if soak() {
		cutOff(t, "body", lines["body"], time.Minute)
	}
	close(stop)
	dribble.Wait()
	endless(t, p.Base)
}

// cutOff waits until the program has ended the lines of slow senders.
func cutOff(t *testing.T, kind string, lines []net.Conn, within time.Duration) {
	t.Helper()
	deadline := time.Now().Add(within)
	for _, c := range lines {
		_ = c.SetReadDeadline(deadline)
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("slow %s are still waited for", kind)
		}
	}
}

// drip sends a byte on each line now and then, until it is stopped.
func drip(lines map[string][]net.Conn, stop chan struct{}) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			for _, kind := range []string{"headers", "body"} {
				for _, c := range lines[kind] {
					_, _ = c.Write([]byte("a")) // one that was cut off takes no more
				}
			}
		}
	}
}

// endless sends headers far beyond what anybody needs.
func endless(t *testing.T, base string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	go func() {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n")
		for i := range 2000 {
			if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("a", 100)); err != nil {
				return
			}
		}
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("200 KB of headers: %v, %v", res, err)
	}
}
