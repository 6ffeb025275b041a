package api

import "time"

// CodeDetail is a code with where it belongs and how it is doing.
type CodeDetail struct {
	Code
	Table     TableRef   `json:"table"`
	Visit     *string    `json:"visit"` // nil for the code of a table
	Working   bool       `json:"working"`
	CreatedAt time.Time  `json:"created_at"`
	EndsAt    *time.Time `json:"ends_at"` // of the grace time
	RevokedAt *time.Time `json:"revoked_at"`
	Scans     int64      `json:"scans"` // in the last 28 days
	ScannedAt *time.Time `json:"scanned_at"`
}

// ReportDetail is a report with its timeline and messages, oldest first.
type ReportDetail struct {
	Report
	Timeline []TimelineStep `json:"timeline"`
	Messages []Message      `json:"messages"`
}

// KeyCreated is a new API key.
type KeyCreated struct {
	Key
	Secret *string `json:"key"` // nil in a repeated answer
}

// PersonCreated is a new person.
type PersonCreated struct {
	Person
	Invite *Link `json:"invite"` // nil without an e-mail address
}

// WebhookCreated is a webhook with its secret.
type WebhookCreated struct {
	Webhook
	Secret *string `json:"secret"` // nil in a repeated answer
}

// WebhookEvent is what is posted to a webhook.
type WebhookEvent struct {
	Event
	Venue  string  `json:"venue"`
	Digest *Digest `json:"digest,omitempty"` // of digest.daily and digest.weekly
}
