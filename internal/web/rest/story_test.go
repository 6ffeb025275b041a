package rest_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"makeright/api"
	"makeright/internal/feedback"
)

// TestEveryOperation drives all operations through the client against the real
// router; the transport holds every answer against the contract.
func TestEveryOperation(t *testing.T) {
	h := newHouse(t)
	h.office()
	h.places()
	h.complaint()
	h.otherEnds()
	h.guestsOwn()
	h.lists()
	h.safety()
	h.ends()
	h.refusals()
	h.posts()
	h.file()
	h.http.Transport.(*contract).covered(t)
}

// first returns the value, and ends the test when there is an error. It cannot
// name the test: Go passes all results on only when they are the only arguments.
func first[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// office makes keys and people.
func (h *house) office() {
	t, ctx, c := h.t, h.t.Context(), h.admin
	ends := h.clock.now().Add(time.Hour)
	key := first(c.CreateKey(ctx, api.NewKey{Name: "Till", Scope: api.ScopeVisits, ExpiresAt: &ends}))
	if key.Secret == nil || !strings.HasPrefix(*key.Secret, "mr_") || key.CreatedBy.Name != h.owner.Name {
		t.Errorf("key = %+v", key)
	}
	if got := first(c.ChangeKey(ctx, key.ID, api.ChangeKey{Name: "Bar"})); got.Name != "Bar" {
		t.Errorf("renamed to %q", got.Name)
	}
	must(t, c.RevokeKey(ctx, key.ID))
	must(t, c.RevokeKey(ctx, key.ID)) // twice is fine
	if _, err := h.client(*key.Secret).ListVenues(ctx, nil); code(err) != "unauthorised" {
		t.Errorf("a revoked key: %v", err)
	}
	if got := first(c.ListKeys(ctx, nil)); len(got.Items) != 1 || got.Next != nil {
		t.Errorf("keys = %+v", got)
	}

	hook := first(c.CreateWebhook(ctx, api.NewWebhook{URL: "https://kitchen.example/x", Events: api.EventKinds{api.EventKindReportCreated}}))
	if hook.Secret == nil || !strings.HasPrefix(*hook.Secret, "whsec_") || hook.Venue != nil || hook.LastOutcome != nil {
		t.Errorf("webhook = %+v", hook)
	}
	if tried := first(c.TestWebhook(ctx, hook.ID)); tried.Accepted || *tried.Status != 404 || !strings.Contains(tried.Detail, "answered 404") {
		t.Errorf("tried = %+v", tried)
	}
	if again := first(c.RotateWebhookSecret(ctx, hook.ID)); *again.Secret == *hook.Secret || again.OldSecretUntil == nil {
		t.Error("the secret is still the same")
	}
	if got := first(c.ChangeWebhook(ctx, hook.ID, api.ChangeWebhook{Name: ptr("Kitchen"), Events: &api.EventKinds{}})); got.Name != "Kitchen" || len(got.Events) != 0 {
		t.Errorf("changed webhook = %+v", got)
	}
	if got := first(c.GetWebhook(ctx, hook.ID)); *got.LastOutcome != "http 404" {
		t.Errorf("webhook = %+v", got)
	}
	if got := first(c.ListWebhooks(ctx, nil)); len(got.Items) != 1 {
		t.Errorf("webhooks = %+v", got)
	}
	must(t, c.RemoveWebhook(ctx, hook.ID))

	maria := first(c.CreatePerson(ctx, api.NewPerson{
		Name: "Maria Rossi", Email: "Maria@Example.com", Venues: []api.VenueRole{{Venue: h.venue.ID, Role: api.RoleStaff}},
	}))
	if maria.Invite == nil || !strings.HasPrefix(*maria.Invite.URL, "https://makeright.example/join/") || *maria.Email != "maria@example.com" {
		t.Errorf("person = %+v", maria)
	}
	role := api.NewRole(api.RoleManager)
	name, none := "Maria Bianchi", []api.VenueRole{}
	got := first(c.ChangePerson(ctx, maria.ID, api.ChangePerson{Name: &name, Role: &role, Venues: &none}))
	if got.Name != name || *got.Role != api.RoleManager || len(got.Venues) != 0 {
		t.Errorf("changed person = %+v", got)
	}
	if link := first(c.ResetPassword(ctx, maria.ID)); link.URL == nil {
		t.Error("no link for a new password")
	}
	if pin := first(c.ResetPin(ctx, maria.ID, api.ResetPin{})); feedback.CheckPin(*pin.Pin) != nil {
		t.Errorf("made up the PIN %s", *pin.Pin)
	}
	if pin := first(c.ResetPin(ctx, maria.ID, api.ResetPin{Pin: "4821"})); *pin.Pin != "4821" {
		t.Errorf("PIN = %s", *pin.Pin)
	}
	if got := first(c.GetPerson(ctx, maria.ID)); !got.HasPin || got.HasPassword {
		t.Errorf("person = %+v", got)
	}
	if got := first(c.ListPeople(ctx, nil)); len(got.Items) != 2 {
		t.Errorf("%d people, want 2", len(got.Items))
	}
	if got := first(c.ListAudit(ctx, &api.ListAuditParams{Limit: ptr(3)})); len(got.Items) != 3 || got.Next == nil || got.Items[0].Action != "person.pin" {
		t.Errorf("audit = %+v", got)
	}
}

// posts reads what was sent to a webhook, has it sent again and pauses.
func (h *house) posts() {
	t, ctx, c := h.t, h.t.Context(), h.admin
	hook := first(c.CreateWebhook(ctx, api.NewWebhook{URL: "https://kitchen.example/x", Events: api.EventKinds{api.EventKindCodeRotated}})).ID
	must(t, h.desk.RotateCode(ctx, h.owner, h.venue.ID, h.tables[1].ID))
	due, err := h.store.ClaimDeliveries(ctx, h.clock.now(), time.Minute, 10, 10, nil)
	must(t, err)
	i := slices.IndexFunc(due, func(d feedback.Delivery) bool { return d.ChannelID == hook })
	if _, err := c.RedeliverWebhook(ctx, hook, due[i].ID); code(err) != "conflict" {
		t.Errorf("while it is being sent: %v", err)
	}
	must(t, h.desk.Delivered(ctx, due[i], feedback.Try{Outcome: feedback.Accepted}))
	kind, state := api.EventKindCodeRotated, api.AlertMessageStateAccepted
	log := first(c.ListWebhookDeliveries(ctx, hook, &api.ListWebhookDeliveriesParams{Event: &kind, State: &state}))
	if len(log.Items) != 1 || log.Items[0].ID != due[i].ID || log.Items[0].Venue != h.venue.ID || log.Items[0].Attempts[0].Outcome != "accepted" {
		t.Fatalf("the log is %+v", log)
	}
	if other := first(c.ListWebhookDeliveries(ctx, hook, &api.ListWebhookDeliveriesParams{Event: ptr(api.EventKindReportTaken)})); len(other.Items) != 0 {
		t.Errorf("of another kind: %+v", other)
	}
	again := first(c.RedeliverWebhook(ctx, hook, due[i].ID))
	if again.ID != due[i].ID || again.State != api.AlertMessageStatePending || again.AgainAt == nil || again.NextAt == nil || again.EndedAt != nil {
		t.Errorf("sent again it is %+v", again)
	}
	if got := first(c.ChangeWebhook(ctx, hook, api.ChangeWebhook{Paused: ptr(true)})); got.PausedAt == nil || got.OldSecretUntil != nil {
		t.Errorf("paused, with its first secret: %+v", got)
	}
	if _, err := c.RedeliverWebhook(ctx, hook, due[i].ID); code(err) != "conflict" {
		t.Errorf("while it is paused: %v", err)
	}
	if got := first(c.ChangeWebhook(ctx, hook, api.ChangeWebhook{Paused: ptr(false)})); got.PausedAt != nil {
		t.Errorf("going on: %+v", got)
	}
}

// places makes venues, tables and visits, and draws codes.
func (h *house) places() {
	t, ctx, c := h.t, h.t.Context(), h.admin
	v := first(c.CreateVenue(ctx, api.NewVenue{Name: "Osteria", Country: "IT", Hours: &api.Hours{Week: map[string][]string{"fri": {"18:00-01:00"}}}}))
	if v.Timezone != "Europe/Rome" || v.Currency != "EUR" || v.Emergency != "112" {
		t.Errorf("venue = %+v", v)
	}
	v = first(c.ChangeVenue(ctx, v.ID, api.ChangeVenue{PromiseMinutes: ptr(7), Hours: &api.Hours{}}))
	if got := first(c.GetVenue(ctx, v.ID)); got.PromiseMinutes != 7 || got.Name != "Osteria" || len(got.Hours.Week) != 0 || v.PromiseMinutes != 7 {
		t.Errorf("changed venue = %+v", got)
	}
	es := first(c.GetEscalation(ctx, v.ID))
	if es.Ordinary.Steps[1].AfterSeconds != 180 || es.Ordinary.RepeatSeconds != 180 || es.Safety.Steps[0].To[1] != "managers" {
		t.Errorf("escalation = %+v", es)
	}
	es.Ordinary.Steps = es.Ordinary.Steps[1:]
	es.Ordinary.Steps[0].AfterSeconds, es.Ordinary.Steps[0].People = 2, []string{h.owner.Person}
	if got := first(c.SetEscalation(ctx, v.ID, es)); got.Ordinary.Steps[0].AfterSeconds != 2 || len(got.Ordinary.Steps[0].People) != 1 {
		t.Errorf("changed escalation = %+v", got)
	}
	es.Ordinary.Steps[0].AfterSeconds = 500
	if _, err := c.SetEscalation(ctx, v.ID, es); code(err) != "invalid" {
		t.Errorf("steps out of order: %v", err)
	}
	if got := first(c.ListAlerts(ctx, v.ID, nil)); len(got.Items) != 0 || got.Next != nil {
		t.Errorf("alerts = %+v", got)
	}
	if got := first(c.ListScreens(ctx, v.ID)); len(got.Items) != 0 || got.Next != nil {
		t.Errorf("screens = %+v", got)
	}
	if got := first(c.ListVenues(ctx, &api.ListVenuesParams{Limit: ptr(1)})); len(got.Items) != 1 || got.Next == nil {
		t.Errorf("venues = %+v", got)
	}

	one := first(c.CreateTable(ctx, v.ID, api.NewTable{Name: "7", Area: "Garden"}))
	many := first(c.CreateTables(ctx, v.ID, []api.NewTable{{Name: "9"}, {Name: "8", Area: "Garden"}}))
	if one.Code == nil || one.Area != "Garden" || len(many.Items) != 2 || many.Items[0].Name != "9" {
		t.Errorf("tables = %+v, %+v", one, many)
	}
	rotated := first(c.RotateCode(ctx, v.ID, one.ID, api.RotateCode{GraceMinutes: ptr(0)}))
	if rotated.Code.Code == one.Code.Code {
		t.Error("rotate left the code")
	}
	if _, err := h.client("").SubmitReport(ctx, one.Code.Code, api.SubmitReport{Rating: 5}); code(err) != "not_found" {
		t.Errorf("a code without grace: %v", err)
	}
	if got := first(c.RevokeCode(ctx, v.ID, many.Items[0].ID)); got.Code != nil {
		t.Errorf("revoked table = %+v", got)
	}
	if got := first(c.ListTables(ctx, v.ID, nil)); len(got.Items) != 3 {
		t.Errorf("%d tables, want 3", len(got.Items))
	}

	in := api.NewVisit{Table: "7", Check: "A-1042", Server: "Maria", Covers: 4, ExpiresInMinutes: 180}
	visit := first(c.OpenVisit(ctx, v.ID, in))
	if again := first(c.OpenVisit(ctx, v.ID, in)); again.ID != visit.ID || again.Code.ID != visit.Code.ID {
		t.Errorf("the same check made another visit")
	}
	if !visit.ExpiresAt.Equal(visit.OpenedAt.Add(3*time.Hour)) || visit.Table.Area != "Garden" {
		t.Errorf("visit = %+v", visit)
	}
	if got := first(c.ChangeVisit(ctx, v.ID, visit.ID, api.ChangeVisit{Closed: new(true)})); got.ClosedAt == nil {
		t.Error("the visit is still open")
	}
	if _, err := c.ChangeVisit(ctx, v.ID, visit.ID, api.ChangeVisit{Closed: new(false)}); code(err) != "conflict" {
		t.Errorf("open a closed visit: %v", err)
	}
	if got := first(c.ListCodes(ctx, v.ID, nil)); len(got.Items) != 5 || *got.Items[0].Visit != visit.ID {
		t.Errorf("codes = %+v", got)
	}
	if svg := first(c.GetCodeSVG(ctx, v.ID, visit.Code.ID)); !strings.Contains(string(svg), "<svg") {
		t.Errorf("SVG = %.60s", svg)
	}
	if png := first(c.GetCodePNG(ctx, v.ID, visit.Code.ID, &api.GetCodePNGParams{Size: ptr(256)})); !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("PNG = %.8q", png)
	}
	if pdf := first(c.PrintSheet(ctx, v.ID, &api.PrintSheetParams{Table: ptr("8")})); !strings.HasPrefix(string(pdf), "%PDF") {
		t.Errorf("PDF = %.8q", pdf)
	}
}

