package feedback

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Role is what a person may do in a venue; each includes those below it.
type Role string

// Roles, from least to most.
const (
	Nobody  Role = ""
	Staff   Role = "staff"
	Manager Role = "manager"
	Owner   Role = "owner"
)

var ranks = map[Role]int{Staff: 1, Manager: 2, Owner: 3}

// Known says whether r is a role a person can be given.
func (r Role) Known() bool { return ranks[r] > 0 }

// AtLeast says whether r includes everything that other may do.
func (r Role) AtLeast(other Role) bool { return ranks[r] >= ranks[other] }

// Scope is what an API key may do.
type Scope string

// Scopes of keys: visits opens and closes visits; read reads reports, events
// and figures without contact details; admin may do what an owner may.
const (
	ScopeVisits Scope = "visits"
	ScopeRead   Scope = "read"
	ScopeAdmin  Scope = "admin"
)

// Scopes lists all scopes.
var Scopes = []Scope{ScopeVisits, ScopeRead, ScopeAdmin}

// ActorKind is the kind of somebody or something that asks.
type ActorKind string

// Kinds of actors.
const (
	ByGuest  ActorKind = "guest"
	ByPerson ActorKind = "person"
	ByKey    ActorKind = "key"
	BySystem ActorKind = "system" // a timer
)

// Actor is who asks. It is made from a session, a key, a code, a status token
// or a job, never from an address alone, and decides which rows can be reached.
type Actor struct {
	Kind  ActorKind
	Org   string
	ID    string // of the person, key, or, for a guest, the report or code
	Name  string // of the person; of a key's maker
	Scope Scope  // of a key

	// Person is the person on whose behalf things are done: the one signed in,
	// or the maker of the key. Empty for guests and timers.
	Person string
	// OrgRole is the role in every venue of the organisation.
	OrgRole Role
	// Venues are the roles in single venues.
	Venues map[string]Role
	// Venue is the only venue a guest or a timer can reach.
	Venue string
	// Device is the paired tablet that the session belongs to; often empty.
	Device string
	// Session is the hash of the session, so that it can be ended.
	Session string
	// Shared tells that a PIN opened the session: everyday work only.
	Shared bool

	Request Request
}

// Request is what is known of the one request an actor makes.
type Request struct {
	Key     string // idempotency key; empty when none was sent
	Hash    string // of method, address and body
	Version int64  // If-Match; 0 when none was sent

	// Replayed is set when the key was used before and nothing was done again.
	Replayed *bool
}

// System is the actor of a timer of one venue.
func System(org, venue string) Actor {
	return Actor{Kind: BySystem, Org: org, Venue: venue}
}

// Role is what the actor may do in a venue.
func (a Actor) Role(venue string) Role {
	switch a.Kind {
	case BySystem:
		if a.Venue == venue {
			return Owner
		}
	case ByKey:
		switch a.Scope {
		case ScopeAdmin:
			return Owner
		case ScopeRead:
			return Manager // of what it may read; it can change nothing, see Needs
		case ScopeVisits:
			return Staff
		}
	case ByPerson:
		if a.OrgRole.AtLeast(a.Venues[venue]) {
			return a.OrgRole
		}
		return a.Venues[venue]
	}
	return Nobody
}

// Reaches says whether rows of the venue can be seen at all.
func (a Actor) Reaches(venue string) bool {
	if a.Kind == ByGuest || a.Kind == BySystem {
		return venue != "" && a.Venue == venue
	}
	return a.Role(venue).Known()
}

// Needs fails with [ErrForbidden] unless the actor has at least this role in
// the venue, and with [ErrNotFound] when the actor cannot see the venue. A key
// that may only read, or only handle visits, is refused.
func (a Actor) Needs(role Role, venue string) error {
	if !a.Reaches(venue) {
		return fmt.Errorf("venue %s: %w", venue, ErrNotFound)
	}
	if a.Kind == ByKey && a.Scope != ScopeAdmin || !a.Role(venue).AtLeast(role) {
		return fmt.Errorf("needs %s: %w", role, ErrForbidden)
	}
	return nil
}

