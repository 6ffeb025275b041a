package web_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/web"
)

// together serves bodies of the length that the address names, with a header of
// the length that ?head= names, and opens one connection to it.
func together(t *testing.T) (net.Conn, *bufio.Reader) {
	t.Helper()
	e := house(t, nil)
	e.GET("/:size", func(c echo.Context) error {
		size, err := strconv.Atoi(c.Param("size"))
		if err != nil {
			return err
		}
		head, _ := strconv.Atoi(c.QueryParam("head"))
		c.Response().Header().Set("X-Long", strings.Repeat("x", head))
		if size%2 == 0 { // else in chunks
			c.Response().Header().Set("Content-Length", c.Param("size"))
		}
		return web.Whole(c, http.StatusOK, "text/plain", bytes.Repeat([]byte("y"), size))
	})
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: e, ConnContext: web.WithConn, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(web.Together(l)) }()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		_ = srv.Close()
		<-ended
	})
	return conn, bufio.NewReader(conn)
}

// Whatever its length, an answer arrives as it was sent, and the next one too:
// nothing is held back for longer than its own answer.
func TestWhole_OfEachLength(t *testing.T) {
	conn, in := together(t)
	for _, head := range []string{"0", "2500", "4096", "9000"} {
		for _, size := range []int{0, 1, 2047, 3000, 4095, 4096, 4097, 5000, 8192, 100_000, 7} {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
				rq, err := http.NewRequestWithContext(t.Context(), method, "http://x/"+strconv.Itoa(size)+"?head="+head, nil)
				if err != nil {
					t.Fatal(err)
				}
				if err := rq.Write(conn); err != nil {
					t.Fatal(err)
				}
				res, err := http.ReadResponse(in, rq)
				if err != nil {
					t.Fatalf("%s of %d: %v", method, size, err)
				}
				body, err := io.ReadAll(res.Body)
				want := size
				if method == http.MethodHead {
					want = 0
				}
				if err != nil || len(body) != want || strings.Trim(string(body), "y") != "" {
					t.Errorf("%s of %d with a header of %s: %d bytes, %v", method, size, head, len(body), err)
				}
			}
		}
	}
}

// A page does not come in two parts, of which the first is net/http's buffer.
func TestWhole_InOneWrite(t *testing.T) {
	conn, _ := together(t)
	for range 50 {
		if _, err := conn.Write([]byte("GET /9000 HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		all := make([]byte, 64<<10)
		n, err := conn.Read(all)
		if err != nil || n <= 4096 {
			t.Fatalf("the first read had %d bytes, %v", n, err)
		}
		for !bytes.HasSuffix(all[:n], bytes.Repeat([]byte("y"), 9000)) {
			more, err := conn.Read(all[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += more
		}
	}
}
