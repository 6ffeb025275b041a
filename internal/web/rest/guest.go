package rest

import (
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"makeright/api"
	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/store"
	"makeright/internal/web"
)

func (h handler) submit(c call) (reply, error) {
	var in api.SubmitReport
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	code := c.Param("code")
	if in.Language == "" {
		language, err := h.languageAt(c, code)
		if err != nil {
			return reply{}, err
		}
		in.Language = language
	}
	r, err := h.desk.Submit(c.ctx(), desk.NewReport{
		Code: code, Rating: in.Rating, Causes: words[string](in.Causes), Words: in.Words, Handling: string(in.Handling),
		Language: in.Language, Moment: string(in.Moment), Contact: contact(in.Contact), Marked: web.Marked(c), Over: web.Quotas(c), Request: c.by.Request,
	})
	if err != nil {
		return reply{}, err
	}
	r.Sort() // its first status, also when it is answered again later
	token := h.desk.StatusToken(r.ID)
	return reply{status: http.StatusCreated, body: api.Submitted{
		ID: r.ID, Token: token, Status: api.Status(r.Status), URL: h.base.String() + "/R/" + token, Trust: api.Trust(r.Trust),
	}}, nil
}

// languageAt is the guest's language where they did not say it: the one of the
// venue's that their program asks for.
func (h handler) languageAt(c call, text string) (string, error) {
	_, guest, err := h.store.Scanned(c.ctx(), feedback.ReadCode(text))
	if err != nil {
		return "", err
	}
	v, err := h.store.For(guest, guest.Venue).Details(c.ctx())
	if err != nil {
		return "", err
	}
	return web.Offer(c, v.Languages), nil
}

func contact(in *api.ContactInput) feedback.Contact {
	if in == nil {
		return feedback.Contact{}
	}
	return feedback.Contact{Name: in.Name, Phone: in.Phone, Email: in.Email}
}

func (h handler) guestReport(c echo.Context) error {
	r, _, err := h.readGuestReport(c.Request().Context(), web.Actor(c))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, r)
}

// readGuestReport draws what the guest may see, and says of which version it is.
func (h handler) readGuestReport(ctx context.Context, guest feedback.Actor) (api.GuestReport, int64, error) {
	at := h.store.For(guest, guest.Venue)
	r, err := at.Report(ctx, guest.ID)
	if err != nil {
		return api.GuestReport{}, 0, err
	}
	v, err := at.Details(ctx)
	if err != nil {
		return api.GuestReport{}, 0, err
	}
	out := wireGuestReport(r, v)
	out.Staffed = h.hub.Staffed(v.ID, r.ManagersOnly(), h.desk.Now())
	contact, err := at.Contact(ctx, r.ID)
	if err != nil {
		return out, 0, err
	}
	out.HasContact = contact != feedback.Contact{}
	messages, err := at.Messages(ctx, r.ID, false)
	if err != nil {
		return out, 0, err
	}
	if !r.Withdrawn() {
		out.Messages = wires(messages, func(m feedback.Message) api.GuestMessage { return wireGuestMessage(m, v, r) })
	}
	out.Timeline, err = guestSteps(ctx, at, r.ID, v)
	return out, r.Version, err
}

// wireGuestReport decides what of a report its guest reads. It has no names but
// first ones, and no contact details: a status page may be looked at by others.
func wireGuestReport(r feedback.Report, v feedback.Venue) api.GuestReport {
	out := api.GuestReport{
		Status: api.Status(r.Status), Kind: api.Kind(r.Kind), Rating: r.Rating,
		Urgent: api.Urgent(r.Urgent), Causes: words[api.Cause](r.Causes),
		Words: r.Words, Handling: given[api.Handling](r.Handling), Language: r.Language,
		Table: api.GuestTable{Name: r.TableName, Area: r.AreaName}, Messages: []api.GuestMessage{},
		PromiseMinutes: v.PromiseMinutes, Verdict: given[api.Verdict](r.Verdict),
		AskVerdict:  r.Status == feedback.Resolved && r.Verdict == feedback.NoVerdict && !r.Withdrawn(),
		ReviewLinks: wires(v.ReviewLinks, wireLink),
		CreatedAt:   r.CreatedAt.UTC(), ExpiresAt: r.CreatedAt.Add(feedback.StatusLife).UTC(), DoneAt: when(r.DoneAt), HeldUntil: when(r.HeldUntil),
		Venue: api.GuestVenue{Name: v.Name, Languages: words[string](v.Languages), Emergency: v.Emergency()},
	}
	if r.Later() {
		out.PromiseMinutes = 0
	} else if r.Kind == feedback.Issue {
		out.DueAt = when(r.DueAt)
	}
	return out
}

func wireGuestMessage(m feedback.Message, v feedback.Venue, r feedback.Report) api.GuestMessage {
	return api.GuestMessage{ID: m.ID, From: side(m), Name: firstName(m.PersonName, v), Text: m.Text, At: m.At.UTC(), Seen: r.Saw(m)}
}

// firstName is what guests read of somebody's name.
func firstName(name string, v feedback.Venue) string {
	if v.RoleOnly {
		return ""
	}
	return feedback.FirstName(name)
}

