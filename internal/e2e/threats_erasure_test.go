package e2e

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// canaried is the program with three guests who left all that a guest can leave.
type canaried struct {
	*walls
	folder, photos, backups string
	tokens                  []string
}

// T34: twenty things that say who guests are and what they wrote, in every place
// that can hold such a thing. Once the guests have erased them they are gone from
// the rows, from every byte of the database and its log, from the photos, from
// what is exported, from a new backup and from the log, and the timeline holds.
func TestThreat_ErasureLeavesNothing(t *testing.T) {
	var c canaried
	c.photos, c.backups = t.TempDir(), t.TempDir()
	c.walls = newWalls(t, func(cfg *config.Config) {
		cfg.Limits, cfg.Photos, cfg.Backups, cfg.BackupKeep = false, c.photos, c.backups, 3
		c.folder = filepath.Dir(cfg.Database)
	})
	canaries := c.leave()
	if len(canaries) < 20 {
		t.Fatalf("only %d canaries", len(canaries))
	}
	before := c.everywhere()
	for name, canary := range canaries {
		if !strings.Contains(before["rows"]+before["photos"], canary) || !storetest.Postgres() && !strings.Contains(before["files"]+before["photos"], canary) {
			t.Errorf("%s was not kept in the first place: this test cannot fail", name)
		}
	}
	for _, token := range c.tokens {
		if got := c.ask("POST", "/R/"+token+"/withdraw", "no=", "Content-Type", formKind); got.status != http.StatusSeeOther {
			t.Fatalf("withdraw: %d %.300s", got.status, got.body)
		}
	}
	c.must(c.app.Tidy(t.Context()))
	c.must(c.app.Scrub(t.Context()))
	c.must(c.app.BackUp(t.Context()))
	for place, text := range c.everywhere() {
		for name, canary := range canaries {
			if i := strings.Index(text, canary); i >= 0 {
				t.Errorf("%s is still in %s", name, place)
			}
		}
		if text == "" && !(storetest.Postgres() && (place == "files" || place == "backup")) && place != "photos" {
			t.Errorf("nothing was read of %s", place)
		}
	}
	if _, breaks, err := c.store.Verify(t.Context()); err != nil || len(breaks) > 0 {
		t.Errorf("timelines: %v, %v", breaks, err)
	}
}

// leave lets three guests leave everything there is to leave, and returns it.
func (c *canaried) leave() map[string]string {
	t, ctx, all := c.t, c.t.Context(), map[string]string{}
	canary := func(name string) string {
		all[name] = "kanari" + strings.ReplaceAll(name, " ", "")
		return all[name]
	}
	mail := func(name string) string { all[name] = "kanari" + name + "@example.com"; return all[name] }
	phone := func(name, number string) string { all[name] = number; return number }
	boss := storetest.Person(t, c.store, c.own.owner, c.own.venue, "Bea", feedback.Manager)

	form, kind := multipartForm(t, map[string]string{
		"rating": "1", "causes": "safety", "words": canary("words"), "handling": "contact_later",
		"name": canary("name"), "phone": phone("phone", "+49 30 71717171"), "email": mail("mail"), "lang": "en",
	}, noise(t))
	sent := c.ask("POST", "/T/"+c.own.ids["code"], form, "Content-Type", kind)
	first := last(sent.header.Get("Location"))
	guest, err := c.desk.Guest(ctx, first)
	c.must(err)
	c.must(c.desk.Write(ctx, guest, canary("message of the guest")))
	c.must(c.desk.Take(ctx, boss, c.own.venue, guest.ID, ""))
	c.must(c.desk.Say(ctx, boss, c.own.venue, guest.ID, feedback.Message{Text: canary("answer of staff")}))
	c.must(c.desk.Say(ctx, boss, c.own.venue, guest.ID, feedback.Message{Text: canary("note in the thread"), Internal: true}))
	c.must(c.desk.ChangeIncident(ctx, boss, c.own.venue, guest.ID, 0, func(i *feedback.Incident) error {
		i.Contact, i.Eaten, i.Allergen, i.Symptoms, i.Medication = canary("record contact"), canary("record eaten"), canary("record allergen"), canary("record symptoms"), canary("record medication")
		return nil
	}))
	c.must(c.desk.Resolve(ctx, boss, c.own.venue, guest.ID, desk.Outcome{Recovery: feedback.Recovery{Actions: []string{"remade"}, Note: canary("note of the end")}}))
	c.must(c.desk.Judge(ctx, guest, feedback.Yes, canary("words of the verdict")))
	picture := outside(t, c.photos)
	all["photo"] = string(picture[len(picture)/2 : len(picture)/2+64])

	sent = c.ask("POST", "/api/v1/codes/"+c.own.ids["code"]+"/reports", fmt.Sprintf(`{"rating":2,"words":%q,"handling":"contact_later","contact":{"name":%q,"email":%q}}`,
		canary("words by API"), canary("name by API"), mail("mailbyapi")), "Content-Type", "application/json", "Idempotency-Key", "K")
	second := between(string(sent.body), `"token":"`, `"`)

	third, err := c.desk.WriteDown(ctx, boss, c.own.venue, c.own.ids["table"], desk.NewReport{
		Rating: 2, Language: "en", Words: canary("words said aloud"), Contact: feedback.Contact{Name: canary("name said aloud"), Phone: phone("phone said aloud", "0171 8181818")},
	})
	c.must(err)
	c.tokens = []string{first, second, c.desk.StatusToken(third)}
	return all
}

