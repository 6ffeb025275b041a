package web

// Link is one entry of a menu or navigation.
type Link struct {
	Href    string
	Label   string // a catalogue key, or, with Name, the thing's own name
	Name    bool   // Label is a name somebody gave, not a key
	Icon    string // may be empty
	Count   int    // shown when it is not 0
	Current bool
	Post    bool // a button that posts: signing out changes something
}

// GuestFrame is what stands around a guest's page: .Frame of every page that
// uses the frame "guest".
type GuestFrame struct {
	Venue     string   // empty on pages that belong to no venue
	Area      string   // often empty
	Table     string   // often empty
	Languages []string // tags the venue offers
	Script    string   // name of the one script inside the page; empty for none
	Privacy   string   // address of the privacy page; empty for none
	Skip      string   // id of what the skip link leads to; empty for none
}

// StaffFrame is what stands around a page of staff, frame "staff": the bar
// with the venue and the menu of the person. The page's block "tools" comes
// before the menu.
type StaffFrame struct {
	Venue   string
	Home    string // where the mark leads
	Person  string
	Menu    []Link
	Live    bool     // says that the page is live
	Scripts []string // names in static
	Skip    string
}

// OwnerFrame is what stands around a page of owners and managers, frame
// "owner": the venues, the navigation, who is signed in.
type OwnerFrame struct {
	Venue    string
	VenueSub string // below the name; often empty
	Venues   []Link // to switch to
	Nav      []Link
	Person   string
	Role     string // catalogue key
	SignOut  string // address to post to
	Scripts  []string
	Warning  string // that stands above every page; often empty
	About    Link   // where to read more about it
}

// GateFrame is what stands around signing in, frame "gate".
type GateFrame struct {
	Sub     string // below the title: the venue, the tablet; often empty
	Wide    bool   // room for a keypad beside names
	Scripts []string
}
