package main

import (
	"fmt"
	"time"
)

// clockFinding compares the clock with the newest event: promises and timers
// go wrong when it runs backwards.
func clockFinding(newest, now time.Time) finding {
	if ahead := newest.Sub(now); ahead > 5*time.Second {
		return finding{fail, "clock", fmt.Sprintf("it is %s behind the newest event: set it right and switch on time synchronisation", ahead.Round(time.Second))}
	}
	return finding{well, "clock", now.UTC().Format("2006-01-02 15:04:05 UTC")}
}

// zoneFinding says which zone counts outside of venues, for the hour of backups.
func zoneFinding(now time.Time) finding {
	name, offset := now.Zone()
	if _, err := time.LoadLocation("Asia/Kathmandu"); err != nil { // one that nobody has by accident
		return finding{fail, "time zones", "they are missing from this program: build it with its zones, or install tzdata"}
	}
	return finding{well, "time zones", fmt.Sprintf("all known; this machine's is %s (%+.1f h), backups are made after 4 in the morning there", name, float64(offset)/3600)}
}
