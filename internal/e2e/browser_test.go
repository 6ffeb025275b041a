package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// patience bounds how long a page may take; a test that needs it all has found
// something.
const patience = 20 * time.Second

// window is one person's browser, on their own device.
type window struct {
	t    *testing.T
	name string
	ctx  context.Context
}

// open starts somebody's browser, with a screen of a size; it ends with the
// test. Without a browser the test is skipped on a desk, and fails in CI.
func open(t *testing.T, name string, width, height int64, scripts bool, more ...chromedp.ExecAllocatorOption) *window {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("chromium is missing")
		}
		t.Skip("chromium is missing: apt-get install chromium")
	}
	// Parts of a browser may write for a moment after its end, so what is left
	// of its folder fails no test.
	profile, err := os.MkdirTemp("", "makeright-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(profile) })
	said, line := &lastWords{}, &lastWords{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s's browser said last:\n%s\nand over the line:\n%s", name, said, line)
		}
	})
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.CombinedOutput(said),
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(profile), chromedp.WindowSize(int(width), int(height)),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("lang", "en-US"),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(opts, more...)...)
	t.Cleanup(stop)
	ctx, closeIt := chromedp.NewContext(ctx, chromedp.WithDebugf(line.told))
	t.Cleanup(closeIt)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) }) // lets it end by itself first
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	w := &window{t, name, ctx}
	w.do(emulation.SetDeviceMetricsOverride(width, height, 1, width < 600),
		emulation.SetScriptExecutionDisabled(!scripts))
	return w
}

// lastWords keeps the end of what a browser prints: why it went is told nowhere
// else.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

func (l *lastWords) Write(p []byte) (int, error) {
	const most = 4096
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	l.text = l.text[max(0, len(l.text)-most):]
	return len(p), nil
}

// told keeps the beginning of a message over the line to the browser: where the
// line ends, chromedp does not say why.
func (l *lastWords) told(format string, args ...any) {
	const most = 200
	if len(args) == 1 {
		if text, ok := args[0].([]byte); ok { // maybe a megabyte
			args[0] = text[:min(len(text), most)]
		}
	}
	fmt.Fprintf(l, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05.000")}, args...)...)
}

func (l *lastWords) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}

// do carries out actions, or fails the test with a picture.
func (w *window) do(actions ...chromedp.Action) {
	w.t.Helper()
	if err := w.try(patience, actions...); err != nil {
		var url string
		_ = w.try(2*time.Second, chromedp.Location(&url))
		w.t.Fatalf("%s at %s: %v (picture: %s)", w.name, url, err, w.picture("failed"))
	}
}

// try carries out actions within a time.
func (w *window) try(within time.Duration, actions ...chromedp.Action) error {
	ctx, stop := context.WithTimeout(w.ctx, within)
	defer stop()
	return chromedp.Run(ctx, actions...)
}

// visit goes to an address.
func (w *window) visit(url string) { w.t.Helper(); w.do(chromedp.Navigate(url)) }

// press clicks what a CSS selector finds. A part that is drawn anew while it is
// looked for may be waited for in vain, so it looks again.
func (w *window) press(selector string) {
	w.t.Helper()
	click := chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible)
	for range 3 {
		if w.try(patience/4, click) == nil {
			return
		}
	}
	w.do(click)
}

// write types into a field.
func (w *window) write(selector, text string) {
	w.t.Helper()
	w.do(chromedp.SendKeys(selector, text, chromedp.ByQuery, chromedp.NodeVisible))
}

// sees waits until the page shows a text.
func (w *window) sees(text string) {
	w.t.Helper()
	w.seesIn("body", text)
}

// seesIn waits until an element shows a text. It asks the page again and
// again from outside, so that it works where scripts are off.
func (w *window) seesIn(selector, text string) {
	w.t.Helper()
	var last string
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		err := w.try(5*time.Second, chromedp.Text(selector, &last, chromedp.ByQuery))
		if err == nil && strings.Contains(clean(last), clean(text)) {
			return
		}
		if w.ctx.Err() != nil {
			break
		}
		<-time.After(30 * time.Millisecond) // between two looks, as a person would
	}
	w.t.Fatalf("%s waits for %q, sees %q (picture: %s)", w.name, text, clean(last), w.picture("missing"))
}

// seesFramed waits until the live part of a status page without scripts, which
// is a frame of its own, shows a text.
func (w *window) seesFramed(text string) {
	w.t.Helper()
	var last string
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) && w.ctx.Err() == nil {
		if frame := w.frame(); frame != nil {
			if err := w.try(5*time.Second, chromedp.Text("body", &last, chromedp.ByQuery, chromedp.FromNode(frame))); err == nil && strings.Contains(clean(last), clean(text)) {
				return
			}
		}
		<-time.After(50 * time.Millisecond) // between two looks, as a person would
	}
	w.t.Fatalf("%s waits for %q in the frame, sees %q (picture: %s)", w.name, text, clean(last), w.picture("missing"))
}

// frame is the frame of the page, or nil while it loads.
func (w *window) frame() *cdp.Node {
	var frames []*cdp.Node
	if err := w.try(2*time.Second, chromedp.Nodes("iframe", &frames, chromedp.ByQuery)); err != nil || len(frames) == 0 {
		return nil
	}
	return frames[0]
}

// pressFramed clicks something in the frame.
func (w *window) pressFramed(selector string) {
	w.t.Helper()
	frame := w.frame()
	if frame == nil {
		w.t.Fatalf("%s: there is no frame (picture: %s)", w.name, w.picture("missing"))
	}
	w.do(chromedp.Click(selector, chromedp.ByQuery, chromedp.FromNode(frame)))
}

// address returns where the window is.
func (w *window) address() string {
	w.t.Helper()
	var url string
	w.do(chromedp.Location(&url))
	return url
}

// picture keeps a screenshot where pictures are wanted, and returns its path.
func (w *window) picture(name string) string {
	dir := os.Getenv("PICTURES")
	if dir == "" {
		return "set PICTURES=DIR for one"
	}
	var png []byte
	if err := w.try(10*time.Second, chromedp.FullScreenshot(&png, 100)); err != nil {
		return err.Error()
	}
	path := filepath.Join(dir, strings.ReplaceAll(w.t.Name()+"-"+w.name+"-"+name, "/", "-")+".png")
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(path, png, 0o644)); err != nil {
		return err.Error()
	}
	return path
}

// clean folds white space and drops the marks that keep text directions apart.
func clean(s string) string {
	s = strings.NewReplacer("\u2068", "", "\u2069", "", "\u00a0", " ", "\u202f", " ").Replace(s)
	return strings.Join(strings.Fields(s), " ")
}
