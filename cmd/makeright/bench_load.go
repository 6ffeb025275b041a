package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// times are how long things took.
type times []time.Duration

// at is a percentile by nearest rank; zero for nothing.
func (ts times) at(p float64) time.Duration {
	if len(ts) == 0 {
		return 0
	}
	return ts[min(len(ts)-1, int(p*float64(len(ts))))]
}

// measured is what came of a load.
type measured struct {
	done    int
	rate    float64 // a second
	took    times   // sorted
	bytes   int     // of answers, heads included
	cpu     float64 // seconds of the server
	written float64 // bytes of the server to the disk
}

// request appends the n-th request to buf.
type request func(buf []byte, n int) []byte

// load lets guests send requests to the server, one after the other each.
func (b *bench) load(guests int, d time.Duration, rq request) (measured, error) {
	return b.loadAt(b.server, strings.TrimPrefix(b.base, "http://"), guests, d, rq)
}

func (b *bench) loadAt(server *exec.Cmd, address string, guests int, d time.Duration, rq request) (measured, error) {
	if err := b.drive(address, guests, d/6, rq, &measured{}); err != nil { // warm up
		return measured{}, err
	}
	cpu, written := cost(server)
	var m measured
	start := time.Now()
	err := b.drive(address, guests, d, rq, &m)
	m.rate = float64(m.done) / time.Since(start).Seconds()
	cpu2, written2 := cost(server)
	m.cpu, m.written = cpu2-cpu, written2-written
	slices.Sort(m.took)
	return m, err
}

// numbers are taken by all loads of a run, so that no mark comes twice.
var numbers atomic.Int64

func (b *bench) drive(address string, guests int, d time.Duration, rq request, m *measured) error {
	end := time.Now().Add(d)
	var mu sync.Mutex
	var failed error
	var work sync.WaitGroup
	for range guests {
		work.Go(func() {
			took, size, err := guest(address, end, rq)
			mu.Lock()
			defer mu.Unlock()
			m.done += len(took)
			m.took = append(m.took, took...)
			m.bytes += size
			failed = errors.Join(failed, err)
		})
	}
	work.Wait()
	return failed
}

// guest sends requests over one connection until the end.
func guest(address string, end time.Time, rq request) (took times, size int, err error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, 0, err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 16<<10)
	var out []byte
	for time.Now().Before(end) {
		out = rq(out[:0], int(numbers.Add(1)-1))
		start := time.Now()
		if _, err := conn.Write(out); err != nil {
			return took, size, err
		}
		n, err := answer(in)
		if err != nil {
			return took, size, err
		}
		took = append(took, time.Since(start))
		size += n
	}
	return took, size, nil
}

// answer reads one answer and returns its size.
func answer(in *bufio.Reader) (size int, err error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	size = len(line)
	if len(line) < 12 || line[9] != '2' {
		return size, fmt.Errorf("answered %q", bytes.TrimSpace(line))
	}
	length, chunked := 0, false
	for {
		if line, err = in.ReadSlice('\n'); err != nil {
			return size, err
		}
		size += len(line)
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return size, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
	if !chunked {
		_, err = in.Discard(length)
		return size + length, err
	}
	n, err := io.Copy(io.Discard, httputil.NewChunkedReader(in))
	if err == nil {
		_, err = in.Discard(2) // the line after the last chunk
	}
	return size + int(n), err
}

// cost is what a server has used up so far: seconds of CPU, and bytes written to
// the disk. Zero where the system does not tell.
func cost(server *exec.Cmd) (cpu, written float64) {
	if server == nil {
		return 0, 0
	}
	return cpuOf(strconv.Itoa(server.Process.Pid)), proc(server, "io", "write_bytes:")
}

// cpuOf is the seconds of CPU that a process has used up so far, by its number
// or "self"; zero where the system does not tell.
func cpuOf(process string) (cpu float64) {
	stat, err := os.ReadFile("/proc/" + process + "/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) > 12 {
		user, _ := strconv.ParseFloat(fields[11], 64)
		system, _ := strconv.ParseFloat(fields[12], 64)
		cpu = (user + system) / 100 // clock ticks; 100 a second on Linux
	}
	return cpu
}

// memory is the server's resident memory in bytes.
func (b *bench) memory() int64 { return int64(proc(b.server, "status", "VmRSS:") * 1024) }

// proc is a number that the system tells of a server.
func proc(server *exec.Cmd, file, field string) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", server.Process.Pid, file))
	if err != nil {
		return 0
	}
	_, rest, found := strings.Cut(string(text), field)
	if fields := strings.Fields(rest); found && len(fields) > 0 {
		n, _ := strconv.ParseFloat(fields[0], 64)
		return n
	}
	return 0
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:8080"
	}
	defer l.Close()
	return l.Addr().String()
}

// Marks stand in the words of reports and come back in the stream: "bench",
// ten digits, "z".
const markHead, markDigits = "bench", 10

func mark(n int) string { return fmt.Sprintf("%s%0*dz", markHead, markDigits, n) }

// wall is many screens, and when which report was sent.
type wall struct {
	conns []net.Conn
	work  sync.WaitGroup

	mu    sync.Mutex
	start map[int]time.Time
	took  times
}

// sent notes that a report is on its way.
func (w *wall) sent(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.start[n] = time.Now()
}

// listen opens n event streams, spread over the venues.
func (b *bench) listen(n int) (*wall, error) { return b.listenAt(n, b.venues) }

func (b *bench) listenAt(n int, venues []string) (*wall, error) {
	w := &wall{start: map[int]time.Time{}}
	for i := range n {
		conn, err := net.Dial("tcp", strings.TrimPrefix(b.base, "http://"))
		if err != nil {
			w.close()
			return nil, err
		}
		w.conns = append(w.conns, conn)
		in := bufio.NewReaderSize(conn, 4<<10)
		_, err = fmt.Fprintf(conn, "GET /api/v1/venues/%s/events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n",
			venues[i%len(venues)], b.key)
		if err == nil {
			err = opened(in)
		}
		if err != nil {
			w.close()
			return nil, err
		}
		w.work.Go(func() { w.watch(in) })
	}
	<-time.After(time.Second) // let the server's memory settle
	return w, nil
}

// opened reads the head of a stream.
func opened(in *bufio.Reader) error {
	line, err := in.ReadString('\n')
	if err != nil || !strings.Contains(line, " 200 ") {
		return errors.Join(err, fmt.Errorf("stream answered %q", strings.TrimSpace(line)))
	}
	for {
		if line, err = in.ReadString('\n'); err != nil || strings.TrimSpace(line) == "" {
			return err
		}
	}
}

// watch notes when reports reach one screen.
func (w *wall) watch(in *bufio.Reader) {
	for {
		line, err := in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
		now := time.Now()
		_, rest, found := bytes.Cut(line, []byte(markHead))
		if !found || len(rest) < markDigits || !bytes.Contains(line, []byte("report.created")) {
			continue
		}
		n, err := strconv.Atoi(string(rest[:markDigits]))
		if err != nil {
			continue
		}
		w.mu.Lock()
		if start, ok := w.start[n]; ok {
			w.took = append(w.took, now.Sub(start))
		}
		w.mu.Unlock()
	}
}

// close ends all screens.
func (w *wall) close() {
	<-time.After(200 * time.Millisecond) // what was sent last is still on its way
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.work.Wait()
}

// seen is how long reports took to reach a screen, sorted.
func (w *wall) seen() times {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.Sort(w.took)
	return w.took
}
