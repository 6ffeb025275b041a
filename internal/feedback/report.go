package feedback

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Status is where a report stands.
type Status string

// Statuses. Praise is noted; an issue goes from open to its end.
const (
	Open       Status = "open"
	Taken      Status = "taken"
	Resolved   Status = "resolved"
	Unresolved Status = "unresolved"
	Dismissed  Status = "dismissed"
	Noted      Status = "noted"
)

// moves lists where a report may go from each status.
var moves = map[Status][]Status{
	Open:       {Taken, Unresolved, Dismissed},
	Taken:      {Open, Resolved, Unresolved, Dismissed},
	Resolved:   {Open, Unresolved}, // the guest says "not yet": once open again, then ended
	Unresolved: {Open},
	Dismissed:  {Open, Noted},
	Noted:      {Open, Dismissed}, // the guest of a praise asks for somebody after all
}

// Waiting are the statuses in which somebody still has to act.
var Waiting = []Status{Open, Taken}

// Kind tells a report that needs somebody from one that needs nobody.
type Kind string

// Kinds of reports.
const (
	Issue  Kind = "issue"
	Praise Kind = "praise"
)

// Trust is how sure we are that the guest is at the table.
type Trust string

// Trust, from most to least.
const (
	TrustVisit     Trust = "visit"
	TrustOpenTable Trust = "open_table"
	TrustTable     Trust = "table"
)

// Causes a guest may name, in the order of the form.
var Causes = []string{"slow", "cold", "wrong_item", "taste", "staff", "cleanliness", "noise_seat", "bill_value", "drink", "safety", "other"}

// Causes with rules of their own.
const (
	CauseStaff  = "staff"
	CauseSafety = "safety"
)

// Handlings are what a guest may want to happen.
var Handlings = []string{"come_over", "manager_only", "manager_later", "just_fix", "contact_later", "just_telling"}

// Handlings with rules of their own.
const (
	ComeOver     = "come_over"
	ManagerOnly  = "manager_only"
	ManagerLater = "manager_later" // as manager_only, and not before the guest has left
	ContactLater = "contact_later"
	JustTelling  = "just_telling"
)

// Reasons why an issue stays unresolved.
var Reasons = []string{"guest_left", "could_not_reach", "not_possible", "nobody_came", "other"}

// NobodyCame is the reason of what is still open when the service ends.
const NobodyCame = "nobody_came"

// DismissReasons are why a report is set aside.
var DismissReasons = []string{"abuse", "spam", "test", "duplicate"}

// Verdict is the guest's own word on whether it was put right.
type Verdict string

// Verdicts; the empty one is "no answer".
const (
	NoVerdict Verdict = ""
	Yes       Verdict = "yes"
	Partly    Verdict = "partly"
	NotYet    Verdict = "no"
)

// Verdicts lists the answers a guest may give.
var Verdicts = []Verdict{Yes, Partly, NotYet}

// Limits of a report; lengths count characters.
const (
	MaxWords   = 2000
	MaxMessage = 1000
	MaxNote    = 1000
	MaxCauses  = 3
	MaxContact = 200

	// UndoFor is how long a member of staff can take a tap back.
	UndoFor = 10 * time.Second
	// NoAnswerAfter is how long a guest may answer whether it was put right,
	// before their silence counts as no answer.
	NoAnswerAfter = 20 * time.Minute
	// CallAgain is how long a guest waits between two calls.
	CallAgain = 2 * time.Minute
	// StatusLife is how long a guest's status page lives.
	StatusLife = 72 * time.Hour
)

// Contact is how a guest wants to be reached, if at all. It is kept apart from
// the report, so that erasing it leaves the fact.
type Contact struct {
	ReportID  string `gorm:"primaryKey"`
	VenueID   string
	Name      string
	Phone     string
	Email     string
	ExpiresAt time.Time `gorm:"serializer:ms"`
}

// Empty says whether there is no way to reach the guest.
func (c Contact) Empty() bool { return c.Phone == "" && c.Email == "" }

