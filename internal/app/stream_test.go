package app_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"makeright/internal/desk"
)

// TestStream_StaysSmall holds many event streams open and counts what each
// keeps: no stack of a request, no buffer of net/http.
func TestStream_StaysSmall(t *testing.T) {
	a, demo := house(t)
	srv := httptest.NewServer(a.Handler())
	defer srv.Close()
	const n = 200
	before := kept()
	for range n {
		conn := openStream(t, srv.Listener.Addr().String(), demo)
		defer conn.Close()
	}
	after := kept()
	stack := (after.StackInuse - before.StackInuse) / n >> 10
	heap := (after.HeapAlloc - before.HeapAlloc) / n >> 10
	t.Logf("a stream keeps %d KiB of stack and %d KiB of heap", stack, heap)
	if stack > 6 || heap > 12 {
		t.Errorf("a stream keeps %d KiB of stack and %d KiB of heap, want at most 6 and 12", stack, heap)
	}
}

// kept is what is left after the collector has been over it, and has halved
// stacks as often as it can.
func kept() (m runtime.MemStats) {
	for range 4 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m
}

// openStream opens a stream of the venue and reads its first event.
func openStream(t *testing.T, address string, demo desk.Demo) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(conn, "GET /api/v1/venues/%s/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n", demo.Venue.ID, demo.Key)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReaderSize(conn, 16)
	for {
		line, _, err := in.ReadLine()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(line), "event: ") {
			return conn
		}
	}
}
