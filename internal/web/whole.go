package web

import (
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"
)

// buffer is how much net/http writes at once of an answer.
const buffer = 4096

// Together returns a listener whose connections can send a page in one write,
// if the server's ConnContext is [WithConn]: net/http begins with what fits its
// buffer and sends the rest apart, so that we and the browser are woken twice.
func Together(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

// Accept implements [net.Listener].
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &conn{TCPConn: tcp}, err
	}
	return c, err
}

// conn is a connection whose first write of a page waits for the second. Only
// the goroutine that serves it writes.
type conn struct {
	*net.TCPConn
	wait bool    // hold the next write back
	held *[]byte // what was held back
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, buffer); return &b }}

// Write implements [net.Conn].
func (c *conn) Write(b []byte) (int, error) {
	if c.wait {
		c.wait = false
		c.held, _ = buffers.Get().(*[]byte)
		*c.held = append((*c.held)[:0], b...)
		return len(b), nil
	}
	if c.held == nil {
		return c.TCPConn.Write(b)
	}
	held := c.held
	c.held = nil
	defer buffers.Put(held)
	first := len(*held)
	n, err := (&net.Buffers{*held, b}).WriteTo(c.TCPConn)
	return max(0, int(n)-first), err
}

type connKey struct{}

// WithConn is the ConnContext of a server that listens with [Together].
func WithConn(ctx context.Context, c net.Conn) context.Context {
	if c, ok := c.(*conn); ok {
		return context.WithValue(ctx, connKey{}, c)
	}
	return ctx
}

// Whole answers with a body that is known as a whole, in one write where that
// can be.
func Whole(c echo.Context, status int, kind string, body []byte) error {
	r := c.Request()
	// A body longer than the buffer needs a second write, whatever stands before
	// it: what is held back never waits for more than the rest of this answer.
	if to, ok := r.Context().Value(connKey{}).(*conn); ok && len(body) > buffer && r.Method != http.MethodHead {
		to.wait = true
		defer func() { to.wait = false }()
	}
	return c.Blob(status, kind, body)
}
