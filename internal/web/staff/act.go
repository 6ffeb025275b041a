package staff

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// notice says what an act led to, and how to take it back.
type notice struct {
	Say  string `json:"say"`
	Undo string `json:"undo,omitempty"` // address to post to
	ID   string `json:"id,omitempty"`   // the report
}

// What an act can lead to. The last three are refusals.
const (
	didTake    = "take"
	didRelease = "release"
	didSay     = "say"
	didNote    = "note"
	didResolve = "done"
	didGiveUp  = "unresolved"
	didHand    = "hand"
	didUndo    = "undo"
	didDismiss = "dismiss"
	didReopen  = "reopen"
	didWrite   = "wrote"
	didOff     = "off_floor"
	didOn      = "on_floor"
	wasHeld    = "held"
	wasStale   = "stale"
	notYours   = "not_yours"
)

var outcomes = []string{
	didTake, didRelease, didSay, didNote, didResolve, didGiveUp, didHand, didUndo, didDismiss, didReopen, didWrite, didOff, didOn,
	wasHeld, wasStale, notYours,
}

// undoable are the acts that one can take back.
var undoable = []string{didTake, didResolve, didGiveUp, didDismiss}

// refusal turns an error into an outcome to show; ok is false for all others.
func refusal(err error) (did string, status int, ok bool) {
	if _, held := errors.AsType[feedback.HeldError](err); held {
		return wasHeld, http.StatusConflict, true
	}
	switch {
	case errors.Is(err, feedback.ErrConflict):
		return wasStale, http.StatusConflict, true
	case errors.Is(err, feedback.ErrForbidden):
		return notYours, http.StatusForbidden, true
	}
	return "", 0, false
}

// answer ends an act on a report: a script is told in words, a page is led back
// to where it came from, which says the same.
func (h handler) answer(c echo.Context, did, report string, err error) error {
	status := http.StatusOK
	if err != nil {
		no, code, ok := refusal(err)
		if !ok {
			return err
		}
		did, status = no, code
	}
	if scripted(c) {
		n, err := h.notice(c.Request().Context(), c, did, report)
		if err != nil {
			return err
		}
		return c.JSON(status, n)
	}
	back := home(c)
	if c.FormValue("back") == "issue" {
		back = about(c)
	}
	return c.Redirect(http.StatusSeeOther, back+"?did="+did+"&r="+report)
}

// scripted says whether the board's script asks, which wants no page.
func scripted(c echo.Context) bool {
	return strings.HasPrefix(c.Request().Header.Get("Accept"), echo.MIMEApplicationJSON)
}

// noticeOf is the notice that the address of a page asks for; nil for none. The
// sentence is made from the report, not from the address.
func (h handler) noticeOf(c echo.Context) (*notice, error) {
	for _, did := range outcomes {
		if did != c.QueryParam("did") {
			continue
		}
		n, err := h.notice(c.Request().Context(), c, did, c.QueryParam("r"))
		if errors.Is(err, feedback.ErrNotFound) {
			return nil, nil
		}
		return &n, err
	}
	return nil, nil
}

// notice says what happened to a report.
//
// i18n: staff.did.*
func (h handler) notice(ctx context.Context, c echo.Context, did, report string) (notice, error) {
	r, err := h.at(c).Report(ctx, report)
	if err != nil {
		return notice{}, err
	}
	n := notice{ID: r.ID}
	switch who := feedback.FirstName(r.TakenName); {
	case did == wasHeld && r.TakenName != "", did == didHand && r.TakenName != "":
		n.Say = web.T(c, "staff.did."+did, "Table", r.TableName, "Name", who)
	case did == wasHeld, did == didHand:
		n.Say = web.T(c, "staff.did.stale", "Table", r.TableName)
	default:
		n.Say = web.T(c, "staff.did."+did, "Table", r.TableName)
	}
	if slices.Contains(undoable, did) && r.UndoTo != "" && r.UndoBy == web.Actor(c).Person && h.Desk.Now().Sub(r.UndoAt) <= feedback.UndoFor {
		n.Undo = home(c) + "/reports/" + r.ID + "/undo"
	}
	return n, nil
}

func (h handler) take(c echo.Context) error {
	err := h.Desk.Take(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("id"), "")
	return h.answer(c, didTake, c.Param("id"), err)
}

// offFloor hides a report from the floor, or gives it back.
func (h handler) offFloor(off bool) echo.HandlerFunc {
	did := didOn
	if off {
		did = didOff
	}
	return func(c echo.Context) error {
		err := h.Desk.TakeOffFloor(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("id"), off)
		return h.answer(c, did, c.Param("id"), err)
	}
}

// seen takes from the script of a page that it shows a message of the guest, and
// can be seen.
func (h handler) seen(c echo.Context) error {
	form, err := web.Form(c)
	if err != nil {
		return err
	}
	if err := h.Desk.Saw(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("id"), form.Get("message")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (h handler) release(c echo.Context) error {
	err := h.Desk.Release(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("id"))
	return h.answer(c, didRelease, c.Param("id"), err)
}

func (h handler) undo(c echo.Context) error {
	err := h.Desk.Undo(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("id"))
	return h.answer(c, didUndo, c.Param("id"), err)
}

func (h handler) reopen(c echo.Context) error {
	err := h.Desk.Reopen(c.Request().Context(), web.Actor(c), c.Param("venue"), c.Param("id"))
	return h.answer(c, didReopen, c.Param("id"), err)
}
