//go:build !linux

package main

// clockSynchronised asks whether something keeps the clock right; here it
// cannot.
func clockSynchronised() finding {
	return finding{warn, "time sync", "cannot be asked for here: be sure that something keeps the clock right"}
}
