package owner_test

import (
	"net/http"
	"strings"
	"testing"

	"makeright/internal/store/storetest"
)

// In a venue where nothing has happened each page that has nothing to list says
// so and leads on: with a link there, or with a form to make the first one.
func TestPages_SayWhatToDoWhereNothingIsYet(t *testing.T) {
	h := newHouse(t)
	owner, v := storetest.Venue(t, h.store)
	boss := h.signIn(owner, "")
	home := "/owner/" + v.ID
	for _, page := range []string{
		"", "/issues", "/why", "/reach", "/follow", "/follow?show=done", "/bursts", "/tasks", "/codes", "/alerts", "/budget", "/webhooks", "/audit",
	} {
		main := boss.page(home+page, http.StatusOK).Find("main")
		quiet := main.Find(".quiet")
		if quiet.Find("h2").Length() != 1 {
			t.Errorf("%s: nothing says that there is nothing: %.300s", page, text(main))
			continue
		}
		links := quiet.Find("a.btn")
		if links.Length() == 0 && main.Find("form[method=post]").Length() == 0 {
			t.Errorf("%s says %q and leads nowhere", page, text(quiet))
		}
		for _, a := range links.EachIter() {
			if to := a.AttrOr("href", ""); strings.HasPrefix(to, "#") {
				if main.Find(to).Length() == 0 {
					t.Errorf("%s leads to %s, which is not there", page, to)
				}
			} else if answer := boss.get(to); answer.StatusCode != http.StatusOK {
				t.Errorf("%s leads to %s: %d", page, to, answer.StatusCode)
			}
		}
	}
}
