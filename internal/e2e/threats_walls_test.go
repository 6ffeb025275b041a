package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"makeright/internal/app"
	"makeright/internal/config"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store"
	"makeright/internal/store/storetest"
	"makeright/internal/web"
)

// soak says whether tests run at full size.
func soak() bool { return os.Getenv("SOAK") != "" }

// size is how much of something a test does.
func size(usual, full int) int {
	if soak() {
		return full
	}
	return usual
}

// walls is the whole program in this process, serving on a port of its own,
// with two organisations that must not see each other.
type walls struct {
	t     *testing.T
	base  string
	app   *app.App
	desk  *desk.Desk
	store *store.Store
	db    *sql.DB // to look at the rows themselves
	log   *written
	own   side
	their side

	addresses []address
}

// side is one organisation: an id of everything it has, and everybody who works
// there.
type side struct {
	owner  feedback.Actor
	venue  string
	ids    map[string]string // by the name of a parameter in an address
	people map[string]caller
}

// caller is somebody who asks: what stands in one header.
type caller struct{ name, header, value string }

// address is one route of the program.
type address struct{ method, path string }

func (a address) String() string { return a.method + " " + a.path }

// newWalls starts the program with settings such as LIMITS=off.
func newWalls(t *testing.T, mods ...func(*config.Config)) *walls {
	t.Helper()
	w := &walls{t: t, log: &written{}}
	dsn := storetest.EmptyDSN(t)
	cfg := config.Config{Limits: true, Listen: "127.0.0.1:0", BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1:0"}, Database: dsn, Shutdown: time.Second}
	for _, mod := range mods {
		mod(&cfg)
	}
	l, err := app.Listen(t.Context(), &cfg)
	w.must(err)
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	w.must(err)
	w.base, w.app, w.desk, w.addresses = "http://"+l.Addr().String(), a, a.Desk, routes(a.Handler())
	a.Desk.Hears(func() map[string]time.Time { return nil }, time.Hour) // no screen is missed by itself between two looks at the rows
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx, l) }()
	w.store = storetest.Open(t, dsn, store.Options{})
	w.db = look(t, dsn)
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with %v", err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	w.own, w.their = w.side("Trattoria"), w.side("Canary")
	return w
}

func (w *walls) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// written keeps a log that many write to.
type written struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.Write(p)
}

func (w *written) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// routes lists what a router serves. It is asked by reflection: only screens
// and app know the router.
func routes(h http.Handler) []address {
	var all []address
	list := reflect.ValueOf(h).MethodByName("Routes").Call(nil)[0]
	for i := range list.Len() {
		r := list.Index(i).Elem()
		if a := (address{r.FieldByName("Method").String(), r.FieldByName("Path").String()}); strings.ToUpper(a.method) == a.method && !strings.Contains(a.method, "_") {
			all = append(all, a) // echo's own answer to what is no route has another kind of name
		}
	}
	slices.SortFunc(all, func(a, b address) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return slices.Compact(all)
}

// look opens a database to read it behind the program's back.
func look(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if !storetest.Postgres() {
		driver, dsn = "sqlite", "file:"+dsn+"?mode=ro"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// side makes an organisation with one of everything, all of it named after it.
func (w *walls) side(name string) side {
	t, ctx := w.t, w.t.Context()
	owner, venue := storetest.Venue(t, w.store, func(v *feedback.Venue) { v.Name = name })
	table := storetest.Table(t, w.store, owner, venue.ID, name+" 1")
	w.must(w.desk.RotateCode(ctx, owner, venue.ID, table.ID))
	visit, _, err := w.desk.OpenVisit(ctx, owner, venue.ID, desk.NewVisit{Table: table.ID, Check: name, Server: name})
	w.must(err)
	codes, err := w.desk.TableCodes(ctx, owner, venue.ID)
	w.must(err)
	report, err := w.desk.WriteDown(ctx, owner, venue.ID, table.ID, desk.NewReport{Rating: 1, Language: "en", Words: name + " soup"})
	w.must(err)
	photo := feedback.Photo{ID: storetest.ID(), ReportID: report, Size: 1, Sum: []byte(name), CreatedAt: w.desk.Now()}
	storetest.Write(t, w.store, func(tx store.Tx) error { return tx.At(owner, venue.ID).AddPhoto(ctx, photo) })
	task := feedback.Task{ID: storetest.ID(), Cause: "cold", Scope: feedback.TaskArea, OpenedAt: w.desk.Now(), Note: name}
	storetest.Write(t, w.store, func(tx store.Tx) error { return tx.At(owner, venue.ID).AddTask(ctx, task) })
	tablet, err := w.desk.PairDevice(ctx, owner, venue.ID, name)
	w.must(err)
	key, _, err := w.desk.CreateKey(ctx, owner, name, feedback.ScopeRead, time.Time{})
	w.must(err)
	channel, err := w.desk.AddChannel(ctx, owner, desk.NewChannel{Venue: venue.ID, Kind: feedback.ChannelChat, Address: "https://chat.invalid/" + name})
	w.must(err)
	hook, _, err := w.desk.AddWebhook(ctx, owner, desk.Webhook{Name: name, URL: "https://hook.invalid/" + name})
	w.must(err)
	post := feedback.Delivery{ID: storetest.ID(), ChannelID: hook, Kind: feedback.ChannelWebhook, EventSeq: 1, State: feedback.Delivered, CreatedAt: w.desk.Now()}
	storetest.Write(t, w.store, func(tx store.Tx) error { return tx.At(owner, venue.ID).AddDelivery(ctx, post) })
	burst := feedback.Burst{ID: storetest.ID(), TableID: table.ID, StartedAt: w.desk.Now(), LastAt: w.desk.Now(), Size: 1}
	storetest.Write(t, w.store, func(tx store.Tx) error { return tx.At(owner, venue.ID).SaveBurst(ctx, burst) })
	spare := storetest.Person(t, w.store, owner, venue.ID, name+" Spare", feedback.Staff)
	s := side{owner: owner, venue: venue.ID, ids: map[string]string{
		"venue": venue.ID, "table": table.ID, "visit": visit, "code": codes[0].Code, "file": codes[0].ID + ".svg",
		"report": report, "id": report, "tablet": desk.Hash(tablet.Token), "key": key, "person": spare.Person, "task": task.ID,
		"token": w.desk.StatusToken(report), "channel": channel, "webhook": hook, "photo": photo.ID, "burst": burst.ID, "delivery": post.ID,
	}}
	s.people = w.people(s, tablet.Token)
	return s
}

// people signs everybody in.
func (w *walls) people(s side, tablet string) map[string]caller {
	t := w.t
	all := map[string]caller{"nobody": {"nobody", "X-Nobody", "1"}}
	in := func(name string, a feedback.Actor) {
		all[name] = caller{name, "Cookie", "mr=" + w.session(a.Person, "")}
	}
	in("owner", s.owner)
	in("manager", storetest.Person(t, w.store, s.owner, s.venue, "Mia", feedback.Manager))
	in("staff", storetest.Person(t, w.store, s.owner, s.venue, "Sam", feedback.Staff))
	pat := storetest.Person(t, w.store, s.owner, s.venue, "Pat", feedback.Manager)
	all["tablet"] = caller{"tablet", "Cookie", "mr=" + w.session(pat.Person, desk.Hash(tablet)) + "; mr_device=" + tablet}
	for _, scope := range feedback.Scopes {
		_, secret, err := w.desk.CreateKey(t.Context(), s.owner, string(scope), scope, time.Time{})
		w.must(err)
		all["key "+string(scope)] = caller{"key " + string(scope), "Authorization", "Bearer " + secret}
	}
	return all
}

// session opens a session as signing in does, without the work of a password.
func (w *walls) session(person, device string) string {
	w.t.Helper()
	now, token := w.desk.Now(), web.NewToken()
	storetest.Write(w.t, w.store, func(tx store.Tx) error {
		return tx.AddSession(w.t.Context(), feedback.Session{
			ID: desk.Hash(token), PersonID: person, DeviceID: device, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
		})
	})
	return token
}

// password is what people choose here.
const password = "copper kettle on the stove"

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// client follows nothing and keeps nothing.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
}

// ask sends one request, with headers in pairs.
func (w *walls) ask(method, path, body string, headers ...string) answer {
	w.t.Helper()
	a, err := send(w.t.Context(), method, w.base+path, body, headers...)
	w.must(err)
	return a
}

func send(ctx context.Context, method, url, body string, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, text}, err
}

// fill puts ids into the address of a route.
func (a address) fill(ids map[string]string) string {
	parts := strings.Split(a.path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = url.PathEscape(ids[name])
		}
	}
	return strings.Join(parts, "/")
}

