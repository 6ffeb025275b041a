//go:build soak

package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// T40: guests hold every stream that guests may hold, one in five of them without
// ever reading, and more come all the time. The staff's board opens at once and
// hears of a report at once, and memory stays bounded.
func TestThreat_StreamsLeaveRoomForTheBoard(t *testing.T) {
	w := newWalls(t, func(c *config.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	const venues, pages, each = 4, 125, 16
	before := memory()
	var mu sync.Mutex
	var lines []net.Conn
	t.Cleanup(func() {
		for _, c := range lines {
			c.Close()
		}
	})
	at := strings.TrimPrefix(w.base, "http://")
	// hold opens one stream, and says whether it was let in.
	hold := func(i int, token string) bool {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Error(err)
			return false
		}
		from := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		fmt.Fprintf(conn, "GET /R/%s/events?after=0 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\n\r\n", token, from)
		status := make([]byte, len("HTTP/1.1 200"))
		if _, err = io.ReadFull(conn, status); err != nil || !strings.HasSuffix(string(status), "200") {
			conn.Close()
			return false
		}
		mu.Lock()
		lines = append(lines, conn)
		mu.Unlock()
		if i%5 != 0 {
			go func() {
				for some := make([]byte, 64); err == nil; {
					_, err = conn.Read(some)
				}
			}()
		}
		return true
	}
	var tokens []string
	for v := range venues {
		tokens = append(tokens, w.pagesAt(fmt.Sprintf("Full %d", v), pages)...)
	}
	var held, refused atomic.Int64
	atOnce(64, venues*pages*each, func(i int) {
		for range 20 { // a database that is busy for a moment sends guests away, too
			if hold(i, tokens[i%len(tokens)]) {
				held.Add(1)
				return
			}
		}
	})
	if want := int64(venues * pages * each); held.Load() != want {
		t.Errorf("%d streams are held, want %d", held.Load(), want)
	}
	atOnce(64, 500, func(i int) {
		if !hold(1_000_000+i, tokens[i%len(tokens)]) {
			refused.Add(1)
		}
	})
	if refused.Load() != 500 {
		t.Errorf("%d of 500 too many were refused", refused.Load())
	}
	if !hold(2_000_000, w.pagesAt("Quiet", 1)[0]) {
		t.Error("full venues keep another one's guests out")
	}
	grown := memory() - before

	staff := w.own.people["staff"]
	start := time.Now()
	board := listen(t, w.base+"/board/"+w.own.venue+"/live", staff.header, staff.value)
	if f, ok := board.next(); !ok || f.kind != "now" {
		t.Fatalf("the board hears %+v", f)
	}
	opened := time.Since(start)
	start = time.Now()
	w.complain()
	if f, ok := board.next(); !ok {
		t.Fatalf("the board hears %+v", f)
	}
	t.Logf("%d held: the board opened in %v and heard of a report in %v; %d MB more in use, both ends together", held.Load(), opened, time.Since(start), grown>>20)
	if grown > 400<<20 {
		t.Errorf("%d MB more in use", grown>>20)
	}
}

func memory() uint64 {
	var m runtime.MemStats
	for range 4 { // so that stacks are halved as often as they can be
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// pagesAt makes a venue with so many reports and returns the tokens of their
// status pages.
func (w *walls) pagesAt(name string, n int) []string {
	w.t.Helper()
	owner, venue := storetest.Venue(w.t, w.store, func(v *feedback.Venue) { v.Name = name })
	_, err := w.desk.AddTables(w.t.Context(), owner, venue.ID, []desk.NewTable{{Name: "1"}})
	w.must(err)
	codes, err := w.desk.TableCodes(w.t.Context(), owner, venue.ID)
	w.must(err)
	tokens := make([]string, n)
	for i := range tokens {
		r, err := w.desk.Submit(w.t.Context(), desk.NewReport{Code: codes[0].Code, Rating: 5, Language: "en"})
		w.must(err)
		tokens[i] = w.desk.StatusToken(r.ID)
	}
	return tokens
}

// T40: a status page for which there is no room on a line asks again and again
// instead: it shows what changed, and does not say that nobody hears it.
func TestGuestPages_AskWhereThereIsNoLine(t *testing.T) {
	p, d := install(t)
	w := open(t, "guest", 390, 844, true)
	w.visit(d.Tables[3].URL)
	w.press("#r2")
	w.press(".sendbar .go")
	w.seesIn("#l-head", "saved")
	var page string
	w.do(chromedp.Location(&page))
	u, err := url.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	w.visit("about:blank")
	for status := http.StatusOK; status == http.StatusOK; { // until the page has no place left
		status = listen(t, p.Base+u.Path+"/events?after=0").status
	}
	w.visit(page)
	if got, err := send(t.Context(), "POST", page+"/messages", "text=From+another+phone", "Content-Type", formKind); err != nil || got.status != http.StatusSeeOther {
		t.Fatalf("a message = %d, %v", got.status, err)
	}
	w.seesIn("#live", "From another phone")
	w.do(chromedp.WaitNotVisible("#deaf", chromedp.ByQuery))
}