// complaint goes from scan to verdict.
func (h *house) complaint() {
	t, ctx, c, guest, v := h.t, h.t.Context(), h.admin, h.client(""), h.venue.ID
	sent := first(guest.SubmitReport(ctx, strings.ToLower(h.codes[0].Code), api.SubmitReport{
		Rating: 2, Causes: []api.Cause{api.CauseCold}, Words: "The soup came cold.", Handling: api.HandlingComeOver,
		Contact: &api.ContactInput{Name: "Ada", Phone: "+49 30 1"},
	}, api.Header("Accept-Language", "de-CH, fr")))
	golden(t, "submitted", struct{ Status, Trust, Token string }{string(sent.Status), string(sent.Trust), sent.URL[:28]})
	h.clock.advance(41 * time.Second)
	taken := first(c.TakeReport(ctx, v, sent.ID, api.TakeReport{}, api.AtVersion(1)))
	if taken.Status != api.StatusTaken || taken.TakenBy.ID != h.owner.Person || taken.Contact != nil || taken.Language != "de" {
		t.Errorf("taken report = %+v", taken)
	}
	if _, err := c.ReleaseReport(ctx, v, sent.ID, api.AtVersion(1)); code(err) != "conflict" {
		t.Errorf("a stale If-Match: %v", err)
	}
	jonas := h.person("Jonas Weber", feedback.Manager)
	held, _ := errors.AsType[api.Problem](second(c.TakeReport(ctx, v, sent.ID, api.TakeReport{Person: jonas.Person})))
	if held.Code != "conflict" || held.TakenBy == nil || held.TakenBy.Name != h.owner.Name {
		t.Errorf("taking what is taken = %+v", held)
	}
	first(c.ReleaseReport(ctx, v, sent.ID))
	first(c.TakeReport(ctx, v, sent.ID, api.TakeReport{}))
	if got := first(c.HandOverReport(ctx, v, sent.ID, api.HandOverReport{Person: jonas.Person})); got.TakenBy.ID != jonas.Person {
		t.Errorf("handed over to %+v", got.TakenBy)
	}
	first(c.SendMessage(ctx, v, sent.ID, api.MessageInput{Text: "Three minutes!"}))
	first(c.SendMessage(ctx, v, sent.ID, api.MessageInput{Text: "Table by the door", Internal: true}))
	if m := first(guest.SendGuestMessage(ctx, sent.Token, "Some bread?")); m.From != api.SideGuest || m.Text != "Some bread?" {
		t.Errorf("message = %+v", m)
	}
	if got := first(guest.CorrectTable(ctx, sent.Token, "2")); got.Table.Name != "2" {
		t.Errorf("table = %+v", got.Table)
	}
	h.clock.advance(3 * time.Minute)
	first(guest.CallAgain(ctx, sent.Token))
	first(c.ResolveReport(ctx, v, sent.ID, api.ResolveReport{
		Actions: []api.Action{api.ActionApologised, api.ActionRemade}, Cost: &api.Money{Amount: 1250, Currency: "EUR"}, Note: "New soup.",
	}))
	if got := first(guest.GetGuestReport(ctx, sent.Token)); !got.AskVerdict || got.Timeline[0].Kind != api.EventKindReportCreated {
		t.Errorf("guest's report = %+v", got)
	}
	h.clock.advance(time.Minute)
	first(guest.GiveVerdict(ctx, sent.Token, api.GiveVerdict{Verdict: api.VerdictYes, Words: "Thank you!"}))
	detail := first(c.GetReport(ctx, v, sent.ID))
	if detail.Contact == nil || detail.Contact.Name != "Ada" || len(detail.Messages) != 3 {
		t.Errorf("report = %+v", detail)
	}
	golden(t, "report", h.plain(detail))
	golden(t, "guest_report", h.plain(first(guest.GetGuestReport(ctx, sent.Token))))
	must(t, guest.EraseContact(ctx, sent.Token))
	if got := first(c.GetReport(ctx, v, sent.ID)); got.Contact != nil {
		t.Error("contact details stay after they were erased")
	}
}