// Report is what a guest told us.
type Report struct {
	ID       string `gorm:"primaryKey"`
	VenueID  string
	TableID  string
	VisitID  string // empty when no visit is known
	CodeID   string // empty when staff wrote it down
	Kind     Kind
	Status   Status
	Rating   int      // 1 (bad) to 5 (great)
	Causes   []string `gorm:"serializer:json"`
	Words    string
	Handling string // empty: the guest did not say
	Language string // of the guest
	Trust    Trust
	Moment   string // of the visit that it answers a question about; empty for the usual form
	Server   string // who waited on the table, as the till said
	FollowUp bool   // sent after the visit was closed: does not page
	ToCheck  bool   // came in a burst: kept, marked, does not page
	BurstID  string // the burst; empty for most
	OffFloor bool   // a manager took it from the floor: for managers only
	Test     bool   // of a test visit: does not page, is in no figure
	WroteBy  string // the person who wrote a spoken report down; empty for a guest's own
	Urgent   Urgent // what one tap told; empty for a form that was filled in

	TakenBy string // person; kept when resolved, so that it is known who did it
	NotFor  string // person who put it right last time, when the guest said "not yet"
	Level   int    // escalation steps so far
	AlertID string // the alert it is part of; empty until somebody was to be told
	Ahead   int64  // milliseconds by which steps that reached nobody moved the later ones forward

	Actions    []string `gorm:"serializer:json"`
	Cost       int64    // minor units of the venue's currency
	Note       string   // for the team only
	Reason     string   // of unresolved and dismissed
	Verdict    Verdict
	Said       string // the guest's words on the verdict
	Reopenings int    // times the guest said "not yet"
	Followed   FollowUp
	FollowedAt time.Time `gorm:"serializer:ms"` // somebody last tried to reach the guest

	Version     int64
	Day         string    // service day in the venue's zone, "2026-11-22"
	Hour        int       // hour of the venue's clock, 0 to 23
	CreatedAt   time.Time `gorm:"serializer:ms"`
	TakenAt     time.Time `gorm:"serializer:ms"` // first time
	AnsweredAt  time.Time `gorm:"serializer:ms"` // first message of staff
	EndedAt     time.Time `gorm:"serializer:ms"` // resolved, unresolved or dismissed; last time
	DueAt       time.Time `gorm:"serializer:ms"` // the promise
	Since       time.Time `gorm:"serializer:ms"` // waiting since: sent, or reopened
	ActiveAt    time.Time `gorm:"serializer:ms"` // last take, message or note of staff
	CalledAt    time.Time `gorm:"serializer:ms"` // the guest called again
	DoneAt      time.Time `gorm:"serializer:ms"` // the guest ended the conversation
	TeamSaw     string    // id of the newest message of the guest that the team had open, see Saw
	GuestSaw    string    // and of the team that the guest had open
	PageEndedAt time.Time `gorm:"serializer:ms"` // the guest ended the address of their page
	HeldUntil   time.Time `gorm:"serializer:ms"` // nobody in the house reads it before; zero for most, see Hold
	Salt        []byte    // of the digest in the timeline; erased with the words

	// What a mistaken tap goes back to, see Undo.
	UndoTo Status
	UndoBy string
	UndoAt time.Time `gorm:"serializer:ms"`

	Closing   string `gorm:"->"` // ended "before" or "after" its visit was closed; figures only
	TableName string `gorm:"->"`
	AreaName  string `gorm:"->"`
	AreaID    string `gorm:"->"` // only with figures and [Repeats]: where the table stood then
	Shift     string `gorm:"-"`  // only with figures: by the hours of then, where they were changed since
	TakenName string `gorm:"->"`
	Unread    int    `gorm:"->"` // guest's messages staff have not answered
	LastText  string `gorm:"->"` // newest message of either side
	LastFrom  string `gorm:"->"`
	LastID    string `gorm:"->"`
	Veiled    bool   `gorm:"-"` // see Veil
}

// Check reports every problem with what a guest sent at once, so that a form
// can show them together. languages are those the product speaks.
func (r Report) Check(c Contact, languages []string) error {
	ps := Problems{}
	if r.Urgent != "" && !slices.Contains(Urgents, r.Urgent) {
		ps["urgent"] = "safety.problem.urgent.unknown"
	}
	if r.Rating < 1 || r.Rating > 5 {
		ps["rating"] = "problem.rating.missing"
	}
	if len(r.Causes) > MaxCauses {
		ps["causes"] = "problem.causes.many"
	}
	for _, cause := range r.Causes {
		if !slices.Contains(Causes, cause) {
			ps["causes"] = "problem.choice"
		}
	}
	if utf8.RuneCountInString(r.Words) > MaxWords {
		ps["words"] = "problem.words.long"
	}
	if r.Handling != "" && !slices.Contains(Handlings, r.Handling) {
		ps["handling"] = "problem.handling.unknown"
	}
	if !slices.Contains(languages, r.Language) {
		ps["language"] = "problem.language.unknown"
	}
	c.check(ps, r.Handling)
	return ps.OrNil()
}

func (c Contact) check(ps Problems, handling string) {
	if handling == ContactLater && c.Empty() {
		ps["contact"] = "problem.contact.missing"
	}
	if c.Email != "" && !emailLike(c.Email) {
		ps["contact.email"] = "problem.contact.email"
	}
	for field, value := range map[string]string{"contact.name": c.Name, "contact.phone": c.Phone, "contact.email": c.Email} {
		if utf8.RuneCountInString(value) > MaxContact {
			ps[field] = "problem.contact.long"
		}
	}
}

