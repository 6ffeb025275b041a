package jobs

import "time"

// How many messages are on their way at once, to those that answer and to others,
// and how soon a receiver that answers does.
const (
	Sending   = sending
	Strangers = strangers
	Prompt    = prompt
)

// Impatient makes a runner overtake what is slow soon.
func (r *Runner) Impatient() { r.patience = 5 * time.Millisecond }

// Hurry makes it give up soon what hangs, too.
func (r *Runner) Hurry() {
	r.Impatient()
	r.atMost, r.parting = 20*time.Millisecond, 5*time.Millisecond
}