// everywhere is all that is kept and all that is given away, by its place.
func (c *canaried) everywhere() map[string]string {
	var rows strings.Builder
	for _, table := range c.tables() {
		rows.WriteString(c.table(table))
	}
	key := c.own.people["key admin"]
	ask := func(path string) string {
		return string(c.ask("GET", "/api/v1/venues/"+c.own.venue+path, "", key.header, key.value, "Accept", "application/json, */*;q=0.1").body)
	}
	all := map[string]string{
		"rows": rows.String(), "photos": string(outside(c.t, c.photos)), "log": c.log.String(), "export": ask("/export.csv"),
		"workbook": unzipped(c.t, ask("/export.xlsx")), "reports": ask("/reports"), "events": ask("/events?after=0"),
	}
	if !storetest.Postgres() {
		all["files"], all["backup"] = string(outside(c.t, c.folder)), string(outside(c.t, c.backups))
	}
	return all
}

// outside reads all files of a folder in another process: this one would let go
// of SQLite's locks by closing them.
func outside(t *testing.T, folder string) []byte {
	t.Helper()
	files := filesIn(t, folder)
	if len(files) == 0 {
		return nil
	}
	text, err := exec.CommandContext(t.Context(), "cat", files...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func unzipped(t *testing.T, workbook string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(workbook), int64(len(workbook)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// multipartForm is a form with a photo, and its kind.
func multipartForm(t *testing.T, fields map[string]string, photo []byte) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("photo", "kanari.png")
	if err == nil {
		_, err = part.Write(photo)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// noise is a picture that looks like no other.
func noise(t *testing.T) []byte {
	t.Helper()
	chance, m := rand.New(rand.NewPCG(3, 4)), image.NewRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		m.Set(i%64, i/64, color.RGBA{uint8(chance.Uint32()), uint8(chance.Uint32()), uint8(chance.Uint32()), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// No column of any row says from which address a guest came.
func TestThreat_NoAddressIsKept(t *testing.T) {
	w := newWalls(t, func(cfg *config.Config) {
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		cfg.Photos = t.TempDir()
	})
	addresses := []string{"203.0.113.77", "2001:db8:77::abcd"}
	for _, from := range addresses {
		headers := []string{"X-Forwarded-For", from, "X-Real-IP", from, "Forwarded", "for=" + from, "User-Agent", "agent-of-the-guest"}
		form, kind := multipartForm(t, map[string]string{"rating": "1", "causes": "safety", "words": "Hives", "handling": "contact_later", "phone": "030 1"}, noise(t))
		sent := w.ask("POST", "/T/"+w.own.ids["code"], form, append(headers, "Content-Type", kind)...)
		page := sent.header.Get("Location")
		if page == "" {
			t.Fatalf("from %s: %d %.300s", from, sent.status, sent.body)
		}
		for path, body := range map[string]string{"/messages": "no=&text=Hello", "/call": "no=", "/contact": "no="} {
			w.ask("POST", page+path, body, append(headers, "Content-Type", formKind)...)
		}
		w.ask("POST", "/T/"+w.own.ids["code"]+"/urgent", "urgent=ill", append(headers, "Content-Type", formKind)...)
		w.ask("POST", "/api/v1/codes/"+w.own.ids["code"]+"/reports", `{"rating":2}`, append(headers, "Content-Type", "application/json", "Idempotency-Key", from)...)
		w.ask("GET", "/T/"+w.own.ids["code"], "", headers...)
	}
	read := 0
	for _, table := range w.tables() {
		text := w.table(table)
		read += len(text)
		if table == "requests" { // the key that the test chose
			text = strings.ReplaceAll(text, "key="+addresses[0], "")
			text = strings.ReplaceAll(text, "key="+addresses[1], "")
		}
		for _, secret := range append(slices.Clone(addresses), "127.0.0.1", "agent-of-the-guest") {
			if strings.Contains(text, secret) {
				t.Errorf("%s says %s", table, secret)
			}
		}
	}
	if read < 5000 {
		t.Errorf("only %d characters were read", read)
	}
}

// A guest's browser holds what the pages need, by name, and not how to reach the
// guest; after sending, only the cookies. The privacy page is a tap away, has the
// venue's own numbers, and erases how to reach the guest with another tap.
func TestThreat_BrowsersHoldLittle(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	set := `{"contact_days":12,"text_months":5}`
	if got, err := send(t.Context(), "PATCH", p.Base+"/api/v1/venues/"+d.Venue.ID, set, "Authorization", "Bearer "+d.Key, "Content-Type", "application/json"); err != nil || got.status != http.StatusOK {
		t.Fatalf("retention: %d %s, %v", got.status, got.body, err)
	}
	x := open(t, "guest", 390, 844, true)
	const held = `(async () => JSON.stringify({ local: Object.keys(localStorage).sort(), session: Object.keys(sessionStorage).sort(),
		values: JSON.stringify([localStorage, sessionStorage]), seen: document.cookie, databases: (await indexedDB.databases()).length,
		caches: self.caches ? (await caches.keys()).length : 0, workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0 }))()`
	holds := func(when, want string) string {
		t.Helper()
		var got string
		x.do(chromedp.Evaluate(held, &got, awaited))
		if names := between(got, "{", `,"values"`); names != want {
			t.Errorf("%s: the browser holds %s, want %s", when, names, want)
		}
		if !strings.HasSuffix(got, `"seen":"","databases":0,"caches":0,"workers":0}`) {
			t.Errorf("%s: the browser holds %s", when, got)
		}
		return got
	}
	cookies := func(when string, want ...string) {
		t.Helper()
		var names []string
		x.do(chromedp.ActionFunc(func(ctx context.Context) error {
			all, err := network.GetCookies().WithURLs([]string{p.Base}).Do(ctx)
			for _, c := range all {
				names = append(names, c.Name)
			}
			slices.Sort(names)
			return err
		}))
		if !slices.Equal(names, want) {
			t.Errorf("%s: the cookies are %q, want %q", when, names, want)
		}
	}
	code := d.Tables[2].Code
	x.visit(d.Tables[2].URL + "?lang=en")
	holds("at first", `"local":[],"session":[]`)
	cookies("at first", "mr_form", "mr_lang")
	x.press("footer a")
	x.seesIn("#long", "12 days")
	x.seesIn("#long", "5 months")
	x.visit(d.Tables[2].URL)
	x.press("#r1")
	x.write("#w", "A hair in the soup")
	x.do(chromedp.Click("input[name=handling][value=contact_later]", chromedp.ByQuery))
	x.write("input[name=name]", "Kanari")
	x.write("input[name=phone]", "+49 30 77112233")
	x.write("input[name=email]", "kanari@example.com")
	if got := holds("before sending", `"local":["draft /T/`+code+`"],"session":[]`); !strings.Contains(got, "A hair") || strings.Contains(strings.ToLower(got), "kanari") || strings.Contains(got, "7711") {
		t.Errorf("the draft is %s", got)
	}
	x.press(".sendbar .go")
	x.seesIn("#live", "The team has it")
	holds("after sending", `"local":[],"session":[]`)
	cookies("after sending", "mr_form", "mr_lang")
	x.press("footer a")
	x.seesIn("#long", "12 days")
	x.axe("privacy")
	x.press("main form button")
	x.seesIn("#live", "The team has it")
	if got := x.ask(`String(document.querySelectorAll('form[action$="/contact"]').length)`); got != "0" {
		t.Error("the contact details are still there")
	}
}

// A photo is made small in the browser before it is sent, where there is a script,
// so that it gets through on bad Wi-Fi; what the browser cannot read is left alone.
func TestPhotos_AreShrunkInTheBrowser(t *testing.T) {
	t.Parallel()
	p, d := install(t)
	folder := t.TempDir()
	wide := image.NewRGBA(image.Rect(0, 0, 1800, 900))
	chance := rand.New(rand.NewPCG(5, 6))
	for i := range wide.Pix {
		wide.Pix[i] = uint8(chance.Uint32()) | 0x80
	}
	var b bytes.Buffer
	if err := png.Encode(&b, wide); err != nil {
		t.Fatal(err)
	}
	large, text := filepath.Join(folder, "wide.png"), filepath.Join(folder, "text.png")
	for name, content := range map[string][]byte{large: b.Bytes(), text: []byte("no picture")} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	x := open(t, "guest", 390, 844, true)
	x.visit(d.Tables[2].URL)
	x.press("#r1")
	x.do(chromedp.SetUploadFiles("#ph", []string{large, text}, chromedp.ByQuery))
	x.do(chromedp.Poll(`document.querySelector('#ph').files[0].name === 'small.jpg'`, nil))
	var chosen string
	x.do(chromedp.Evaluate(`(async () => { const [a, b] = document.querySelector('#ph').files, m = await createImageBitmap(a);
		return [a.type, m.width, m.height, b.name, b.size].join(' ') })()`, &chosen, awaited))
	if chosen != "image/jpeg 1600 800 text.png 10" {
		t.Errorf("what would be sent is %s", chosen)
	}
	x.do(chromedp.SetUploadFiles("#ph", []string{large}, chromedp.ByQuery))
	x.do(chromedp.Poll(`document.querySelector('#ph').files[0].name === 'small.jpg'`, nil))
	x.press(".sendbar .go")
	x.seesIn("#live", "Your note is saved")
	x.do(chromedp.Poll(`document.querySelector('#photos img')?.naturalWidth === 1600`, nil))
	if strings.Contains(x.address(), "photo=") || !strings.HasPrefix(x.address(), p.Base) {
		t.Errorf("the guest is at %s", x.address())
	}

	// Nobody at work has to see it before they tap it.
	staff := open(t, "staff", 1024, 768, true)
	staff.visit(d.BoardURL)
	staff.do(chromedp.WaitVisible(".want a", chromedp.ByQuery))
	staff.visit(p.Base + staff.ask(`document.querySelector('.want a').getAttribute('href')`))
	staff.do(chromedp.Poll(`document.querySelector('.shots img')?.naturalWidth === 1600`, nil))
	const filter = `getComputedStyle(document.querySelector('.shots img')).filter`
	if got := staff.ask(filter); !strings.HasPrefix(got, "blur(") {
		t.Errorf("before the tap its filter is %q", got)
	}
	staff.press(".shots label")
	staff.do(chromedp.Poll(filter+` === 'none'`, nil))
}
