package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	walkName = "mr_walk"
	walkLife = 30 * time.Minute
)

// SetWalk remembers that somebody of the team who uses this browser walks the
// floor of a venue and stands at a table, so that a sticker scanned with the
// phone's camera leads back to the walk and not to the guests' form.
func SetWalk(c echo.Context, venue, table string) {
	c.SetCookie(of(c).cookie(walkName, url.QueryEscape(venue)+"."+url.QueryEscape(table), walkLife))
}

// Walk is where a scanned code leads somebody who walks the floor: always an
// address of ours. It is "" for everybody else.
func Walk(c echo.Context, code string) string {
	cookie, err := c.Cookie(walkName)
	if err != nil {
		return ""
	}
	venue, table, two := strings.Cut(cookie.Value, ".")
	if !two || !plainID(venue) || !plainID(table) {
		return ""
	}
	return "/board/" + venue + "/walk?table=" + table + "&saw=" + url.QueryEscape(code)
}

// plainID says whether text can be an id of ours and nothing else.
func plainID(text string) bool {
	return text != "" && strings.Trim(text, "0123456789abcdefghijklmnopqrstuvwxyz-") == ""
}
