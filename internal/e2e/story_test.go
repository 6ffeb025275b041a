package e2e

import (
	"testing"
	"time"

	"makeright/internal/e2e/program"
)

// TestStory is the main job in three windows at once: a guest's phone, the
// tablet on the pass and the owner's desk, from the scan to the verdict.
func TestStory(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		scripts bool // on the guest's side
		crash   bool // kill -9 and a new start in the middle
	}{
		"a guest with scripts":             {scripts: true},
		"a guest without scripts":          {},
		"the server is killed half way":    {scripts: true, crash: true},
		"killed, and the guest scriptless": {crash: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of the time is waiting for the frame that refreshes every 10 s
			p, d := install(t)
			s := newStory(t, p, d, tt.scripts)
			s.complain()
			s.take()
			if tt.crash {
				p.Kill()
				p.Start()
			}
			s.talk()
			s.putRight()
			s.judge()
			s.lookBack()
		})
	}
}

// story is three people and their windows.
type story struct {
	t                    *testing.T
	guest, staff, owner  *window
	scripts              bool
	demo                 program.Demo
	table, words, answer string
}

func newStory(t *testing.T, p *program.Program, d program.Demo, scripts bool) *story {
	s := &story{
		t: t, demo: d, scripts: scripts, table: d.Tables[6].Name,
		words: "The risotto came out cold & <b>salty</b>", answer: "Thank you, no rush",
		guest: open(t, "guest", 390, 844, scripts),
		staff: open(t, "staff", 1024, 768, true),
		owner: open(t, "owner", 1440, 900, true),
	}
	s.staff.visit(d.BoardURL)
	s.staff.sees("All quiet")
	s.owner.visit(d.OwnerURL)
	s.owner.sees("Overview")
	s.guest.visit(d.Tables[6].URL)
	return s
}

// guestSees waits for a text in the live part of the guest's page.
func (s *story) guestSees(text string) {
	s.t.Helper()
	if s.scripts {
		s.guest.seesIn("#live", text)
	} else {
		s.guest.seesFramed(text)
	}
}

func (s *story) complain() {
	s.t.Helper()
	s.guest.sees("How is everything?")
	s.guest.press("#r2")
	s.guest.press(`input[name=causes][value=cold]`)
	s.guest.write("#w", s.words)
	s.guest.press(`input[name=handling][value=come_over]`)
	start := time.Now()
	s.guest.press(".sendbar .go")
	s.staff.seesIn("[data-lane=waiting]", s.words)
	s.t.Logf("from the guest's tap to the board: %d ms, the browser's own work and our looking included", time.Since(start).Milliseconds())
	s.staff.seesIn("[data-lane=waiting] h3 bdi", s.table)
	s.staff.seesIn("[data-lane=waiting]", "Someone come over")
	s.guestSees("The team has it")
	s.staff.picture("board")
	s.guest.picture("sent")
}

func (s *story) take() {
	s.t.Helper()
	s.staff.press("[data-lane=waiting] [data-act=take] button")
	s.guestSees("Maria has seen this and is on the way")
	s.staff.seesIn("[data-lane=on_it]", s.words)
	s.guest.picture("on the way")
}

func (s *story) talk() {
	s.t.Helper()
	s.staff.press("[data-lane=on_it] [data-key=r]")
	s.staff.press("#sheet button[value='1']")
	s.guestSees("On my way to you now")
	s.guest.write("#say [name=text]", s.answer)
	s.guest.press("#say button")
	s.guestSees(s.answer)
	s.staff.seesIn("[data-lane=on_it]", s.answer)
}

func (s *story) putRight() {
	s.t.Helper()
	s.staff.press("[data-lane=on_it] [data-key=d]")
	s.staff.press("#sheet input[value=remade]")
	s.staff.write("#sheet #cost", "14.50")
	s.staff.write("#sheet #tell", "Your fresh plate is at the table")
	s.staff.picture("done")
	s.staff.press("#sheet .btn.go.if-done")
	s.staff.seesIn("[data-lane=asked]", "Maria")
	s.guestSees("Did we make it right?")
	s.guestSees("Your fresh plate is at the table")
	s.guest.picture("asked")
}

func (s *story) judge() {
	s.t.Helper()
	if s.scripts {
		s.guest.press("#live button[value=yes]")
	} else {
		s.guest.pressFramed("button[value=yes]")
	}
	s.staff.seesIn("[data-lane=asked]", "Made right")
	s.guestSees("Thank you for telling us")
	s.guest.picture("thanks")
}

func (s *story) lookBack() {
	s.t.Helper()
	s.owner.visit(s.owner.address())
	s.owner.seesIn(".duo", "1 resolved")
	s.owner.sees("100%")
	s.owner.sees("€14.50")
	s.owner.picture("overview")
}