// otherEnds ends reports in the other ways.
func (h *house) otherEnds() {
	t, ctx, c, v := h.t, h.t.Context(), h.admin, h.venue.ID
	left := h.submit("Nobody came.")
	if got := first(c.MarkUnresolved(ctx, v, left.ID, api.UnresolvedReport{Reason: api.ReasonGuestLeft})); *got.Reason != "guest_left" {
		t.Errorf("reason = %v", got.Reason)
	}
	if got := first(c.ReopenReport(ctx, v, left.ID)); got.Status != api.StatusOpen {
		t.Errorf("reopened report is %s", got.Status)
	}
	first(c.TakeReport(ctx, v, left.ID, api.TakeReport{}))
	if got := first(c.UndoReport(ctx, v, left.ID)); got.Status != api.StatusOpen || got.TakenBy != nil {
		t.Errorf("undone report = %+v", got)
	}
	if got := first(c.DismissReport(ctx, v, left.ID, api.DismissReport{Reason: api.DismissReasonTest})); got.Status != api.StatusDismissed {
		t.Errorf("dismissed report is %s", got.Status)
	}
	said := first(c.WriteDownReport(ctx, v, api.WriteDownReport{Table: "1", Rating: 1, Words: "Waiting since seven."}))
	if said.Trust != api.TrustTable || said.Language != "en" || said.Table.ID != h.tables[0].ID {
		t.Errorf("spoken report = %+v", said)
	}
	must(t, h.client("").EndStatusPage(ctx, left.Token))
	_, err := h.client("").GetGuestReport(ctx, left.Token)
	if ended, _ := errors.AsType[api.Problem](err); ended.Code != "not_found" {
		t.Errorf("an ended status page = %v", err)
	}
}