// Sort decides what a new report is: an issue when it is rated 3 or less, asks
// for somebody or is about safety; else praise, which needs nobody.
func (r *Report) Sort() {
	r.Kind, r.Status = Praise, Noted
	asks := r.Handling != "" && r.Handling != JustTelling
	if r.Rating <= 3 || asks || r.Safety() {
		r.Kind, r.Status = Issue, Open
	}
}

// Place notes where and when in the venue's life the report was sent: its
// visit, trust, service day and promise. visit is that of the code, if it has
// one; visits are that visit alone, or else those at the table.
func (r *Report) Place(v Venue, visit string, visits []Visit) {
	r.VenueID, r.VisitID, r.Server, r.FollowUp, r.Test, r.Trust = v.ID, "", "", false, false, TrustTable
	here := make([]Visit, 0, len(visits))
	for _, one := range visits {
		if one.ID == visit || !one.Test && one.Open(r.CreatedAt) { // a test is nobody's table
			here = append(here, one)
			r.Test = one.Test
		}
	}
	switch {
	case len(here) == 1 && here[0].ID == visit:
		r.VisitID, r.Server, r.Trust, r.FollowUp = visit, here[0].Server, TrustVisit, !here[0].Open(r.CreatedAt)
	case len(here) == 1 && here[0].ByScan:
		r.VisitID = here[0].ID // whoever has a picture of the code may have opened it: it proves nothing
	case len(here) == 1:
		r.VisitID, r.Server, r.Trust = here[0].ID, here[0].Server, TrustOpenTable
	case len(here) > 1:
		r.Trust = TrustOpenTable
	}
	if r.Trust == TrustOpenTable && !v.OpenAt(r.CreatedAt) {
		r.Trust = TrustTable // somebody forgot to close it: it proves nothing
	}
	r.Day = v.Hours.Day(r.CreatedAt, v.Zone())
	r.Hour = r.CreatedAt.In(v.Zone()).Hour()
	r.Since, r.DueAt = r.CreatedAt, r.CreatedAt.Add(v.Promise())
}

// Safety says whether it is about allergy, illness, injury or a foreign object.
func (r Report) Safety() bool { return slices.Contains(r.Causes, CauseSafety) }

// ManagersOnly says whether only managers may see it: a complaint about a
// person, one whose guest asked for the manager alone, or what a manager took
// from the floor.
func (r Report) ManagersOnly() bool {
	return r.OffFloor || slices.Contains(r.Causes, CauseStaff) || r.Handling == ManagerOnly || r.Handling == ManagerLater
}

// VisibleTo says whether somebody of this role may see the report.
func (r Report) VisibleTo(role Role) bool {
	if r.Held() {
		return false
	}
	if r.ManagersOnly() {
		return role.AtLeast(Manager)
	}
	return role.AtLeast(Staff)
}

// Withdrawn says whether what the guest wrote is erased, because they took it back
// or its time was over: salt and words go together.
func (r Report) Withdrawn() bool { return len(r.Salt) == 0 }

// PageEnded says whether the address of its status page opens nothing any more:
// its time was over, or the guest ended it.
func (r Report) PageEnded(now time.Time) bool {
	return !r.PageEndedAt.IsZero() || now.Sub(r.CreatedAt) >= StatusLife
}

// Later says whether it belongs to the follow-up lane: sent after the visit
// was closed, or the guest wants to be contacted later, or a manager to know only
// then. What is about safety never waits.
func (r Report) Later() bool {
	return (r.FollowUp || r.Handling == ContactLater || r.Handling == ManagerLater) && !r.Safety()
}

// CanBeDone says whether the guest may say that they need nothing more: it waits
// for somebody, and is not about safety, where somebody goes and looks all the
// same.
func (r Report) CanBeDone() bool {
	return slices.Contains(Waiting, r.Status) && !r.Done() && !r.Safety() && !r.Withdrawn()
}

// Done says whether the guest ended the conversation.
func (r Report) Done() bool { return !r.DoneAt.IsZero() }

// Promised says whether minutes were promised to the guest that still run.
func (r Report) Promised() bool {
	return slices.Contains(Waiting, r.Status) && !r.Withdrawn() && !r.Done() && !r.Later() && !r.Unheard() && r.Handling != JustTelling
}

// Unheard says whether it came in a burst and nobody has looked at it yet: what
// calls nobody promises nothing.
func (r Report) Unheard() bool { return r.ToCheck && r.Status == Open }

