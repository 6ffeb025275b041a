package web

import (
	"context"
	"slices"
	"strings"

	"makeright/internal/feedback"
)

// Out is what pages know of the ways out of the house.
type Out struct {
	Kinds   []feedback.ChannelKind // that the operator has set up
	PushKey string                 // with which browsers subscribe
	// Try sends a message to an address that the actor may change, and notes what
	// came of it.
	Try func(ctx context.Context, by feedback.Actor, channel, lang string) (feedback.Outcome, error)
}

// Has says whether a kind of channel is set up.
func (o Out) Has(kind feedback.ChannelKind) bool { return slices.Contains(o.Kinds, kind) }

// Typed are the kinds of addresses that people type in.
func (o Out) Typed() []feedback.ChannelKind {
	return []feedback.ChannelKind{feedback.ChannelEmail, feedback.ChannelChat, feedback.ChannelSMS}
}

// Setting is what an operator sets to set up a kind of channel.
func (o Out) Setting(kind feedback.ChannelKind) string {
	return map[feedback.ChannelKind]string{feedback.ChannelEmail: "SMTP_URL", feedback.ChannelSMS: "SMS_URL"}[kind]
}

// Told reads the outcome that an address of ours tells of; empty for any other
// text.
func Told(s string) feedback.Outcome {
	o := feedback.Outcome(s)
	if slices.Contains(feedback.Outcomes, o.Word()) && (!strings.Contains(s, " ") || o.Number() > 0) {
		return o
	}
	return ""
}

// Device is what a browser and its system are called, as far as its own name
// for itself tells.
func Device(agent string) string {
	names := []string{named(agent, browsers), named(agent, systems)}
	return strings.Join(slices.DeleteFunc(names, func(s string) bool { return s == "" }), ", ")
}

// What browsers call themselves holds the names of others; the first that
// fits is meant.
var (
	browsers = []string{"Edg", "Edge", "OPR", "Opera", "Firefox", "Firefox", "FxiOS", "Firefox", "Chrome", "Chrome", "CriOS", "Chrome", "Safari", "Safari"}
	systems  = []string{"iPad", "iPad", "iPhone", "iPhone", "Android", "Android", "Windows", "Windows", "Mac OS", "Mac", "Linux", "Linux"}
)

func named(agent string, names []string) string {
	for i := 0; i < len(names); i += 2 {
		if strings.Contains(agent, names[i]) {
			return names[i+1]
		}
	}
	return ""
}