// guestsOwn withdraws, and follows a report.
func (h *house) guestsOwn() {
	t, guest := h.t, h.client("")
	sent := h.submit("Take it back.")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	statuses := []api.Status{}
	for r, err := range guest.StreamGuestReport(ctx, sent.Token) {
		must(t, err)
		statuses = append(statuses, r.Status)
		if len(statuses) == 2 {
			break
		}
		must(t, guest.WithdrawReport(ctx, sent.Token))
	}
	if statuses[0] != api.StatusOpen || statuses[1] != api.StatusUnresolved {
		t.Errorf("statuses = %v", statuses)
	}
	if got := first(guest.GetGuestReport(ctx, sent.Token)); got.Words != "" || len(got.Messages) != 0 {
		t.Errorf("withdrawn report = %+v", got)
	}
}

// ends lets a guest need nothing more, twice.
func (h *house) ends() {
	t, guest, ctx := h.t, h.client(""), h.t.Context()
	sent := h.submit("Fine now.")
	for range 2 {
		if got := first(guest.EndReport(ctx, sent.Token)); got.DoneAt == nil || got.Status != api.StatusUnresolved || got.Verdict != nil {
			t.Errorf("ended report = %+v", got)
		}
	}
	if got := first(h.admin.GetReport(ctx, h.venue.ID, sent.ID)); got.DoneAt == nil {
		t.Errorf("the team reads %+v", got)
	}
	must(t, guest.WithdrawReport(ctx, sent.Token))
	if _, err := guest.EndReport(ctx, sent.Token); err == nil {
		t.Error("ended after it was taken back")
	}
}