// Pages says whether the report calls people.
func (r Report) Pages() bool { return r.Kind == Issue && !r.Later() && !r.ToCheck && !r.Test }

// Move takes the report to the next status, or says why it may not go there.
// A tap from before can no longer be taken back.
func (r *Report) Move(to Status) error {
	if !slices.Contains(moves[r.Status], to) {
		return fmt.Errorf("report %s is %s, cannot become %s: %w", r.ID, r.Status, to, ErrConflict)
	}
	r.Status, r.UndoTo = to, ""
	if to == Open {
		r.Kind = Issue
	}
	return nil
}

// Over says whether the report has reached an end.
func (r Report) Over() bool {
	return r.Status == Resolved || r.Status == Unresolved || r.Status == Dismissed
}

// ClosableBy fails with [ErrForbidden] for a report about the one who asks:
// nobody closes a report about themselves. A guest names no one, so a
// complaint about staff is closed by a manager who did not wait on that table.
// "I don't feel safe" is closed by a manager too, whoever went to the table.
func (r Report) ClosableBy(a Actor) error {
	if r.Urgent == Unsafe && a.Kind == ByPerson && !a.Role(r.VenueID).AtLeast(Manager) {
		return fmt.Errorf("report %s is for managers: %w", r.ID, ErrForbidden)
	}
	if slices.Contains(r.Causes, CauseStaff) && r.Server != "" && strings.EqualFold(FirstName(r.Server), FirstName(a.Name)) {
		return fmt.Errorf("report %s is about who asks: %w", r.ID, ErrForbidden)
	}
	return nil
}

// Remember notes what a tap at now by person can be taken back to.
func (r *Report) Remember(was Status, person string, now time.Time) {
	r.UndoTo, r.UndoBy, r.UndoAt = was, person, now
}

// Reopen lets the report wait again, with a new promise. The one who had it is
// remembered, for a guest who says "not yet" deserves somebody else. Praise that
// was dismissed is praise again, and waits for nobody.
func (r *Report) Reopen(now time.Time, promise time.Duration) error {
	to := Open
	if r.Status == Dismissed && r.Kind == Praise {
		to = Noted
	}
	if err := r.Move(to); err != nil {
		return err
	}
	r.Reason, r.EndedAt, r.Followed, r.DoneAt = "", time.Time{}, "", time.Time{}
	if to == Open {
		r.NotFor, r.TakenBy = r.TakenBy, ""
		r.Since, r.DueAt, r.Level, r.AlertID, r.Ahead = now, now.Add(promise), 0, "", 0
	}
	return nil
}

// Lapsed says whether the guest was promised somebody within minutes, and nobody
// took it in time.
func (r Report) Lapsed(now time.Time) bool {
	if !r.Pages() || r.Handling == JustTelling || r.Status == Dismissed {
		return false
	}
	if r.TakenAt.IsZero() {
		return now.After(r.DueAt)
	}
	f := r.Fact()
	return !f.InTime()
}

// NextStep is when nobody having acted becomes somebody's business: the next
// step of p for an open report, or the end of a silence of a taken one. It is
// zero when nothing waits.
func (r Report) NextStep(p Policy) time.Time {
	switch {
	case !r.Pages() || r.Done():
		return time.Time{}
	case r.Status == Open:
		if _, calls := p.Call(); (calls || r.Level > 0) && r.AlertID == "" {
			return r.Since
		}
		return r.Due(p, r.Level+1)
	case r.Status == Taken:
		return r.ActiveAt.Add(SilentAfter)
	}
	return time.Time{}
}

// Due is when a level of p is due for a report that waits since.
func (r Report) Due(p Policy, level int) time.Time {
	_, after := p.At(level)
	return r.Since.Add(after - time.Duration(r.Ahead)*time.Millisecond)
}

// Undo takes the last tap back, for the one who made it and within [UndoFor].
func (r *Report) Undo(person string, now time.Time) error {
	if r.UndoTo == "" || r.UndoBy != person || now.Sub(r.UndoAt) > UndoFor {
		return fmt.Errorf("report %s: nothing to undo: %w", r.ID, ErrConflict)
	}
	was := r.Status
	r.Status = r.UndoTo
	if r.Status == Open {
		r.TakenBy = ""
		if r.ActiveAt.Equal(r.UndoAt) {
			r.ActiveAt = time.Time{}
		}
		if r.TakenAt.Equal(r.UndoAt) { // else somebody had it before
			r.TakenAt = time.Time{}
		}
	}
	r.UndoTo, r.UndoBy, r.UndoAt = "", "", time.Time{}
	if was != Taken {
		r.EndedAt, r.Actions, r.Cost, r.Note, r.Reason = time.Time{}, nil, 0, "", ""
	}
	return nil
}