// NeedsVisits is Needs for opening and closing visits, which staff and the till
// may.
func (a Actor) NeedsVisits(venue string) error {
	if a.Kind == ByKey && a.Scope == ScopeVisits && a.Reaches(venue) {
		return nil
	}
	return a.Needs(Staff, venue)
}

// NeedsRead fails unless the actor may read what somebody of this role reads.
// A key for reading may; a key for visits may not.
func (a Actor) NeedsRead(role Role, venue string) error {
	if a.Kind == ByKey && a.Scope == ScopeRead && a.Reaches(venue) && Manager.AtLeast(role) {
		return nil
	}
	return a.Needs(role, venue)
}

// NeedsOrg fails with [ErrForbidden] unless the actor is an owner of the whole
// organisation. A session opened by PIN never is.
func (a Actor) NeedsOrg() error {
	if a.Kind == ByKey && a.Scope == ScopeAdmin || a.Kind == BySystem && a.Venue == "" && a.Org != "" ||
		a.Kind == ByPerson && a.OrgRole == Owner && !a.Shared {
		return nil
	}
	return fmt.Errorf("needs the owner: %w", ErrForbidden)
}

// SeesContact says whether contact details of guests may be shown: to managers
// who signed in themselves, never to keys that may only read, nor on a tablet
// that was opened by PIN.
func (a Actor) SeesContact(venue string) bool {
	return a.Needs(Manager, venue) == nil && !a.Shared
}

// Person is somebody who works here.
type Person struct {
	ID           string `gorm:"primaryKey"`
	OrgID        string
	Name         string
	Email        string // lower case; empty for people who only use a PIN
	Role         Role   // in every venue; Nobody when only memberships count
	PasswordHash string
	PinHash      string
	Language     string
	CreatedAt    time.Time `gorm:"serializer:ms"`
	DisabledAt   time.Time `gorm:"serializer:ms"`
}

// Membership is a person's role in one venue.
type Membership struct {
	PersonID string `gorm:"primaryKey"`
	VenueID  string `gorm:"primaryKey"`
	Role     Role
}

// Limits of a person.
const (
	MaxName     = 80
	MinPassword = 10
	MaxPassword = 256
	MinPin      = 4
	MaxPin      = 8
)

// Check reports every problem with a person at once.
func (p Person) Check() error {
	ps := Problems{}
	checkName(ps, "name", p.Name)
	if p.Email != "" && !emailLike(p.Email) {
		ps["email"] = "problem.email.wrong"
	}
	if p.Role != Nobody && !p.Role.Known() {
		ps["role"] = "problem.role.unknown"
	}
	return ps.OrNil()
}

// FirstName is what guests see.
func (p Person) FirstName() string { return FirstName(p.Name) }

// FirstName is the first word of a name.
func FirstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}

// CheckPassword says what is wrong with a new password; common are known
// passwords, sorted.
func CheckPassword(password string, common []string) error {
	n := len([]rune(password))
	if n < MinPassword || n > MaxPassword {
		return Problems{"password": "problem.password.short"}
	}
	if _, found := slices.BinarySearch(common, strings.ToLower(password)); found {
		return Problems{"password": "problem.password.common"}
	}
	return nil
}

// CheckPin says what is wrong with a new PIN: 4 to 8 digits, not all the same.
func CheckPin(pin string) error {
	if len(pin) < MinPin || len(pin) > MaxPin || strings.Trim(pin, "0123456789") != "" ||
		strings.Count(pin, pin[:1]) == len(pin) {
		return Problems{"pin": "problem.pin.wrong"}
	}
	return nil
}