// lists reads what is read as a list.
func (h *house) lists() {
	t, ctx, c, v := h.t, h.t.Context(), h.admin, h.venue.ID
	all := first(c.ListReports(ctx, v, nil))
	var paged []string
	params := &api.ListReportsParams{Limit: ptr(1)}
	for {
		p := first(c.ListReports(ctx, v, params))
		paged = append(paged, p.Items[0].ID)
		if p.Next == nil {
			break
		}
		params.After = p.Next
	}
	if len(paged) != len(all.Items) || len(all.Items) != 4 || paged[3] != all.Items[3].ID {
		t.Errorf("pages %v, want %d reports", paged, len(all.Items))
	}
	resolved := first(c.ListReports(ctx, v, &api.ListReportsParams{
		Status: []api.Status{api.StatusResolved}, Cause: ptr(api.CauseCold), Table: ptr("2"), From: ptr("2026-11-20"), To: ptr("2026-11-20"),
		Q: ptr("SOUP"), Trust: ptr(api.TrustTable), Kind: ptr(api.KindIssue),
	}))
	if len(resolved.Items) != 1 || resolved.Items[0].Contact != nil {
		t.Errorf("found %+v", resolved.Items)
	}
	if none := first(c.ListReports(ctx, v, &api.ListReportsParams{To: ptr("2026-11-19")})); none.Items == nil || len(none.Items) != 0 {
		t.Errorf("an empty list is %v", none.Items)
	}
	events := first(c.ListEvents(ctx, v, &api.ListEventsParams{Limit: ptr(2)}))
	if len(events.Items) != 2 || *events.Next != "2" || events.Items[0].Report.Words != "The soup came cold." {
		t.Errorf("events = %+v", events)
	}
	golden(t, "event", h.plain(events.Items[1]))
	for e, err := range c.Events(ctx, v, -1) {
		must(t, err)
		if e.Kind != api.StreamSnapshot || len(e.Reports) != 1 {
			t.Errorf("snapshot = %+v", e)
		}
		break
	}
	stats := first(c.GetStats(ctx, v, nil))
	golden(t, "stats", stats)
	if got := first(c.GetStats(ctx, v, &api.GetStatsParams{By: ptr(api.GroupingCause), Trust: []api.Trust{api.TrustVisit}, From: ptr("2026-11-20T00:00:00Z")})); len(got.Items) != 0 {
		t.Errorf("verified figures = %+v", got)
	}
	if got := first(c.GetAlertBudget(ctx, v, nil)); got.Total.Calls != 0 || got.Shifts == nil || got.Total.MedianTakeS != nil {
		t.Errorf("budget of alerts nobody was sent = %+v", got)
	}
	lines := first(csv.NewReader(strings.NewReader(string(first(c.ExportCSV(ctx, v, nil))))).ReadAll())
	if len(lines) != 5 || lines[4][9] != "The soup came cold." {
		t.Errorf("export = %q", lines)
	}
	if book := first(c.ExportXLSX(ctx, v, nil)); !bytes.HasPrefix(book, []byte("PK")) {
		t.Errorf("workbook = %q", book)
	}
	if string(first(c.GetSpecYAML(ctx))) != string(api.Spec()) {
		t.Error("the contract that is served is another one")
	}
	first(c.GetSpecJSON(ctx))
	if page := string(first(c.GetDocs(ctx))); !strings.Contains(page, "/api/docs/docs.js") {
		t.Errorf("page = %s", page)
	}
}

