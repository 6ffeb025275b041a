package guest

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/web"
)

// urgent is one button of alarm, with its drawing.
type urgent struct {
	Value feedback.Urgent
	Icon  string
}

var urgents = []urgent{
	{feedback.Allergy, "allergy"},
	{feedback.Ill, "medic"},
	{feedback.UnsafeFood, "food"},
	{feedback.Unsafe, "shield"},
}

// alarm takes one tap: no rating, no words, no limit.
func (h handler) alarm(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	p, err := h.place(c)
	if err != nil {
		return h.closed(c, p, "", err)
	}
	state := web.ReadForm(c)
	r, mine, err := h.desk.Alarm(c.Request().Context(), desk.NewAlarm{
		Code: p.code.Code, Kind: feedback.Urgent(form.Get("urgent")), Language: web.Lang(c), Device: state.Device, Opened: state.Opened,
	})
	if problems, ok := errors.AsType[feedback.Problems](err); ok {
		return p.refuse(c, input{}, problems)
	}
	if err != nil {
		return h.closed(c, p, "", err)
	}
	if mine {
		return sentTo(c, "/R/"+h.desk.StatusToken(r.ID))
	}
	return h.alarmed(c, p)
}

// alarmedPage is all that pages/alarmed.html may use.
type alarmedPage struct {
	Frame     web.GuestFrame
	Emergency string
	Reviews   template.HTML
}

// alarmed answers a tap of somebody else at the table, moments after the first:
// the team knows, and whose page it is stays with who tapped first.
func (h handler) alarmed(c echo.Context, p place) error {
	links, err := reviews(web.Lang(c), p.venue.ReviewLinks)
	if err != nil {
		return err
	}
	page := alarmedPage{Frame: p.frame(), Emergency: p.venue.Emergency(), Reviews: links}
	page.Frame.Script, page.Frame.Skip = "", ""
	return web.Draw(c, http.StatusOK, pages, "alarmed.html", page)
}

// toForm leads whoever loads the address of an alarm to the form.
func (h handler) toForm(c echo.Context) error {
	p, err := h.place(c)
	if err != nil {
		return h.closed(c, p, "", err)
	}
	return c.Redirect(http.StatusSeeOther, "/T/"+p.code.Code+"?"+c.Request().URL.RawQuery)
}

// calm is what a guest reads at once when it is about safety.
type calm struct {
	Number string
	Unsafe bool // it is about people, not about food or health
	Aloud  bool // nobody has taken it yet: tell somebody aloud
}

// calm is nil when nobody has to act any more, or it is about something else.
func (s story) calm() *calm {
	r := s.report
	if !r.Safety() || r.Status != feedback.Open && r.Status != feedback.Taken {
		return nil
	}
	return &calm{Number: s.venue.Emergency(), Unsafe: r.Urgent == feedback.Unsafe, Aloud: r.Status == feedback.Open}
}

// alarmed is the headline of a report about safety that nobody has taken. It
// never says that somebody is coming.
//
// i18n: safety.tap.*
func (s story) alarmed() head {
	r := s.report
	h := head{Icon: "ding", Tone: "late", Title: s.say("safety.head.known"), Lead: s.say("safety.head.lead")}
	switch {
	case r.Urgent == feedback.Unsafe:
		h.Title, h.Lead = s.say("safety.head.manager"), s.say("safety.head.manager_lead")
	case r.Urgent != "":
		h.Lead = s.say("safety.head.told", "What", s.say("safety.tap."+string(r.Urgent)))
	}
	if !s.staffed {
		h.Title, h.TellStaff = s.say("safety.head.arrived"), true
	}
	return h
}
