package guest

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
	"makeright/internal/web"
)

// verb is what a guest does on their status page.
type verb func(ctx context.Context, guest feedback.Actor, form url.Values) error

func (h handler) message(ctx context.Context, guest feedback.Actor, form url.Values) error {
	return h.desk.Write(ctx, guest, form.Get("text"))
}

func (h handler) verdict(ctx context.Context, guest feedback.Actor, form url.Values) error {
	return h.desk.Judge(ctx, guest, feedback.Verdict(form.Get("verdict")), form.Get("words"))
}

func (h handler) call(ctx context.Context, guest feedback.Actor, _ url.Values) error {
	return h.desk.Call(ctx, guest)
}

func (h handler) table(ctx context.Context, guest feedback.Actor, form url.Values) error {
	return h.desk.Correct(ctx, guest, form.Get("table"))
}

func (h handler) forget(ctx context.Context, guest feedback.Actor, _ url.Values) error {
	return h.desk.ForgetMe(ctx, guest)
}

func (h handler) withdraw(ctx context.Context, guest feedback.Actor, _ url.Values) error {
	return h.desk.Withdraw(ctx, guest)
}

func (h handler) done(ctx context.Context, guest feedback.Actor, _ url.Values) error {
	return h.desk.Done(ctx, guest)
}

// act answers a post on a status page: back to the page, or the page with what
// went wrong.
func (h handler) act(do verb) echo.HandlerFunc {
	return func(c echo.Context) error {
		guest, err := h.guest(c)
		if err != nil {
			return err
		}
		form, err := web.Form(c)
		if err != nil {
			return err
		}
		guest.Request = request(c.Path(), form)
		if err = do(c.Request().Context(), guest, form); err != nil {
			return h.failed(c, guest, form, err)
		}
		return c.Redirect(http.StatusSeeOther, path(c))
	}
}

// endPage ends the address of the page, and answers with a last page of its own:
// there is none to go back to.
func (h handler) endPage(c echo.Context) error {
	guest, err := h.guest(c)
	if err != nil {
		return err
	}
	if err := h.desk.EndPage(c.Request().Context(), guest); err != nil {
		return err
	}
	v, err := h.store.For(guest, guest.Venue).Details(c.Request().Context())
	if err != nil {
		return err
	}
	web.Offer(c, v.Languages)
	page := closedPage{Frame: anywhere(), Ended: true}
	if err := page.of(c, v); err != nil {
		return err
	}
	return web.Draw(c, http.StatusOK, pages, "closed.html", page)
}

// back leads whoever loads the address of a verb, as when another language is
// chosen on a page with a mistake, to the status page.
func (h handler) back(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, path(c)+"?"+c.Request().URL.RawQuery)
}

// request makes a double tap one act: the same form with the same number, which
// is another as soon as the act was done. A form without one is taken each time.
func request(path string, form url.Values) feedback.Request {
	number, err := strconv.ParseUint(form.Get("no"), 10, 63)
	if err != nil {
		return feedback.Request{}
	}
	hash := digest(strings.ToUpper(path), form)
	return feedback.Request{Key: strconv.FormatUint(number, 10) + "-" + hash, Hash: hash}
}

// failed shows the status page with what is wrong, and the message that was
// typed. Errors that are not the guest's to mend are passed on.
func (h handler) failed(c echo.Context, guest feedback.Actor, form url.Values, err error) error {
	status, notice := 0, ""
	problems, wrong := errors.AsType[feedback.Problems](err)
	wait, early := errors.AsType[feedback.WaitError](err)
	switch {
	case wrong:
		status = http.StatusUnprocessableEntity
	case early:
		status = http.StatusTooManyRequests
	case errors.Is(err, feedback.ErrConflict):
		status = http.StatusConflict
	default:
		return err
	}
	page, err := h.statusPage(c, guest)
	if err != nil {
		return err
	}
	switch {
	case early:
		seconds := math.Ceil(wait.For.Seconds())
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(seconds)))
		notice = web.T(c, "guest.call.wait", "Time", web.Printer(c).Duration(time.Duration(seconds)*time.Second))
	case wrong:
		notice = web.T(c, first(problems))
	default:
		notice = web.T(c, "guest.status.changed")
	}
	page.Notice, page.Problems, page.Text = notice, problems, form.Get("text")
	return web.Draw(c, status, pages, "status.html", page)
}

// first is one of the problems: a form here has one field that can be wrong.
func first(problems feedback.Problems) string {
	for _, key := range problems {
		return key
	}
	return ""
}
