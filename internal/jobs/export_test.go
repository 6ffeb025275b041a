package jobs

import "time"

// Impatient makes a runner overtake what is slow soon.
func (r *Runner) Impatient() { r.patience = 5 * time.Millisecond }

// Hurry makes it give up soon what hangs, too.
func (r *Runner) Hurry() {
	r.Impatient()
	r.atMost, r.parting = 20*time.Millisecond, 5*time.Millisecond
}