// Session is a signed-in browser. Its token is known only to the browser; the
// id is the token's SHA-256.
type Session struct {
	ID        string `gorm:"primaryKey"`
	PersonID  string
	DeviceID  string    // the tablet whose PIN pad opened it; often empty
	CreatedAt time.Time `gorm:"serializer:ms"`
	SeenAt    time.Time `gorm:"serializer:ms"`
	ExpiresAt time.Time `gorm:"serializer:ms"`
	Agent     string    // what the browser calls itself, shortened, for the list of sessions
}

// How long sessions live: without use, and at most.
const (
	SessionIdle   = 14 * 24 * time.Hour
	SessionMax    = 90 * 24 * time.Hour
	SharedIdle    = 4 * time.Hour
	SharedMax     = 16 * time.Hour
	DeviceMax     = 365 * 24 * time.Hour
	InvitationMax = 7 * 24 * time.Hour
	ResetMax      = 30 * time.Minute
	PairMax       = 10 * time.Minute
)

// Ended says whether the session is over at now.
func (s Session) Ended(now time.Time) bool {
	idle := SessionIdle
	if s.DeviceID != "" {
		idle = SharedIdle
	}
	return !now.Before(s.ExpiresAt) || now.Sub(s.SeenAt) >= idle
}

// Device is a tablet that a manager paired with a venue: people switch on it
// by PIN; or a kiosk, where guests write. The id is the SHA-256 of the token that
// only the tablet knows.
type Device struct {
	ID        string `gorm:"primaryKey"`
	VenueID   string
	Name      string
	PairedBy  string
	CreatedAt time.Time `gorm:"serializer:ms"`
	SeenAt    time.Time `gorm:"serializer:ms"`
	RevokedAt time.Time `gorm:"serializer:ms"`
}

// InvitationKind is what a single-use link is for.
type InvitationKind string

// Kinds of single-use links.
const (
	Invite InvitationKind = "invite" // a person sets a password for the first time
	Reset  InvitationKind = "reset"  // a person sets a new password
	Setup  InvitationKind = "setup"  // the first owner of a fresh installation
	SignIn InvitationKind = "signin" // printed by demo: opens a session without a password
)

// Invitation is a single-use link; the id is the SHA-256 of its token.
type Invitation struct {
	ID        string `gorm:"primaryKey"`
	Kind      InvitationKind
	OrgID     string // empty for Setup
	PersonID  string // empty for Setup
	VenueID   string // where to go afterwards; often empty
	CreatedBy string
	CreatedAt time.Time `gorm:"serializer:ms"`
	ExpiresAt time.Time `gorm:"serializer:ms"`
	UsedAt    time.Time `gorm:"serializer:ms"`
}

// Valid fails with [ErrNotFound] when the link was used or has ended.
func (i Invitation) Valid(now time.Time) error {
	if !i.UsedAt.IsZero() || !now.Before(i.ExpiresAt) {
		return fmt.Errorf("link: %w", ErrNotFound)
	}
	return nil
}

// Key lets another program in. The id is opaque; the secret is kept as SHA-256.
type Key struct {
	ID         string `gorm:"primaryKey"`
	OrgID      string
	Name       string
	Scope      Scope
	Hash       string
	Prefix     string // the first characters, to tell keys apart
	CreatedBy  string
	CreatedAt  time.Time `gorm:"serializer:ms"`
	ExpiresAt  time.Time `gorm:"serializer:ms"` // zero: never
	RevokedAt  time.Time `gorm:"serializer:ms"`
	LastUsedAt time.Time `gorm:"serializer:ms"`
}

// Check reports every problem with a new key.
func (k Key) Check() error {
	ps := Problems{}
	checkName(ps, "name", k.Name)
	if !slices.Contains(Scopes, k.Scope) {
		ps["scope"] = "problem.scope.unknown"
	}
	return ps.OrNil()
}

// Valid says whether the key opens anything at now.
func (k Key) Valid(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}
