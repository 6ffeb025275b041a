package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A phone can put the board on its Home Screen, and reads there what a locked
// one needs to ring.
func TestBoard_CanBeInstalled(t *testing.T) {
	t.Parallel()
	_, d := install(t)
	w := open(t, "phone", 390, 844, true)
	w.visit(d.BoardURL)
	w.until("what a locked phone does", `document.body.textContent.includes("A locked phone rings by notifications only.")`)
	var wrong []*page.InstallabilityError
	var url, text string
	w.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		if url, _, text, _, err = page.GetAppManifest().Do(ctx); err != nil {
			return err
		}
		wrong, err = page.GetInstallabilityErrors().Do(ctx)
		return err
	}))
	if url == "" || text == "" {
		t.Errorf("manifest %q: %q", url, text)
	}
	for _, e := range wrong {
		t.Errorf("cannot be installed: %s %v", e.ErrorID, e.ErrorArguments)
	}
}