// inside are kinds of events that guests do not read.
var inside = []feedback.EventKind{
	feedback.ReportEscalated, feedback.ReportDismissed, feedback.ReportMerged, feedback.AlertDelivered, feedback.AlertFailed,
	feedback.BurstMarked, feedback.BurstCleared,
}

// guestSteps is the timeline as a guest reads it: without notes of the team,
// and without what was taken back.
func guestSteps(ctx context.Context, at store.View, report string, v feedback.Venue) ([]api.GuestStep, error) {
	events, err := at.EventsOf(ctx, report)
	if err != nil {
		return nil, err
	}
	steps := make([]api.GuestStep, 0, len(events))
	for _, e := range events {
		switch {
		case slices.Contains(inside, e.Kind) || e.Data.What == "note" || e.Data.What == "incident" || e.Data.What == feedback.Seen || e.Data.What == feedback.OffFloor || e.Data.What == feedback.OnFloor:
			continue
		case e.Data.What == "undo":
			steps = steps[:max(0, len(steps)-1)]
			continue
		}
		name := e.ByName
		if who := e.Data.Person; who != "" && who != e.ByID {
			p, err := at.Person(ctx, who)
			if err != nil {
				return nil, err
			}
			name = p.Name
		}
		steps = append(steps, api.GuestStep{Kind: api.EventKind(e.Kind), At: e.At.UTC(), Name: firstName(name, v)})
	}
	return steps, nil
}

// guestEvents streams the report, first as it is, then after each change.
func (h handler) guestEvents(c echo.Context) error {
	guest := web.Actor(c)
	s, err := web.NewStream(c, web.GuestPlaces(guest)...)
	if err != nil {
		return err
	}
	read := ^uint64(0) // the count of wakes at which the report was read last
	listen := func() (<-chan struct{}, func()) { return h.hub.Listen(live.Guests(guest.Venue)) }
	return s.Follow(listen, 0, func(ctx context.Context, after int64) ([]web.Frame, bool, error) {
		gen := h.hub.Gen(live.Guests(guest.Venue))
		if gen == read {
			return nil, false, nil // a report changes with a wake
		}
		r, err := h.store.For(guest, guest.Venue).Report(ctx, guest.ID)
		if err != nil {
			return nil, false, err
		}
		if r.PageEnded(h.desk.Now()) {
			return nil, false, feedback.ErrNotFound
		}
		if r.Version == after {
			read = gen
			return nil, false, nil
		}
		report, version, err := h.readGuestReport(ctx, guest)
		if err != nil {
			return nil, false, err
		}
		read = gen
		f, err := web.NewFrame(version, "status", report)
		return []web.Frame{f}, false, err
	})
}

// guestAnswer is the report as the guest may see it now.
func (h handler) guestAnswer(c call) (reply, error) {
	r, _, err := h.readGuestReport(c.ctx(), c.by)
	return reply{status: http.StatusOK, body: r}, err
}

func (h handler) correct(c call) (reply, error) {
	var in api.CorrectTable
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	if err := h.desk.Correct(c.ctx(), c.by, in.Table); err != nil {
		return reply{}, err
	}
	return h.guestAnswer(c)
}

func (h handler) guestMessage(c call) (reply, error) {
	var in api.GuestMessageInput
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	if err := h.desk.Write(c.ctx(), c.by, in.Text); err != nil {
		return reply{}, err
	}
	at := h.store.For(c.by, c.by.Venue)
	all, err := at.Messages(c.ctx(), c.by.ID, false)
	if err != nil {
		return reply{}, err
	}
	text := feedback.Clean(in.Text)
	m, err := newest(all, func(m feedback.Message) bool { return m.FromGuest && m.Text == text })
	return reply{status: http.StatusCreated, body: wireGuestMessage(m, feedback.Venue{}, feedback.Report{})}, err
}

// newest finds the last message that fits. It is not there any more when it was
// erased in between.
func newest(all []feedback.Message, fits func(feedback.Message) bool) (feedback.Message, error) {
	for _, m := range slices.Backward(all) {
		if fits(m) {
			return m, nil
		}
	}
	return feedback.Message{}, feedback.ErrNotFound
}

func (h handler) verdict(c call) (reply, error) {
	var in api.GiveVerdict
	if err := c.read(&in); err != nil {
		return reply{}, err
	}
	if err := h.desk.Judge(c.ctx(), c.by, feedback.Verdict(in.Verdict), in.Words); err != nil {
		return reply{}, err
	}
	return h.guestAnswer(c)
}

func (h handler) call(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	if err := h.desk.Call(c.ctx(), c.by); err != nil {
		return reply{}, err
	}
	return h.guestAnswer(c)
}

func (h handler) endPage(c call) (reply, error) {
	return reply{status: http.StatusNoContent}, h.desk.EndPage(c.ctx(), c.by)
}

func (h handler) end(c call) (reply, error) {
	if err := c.readNone(); err != nil {
		return reply{}, err
	}
	if err := h.desk.Done(c.ctx(), c.by); err != nil {
		return reply{}, err
	}
	return h.guestAnswer(c)
}

func (h handler) forget(c call) (reply, error) {
	return reply{status: http.StatusNoContent}, h.desk.ForgetMe(c.ctx(), c.by)
}

func (h handler) withdraw(c call) (reply, error) {
	return reply{status: http.StatusNoContent}, h.desk.Withdraw(c.ctx(), c.by)
}
