package e2e

import (
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// A page whose server has gone silent says so by itself, and that the guest
// should tell somebody; when the server is back, it is as before.
func TestGuestPages_NoticeASilentServer(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	w := open(t, "guest", 390, 844, true)
	w.visit(d.Tables[3].URL)
	w.press("#r2")
	w.press(".sendbar .go")
	w.seesIn("#l-head", "saved")
	w.do(chromedp.WaitNotVisible("#deaf", chromedp.ByQuery))
	signal := func(s syscall.Signal) {
		if err := syscall.Kill(p.Pid(), s); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	defer func() { _ = syscall.Kill(p.Pid(), syscall.SIGCONT) }() // or it cannot end
	w.seesIn("#deaf", "Please also tell a member of staff")
	w.do(chromedp.WaitVisible("#deaf", chromedp.ByQuery))
	signal(syscall.SIGCONT)
	w.do(chromedp.WaitNotVisible("#deaf", chromedp.ByQuery))
}
