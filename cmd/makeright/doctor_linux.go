package main

import "syscall"

// timeError is what Linux says of a clock that nothing keeps right.
const timeError = 5

// clockSynchronised asks whether something keeps the clock right.
func clockSynchronised() finding {
	state, err := syscall.Adjtimex(&syscall.Timex{})
	if err != nil {
		return finding{warn, "time sync", "cannot be asked for here: " + err.Error()}
	}
	if state == timeError {
		return finding{warn, "time sync", "nothing keeps the clock right: switch on time synchronisation (timedatectl set-ntp true)"}
	}
	return finding{well, "time sync", "on"}
}
