package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
)

// A push message in a real browser: it is shown with its two actions; Open, or
// a tap, leads to the issue; Take takes it and says so; and a subscription that
// the push service has changed comes back to us by itself. What a headless
// browser cannot do is done by hand: no push service answers it, and nobody can
// tap what it shows, so the worker is given the events.
func TestPush_InABrowser(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	url := p.Base + "/api/v1/codes/" + d.Tables[3].Code + "/reports"
	got, err := send(t.Context(), "POST", url, `{"rating":1,"causes":["cold"],"words":"Cold","handling":"come_over","language":"en"}`, "Content-Type", "application/json")
	if err != nil || got.status != 201 {
		t.Fatalf("report: %d %s, %v", got.status, got.body, err)
	}
	var report struct{ ID string }
	if err := json.Unmarshal(got.body, &report); err != nil {
		t.Fatal(err)
	}
	path := "/board/" + d.Venue.ID + "/reports/" + report.ID

	w := open(t, "phone", 390, 844, true)
	w.do(browser.SetPermission(&browser.PermissionDescriptor{Name: "notifications"}, browser.PermissionSettingGranted).WithOrigin(p.Base))
	var registration atomic.Value
	chromedp.ListenTarget(w.ctx, func(ev any) {
		if up, ok := ev.(*serviceworker.EventWorkerRegistrationUpdated); ok {
			for _, r := range up.Registrations {
				registration.Store(r.RegistrationID)
			}
		}
	})
	w.do(serviceworker.Enable())
	w.visit(d.OwnerURL)
	w.visit(p.Base + "/board/" + d.Venue.ID + "/channels")
	w.until("the worker", `navigator.serviceWorker.ready.then((r) => r.active.state === 'activated')`)

	message := fmt.Sprintf(`{"web_push":8030,"notification":{"title":"Trattoria","body":"Table 4: waiting too long.","navigate":%q,"tag":%[1]q,"renotify":true,
		"actions":[{"action":"take","title":"Take","navigate":%[1]q},{"action":"open","title":"Open","navigate":%[1]q}],"data":{"take":%q,"failed":"That did not work."}}}`, p.Base+path, path+"/take")
	shown := `navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map((n) => [n.title, n.body, ...n.actions.map((a) => a.action)].join()).join(';'))`
	// deliver gives the browser the message until it shows it: a browser that is
	// busy may lose what it is given so. The tag lets none stand twice.
	deliver := func() {
		t.Helper()
		for deadline := time.Now().Add(2 * patience); time.Now().Before(deadline); {
			w.do(serviceworker.DeliverPushMessage(p.Base, registration.Load().(serviceworker.RegistrationID), message))
			var is bool
			_ = w.try(patience/4, chromedp.Poll(shown+`.then((s) => s === 'Trattoria,Table 4: waiting too long.,take,open')`, &is, chromedp.WithPollingInterval(50*time.Millisecond)))
			if is {
				return
			}
		}
		var last string
		_ = w.try(patience/4, chromedp.Evaluate(shown, &last, awaited))
		t.Fatalf("the notification is not shown, but %q", last)
	}
	deliver()

	// tap gives the worker a tap on the notification it shows, and returns which
	// address it would open.
	tap := func(action string) string {
		t.Helper()
		return w.worker(`(async () => {
			let opened = '';
			clients.openWindow = async (to) => { opened = to; };
			const [n] = await registration.getNotifications(), e = new NotificationEvent('notificationclick', { notification: n, action: '` + action + `' });
			let work;
			Object.defineProperty(e, 'waitUntil', { value: (w) => { work = w; } });
			dispatchEvent(e);
			await work;
			return opened;
		})()`)
	}
	for _, action := range []string{"", "open"} {
		if to := tap(action); to != p.Base+path {
			t.Errorf("a tap on %q opens %q, want %q", action, to, p.Base+path)
		}
		deliver()
	}
	if to := tap("take"); to != "" {
		t.Errorf("Take opens %q", to)
	}
	w.until("what came of it", shown+`.then((s) => s && !s.includes('waiting') && !s.includes('did not work'))`)
	got, err = send(t.Context(), "GET", p.Base+"/api/v1/venues/"+d.Venue.ID+"/reports/"+report.ID, "", "Authorization", "Bearer "+d.Key)
	if err != nil || !strings.Contains(string(got.body), `"status":"taken"`) {
		t.Errorf("after Take the report is %s, %v", got.body, err)
	}

	// The push service gives another address: the worker tells us. One that was
	// never asked for stays unknown.
	key := "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
	subscription := func(host string) string {
		return `{ endpoint: 'https://fcm.googleapis.com/fcm/send/` + host + `', keys: { p256dh: '` + key + `', auth: 'tBHItJI5svbpez7KI4CCXg' } }`
	}
	w.do(chromedp.Evaluate(`(async () => { const { endpoint, keys } = `+subscription("old")+`; const res = await fetch('/account/push', { method: 'POST', body: new URLSearchParams({ endpoint, ...keys }) }); if (!res.ok) throw new Error(res.status); })()`, nil, awaited))
	status := w.worker(`(async () => {
		const e = new ExtendableEvent('pushsubscriptionchange');
		e.newSubscription = { toJSON: () => (` + subscription("new") + `) };
		let work, status;
		Object.defineProperty(e, 'waitUntil', { value: (w) => { work = w; } });
		const real = fetch;
		self.fetch = async (...a) => { const res = await real(...a); status = res.status; return res; };
		dispatchEvent(e);
		await work;
		self.fetch = real;
		return String(status);
	})()`)
	if status != "204" {
		t.Errorf("the changed subscription is answered %s, want 204", status)
	}
	w.do(chromedp.Reload())
	w.until("both browsers' addresses", `document.querySelectorAll('[action$="/test"]').length >= 1`)
}

// worker runs an expression in the page's service worker, which it wakes: a
// browser ends one that has nothing to do.
func (w *window) worker(expression string) (out string) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		w.do(chromedp.Evaluate(`navigator.serviceWorker.ready.then((r) => r.active.postMessage('wake'))`, nil, awaited))
		infos, err := chromedp.Targets(w.ctx)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, in := range infos {
			if in.Type != "service_worker" {
				continue
			}
			ctx, stop := chromedp.NewContext(w.ctx, chromedp.WithTargetID(in.TargetID))
			defer stop()
			if chromedp.Run(ctx) != nil {
				break // it ended meanwhile
			}
			if err := chromedp.Run(ctx, chromedp.Evaluate(expression, &out, awaited)); err != nil {
				w.t.Fatal(err)
			}
			return out
		}
	}
	w.t.Fatal("no service worker is found")
	return ""
}