// refusals are answers that clients must be able to tell apart.
func (h *house) refusals() {
	t, ctx, c, guest, v := h.t, h.t.Context(), h.admin, h.client(""), h.venue.ID
	_, err := guest.SubmitReport(ctx, h.codes[0].Code, api.SubmitReport{Words: strings.Repeat("é", 2001)}, api.Header("Accept-Language", "de"))
	p, _ := errors.AsType[api.Problem](err)
	if p.Status != 422 || p.Code != "invalid" || p.Problems["rating"] == "" || p.Problems["words"] == "" || p.Title != "Etwas fehlt oder stimmt nicht" {
		t.Errorf("a wrong report = %+v", p)
	}
	visit := first(c.OpenVisit(ctx, v, api.NewVisit{Table: "1", ExpiresInMinutes: 1}))
	h.clock.advance(2 * time.Minute)
	if _, err := guest.SubmitReport(ctx, visit.Code.Code, api.SubmitReport{Rating: 1}); code(err) != "gone" {
		t.Errorf("an expired visit: %v", err)
	}
	for name, err := range map[string]error{
		"invalid":      second(c.CreateTable(ctx, v, api.NewTable{Name: "1"})),
		"not_found":    second(c.GetReport(ctx, v, "nothing")),
		"unauthorised": second(h.client("mr_WRONG").GetVenue(ctx, v)),
		"forbidden":    second(h.client(h.key(h.owner, feedback.ScopeRead)).TakeReport(ctx, v, "any", api.TakeReport{})),
	} {
		if code(err) != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
	if got := h.do(http.MethodPut, "/api/v1/venues", nil, "Authorization", "Bearer "+h.key(h.owner, feedback.ScopeAdmin)); got.status != 405 || got.problem(t).Code != "method_not_allowed" {
		t.Errorf("PUT = %d %s", got.status, got.body)
	}
	if got := h.do(http.MethodGet, "/api/v1/nothing", nil); got.status != 404 || got.problem(t).Code != "not_found" {
		t.Errorf("an unknown address = %d %s", got.status, got.body)
	}
}

// second is the error of a call.
func second[T any](_ T, err error) error { return err }

func code(err error) string {
	p, _ := errors.AsType[api.Problem](err)
	return p.Code
}

func ptr[T any](v T) *T { return &v }
