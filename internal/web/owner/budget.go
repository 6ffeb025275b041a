package owner

import (
	"github.com/labstack/echo/v4"

	"makeright/internal/feedback"
)

// budgetPage is all that pages/budget.html may use.
type budgetPage struct {
	stretch
	feedback.Budgets
	Enough int // calls before anything is said about them
}

// Last says whether a step's key stands for all later ones too.
func (p budgetPage) Last(key string) bool { return key == feedback.LastStepKey }

// budget shows how many alerts there were, and how many made somebody act.
func (h handler) budget(c echo.Context) error {
	r, err := h.enter(c, "settings")
	if err != nil {
		return err
	}
	s, err := h.readSpan(c, r, 30)
	if err != nil {
		return err
	}
	calls, err := r.view.Calls(c.Request().Context(), day(s.From), day(s.To))
	if err != nil {
		return err
	}
	return draw(c, "budget.html", nil, budgetPage{s, feedback.AddUp(calls, r.Venue), feedback.MinCalls})
}