// names lists the parameters of a route.
func (a address) names() []string {
	var names []string
	for part := range strings.SplitSeq(a.path, "/") {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			names = append(names, name)
		}
	}
	return names
}

// writes says whether a route changes something.
func (a address) writes() bool {
	return a.method == http.MethodPost || a.method == http.MethodPatch || a.method == http.MethodDelete || a.method == http.MethodPut
}

// passing are columns that say when somebody was here.
var passing = []string{"seen_at", "last_used_at"}

// moving are the tables that move by themselves or count who looked: tries,
// timers, scans, and figures and searched words, which follow the timeline.
var moving = []string{
	"throttles", "jobs", "scans", "table_scans", "packs", "rolled", "rollups", "days", "worded", "words_of",
	"words_index", "words_index_data", "words_index_idx", "words_index_content", "words_index_docsize", "words_index_config",
}

// rows is everything in the database, table by table, but for what moves.
func (w *walls) rows() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, table := range w.tables() {
		if !slices.Contains(moving, table) {
			all[table] = w.table(table)
		}
	}
	return all
}

func (w *walls) tables() []string {
	list := "select name from sqlite_master where type = 'table'"
	if storetest.Postgres() {
		list = "select table_name from information_schema.tables where table_schema = current_schema()"
	}
	rows, err := w.db.QueryContext(w.t.Context(), list)
	w.must(err)
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		w.must(rows.Scan(&name))
		names = append(names, name)
	}
	w.must(rows.Err())
	return names
}

// table writes a table out, a line for each row, in no order of its own.
func (w *walls) table(name string) string {
	rows, err := w.db.QueryContext(w.t.Context(), fmt.Sprintf("select * from %q", name))
	w.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(err)
	var lines []string
	for rows.Next() {
		values, at := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		w.must(rows.Scan(at...))
		lines = append(lines, line(columns, values))
	}
	w.must(rows.Err())
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// line is one row; random bytes, such as salts, end no line.
func line(columns []string, values []any) string {
	var b strings.Builder
	for i, v := range values {
		if text, ok := v.([]byte); ok {
			v = string(text)
		}
		if !slices.Contains(passing, columns[i]) {
			fmt.Fprintf(&b, "%s=%v ", columns[i], v)
		}
	}
	return strings.ReplaceAll(b.String(), "\n", "\\n")
}

// changed lists the tables that differ.
func changed(before, after map[string]string) []string {
	var names []string
	for name := range maps.Keys(after) {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
