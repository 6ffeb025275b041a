package web

import (
	"fmt"
	"html/template"
)

// icons are the drawings used on screens: strokes on a 24 by 24 grid.
var icons = map[string]string{
	"alert":   "M12 3.8l9 15.7H3zM12 10v4.5M12 17.2v.1",
	"allergy": "M12 20.5c-4.5-3-8.5-6.3-8.5-11A4.6 4.6 0 0 1 12 7a4.6 4.6 0 0 1 8.5 2.5c0 4.7-4 8-8.5 11zM12 10v5.5M9.2 12.75h5.6",
	"back":    "M14.5 6l-6 6 6 6",
	"ban":     "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM6 6l12 12",
	"bell":    "M5.5 17h13c-1.4-1.5-1.9-3.2-1.9-6.2 0-2.9-1.8-5-4.6-5s-4.6 2.1-4.6 5c0 3-.5 4.7-1.9 6.2zM12 5.8V4M10 20h4",
	"bill":    "M6 3.5v17l2-1.3 2 1.3 2-1.3 2 1.3 2-1.3 2 1.3v-17l-2 1.3-2-1.3-2 1.3-2-1.3-2 1.3zM9.5 9h5M9.5 13h5",
	"camera":  "M4 7.5h3.5l1.5-2.5h6l1.5 2.5H20v11.5H4zM12 10a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4z",
	"chart":   "M4 4v16h16M8.5 16v-4M12.5 16V8M16.5 16v-6",
	"chat":    "M3.5 5h12v8.5H9L5.5 16.5v-3h-2zM18 9h2.5v8.5H19v2.8L15.7 17.5H10",
	"check":   "M5 12.5l4.5 4.5L19 7",
	"checks":  "M2.5 12.5L7 17l8.5-9.5M11.5 16l1 1L21.5 7.5",
	"clock":   "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2.2",
	"coin":    "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM14.5 9c-.4-1.1-1.3-1.6-2.5-1.6-1.4 0-2.5.7-2.5 2 0 3 5 1.6 5 4.9 0 1.4-1.1 2.2-2.6 2.2-1.3 0-2.3-.6-2.6-1.8M12 5.8v12.4",
	"ding":    "M4 17h16M5.5 17a6.5 6.5 0 0 1 13 0M12 10.5V8.5M10.3 8.5h3.4M12 5V3.5M6.5 7L5.5 6M17.5 7l1-1M3 20h18",
	"dl":      "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
	"down":    "M6 9.5l6 6 6-6",
	"eye":     "M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
	"filter":  "M4 6h16M7 12h10M10 18h4",
	"food":    "M6 3.5v6M9 3.5v6M6 9.5a1.5 1.5 0 0 0 3 0M7.5 11v9.5M17 13V3.5c-2 1-3 3-3 6.5v3zM17 13v7.5",
	"gift":    "M4 9h16v4H4zM5.5 13h13v7.5h-13zM12 9v11.5M12 9C9 9 7 7.5 8 5.8S11.5 6 12 9c.5-3 3-4.9 4-3.2S15 9 12 9z",
	"globe":   "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3.4 9.5h17.2M3.4 14.5h17.2M12 3c-4.6 5-4.6 13 0 18M12 3c4.6 5 4.6 13 0 18",
	"hand":    "M8 12V6.5a1.4 1.4 0 0 1 2.8 0V11M10.8 10.5V5a1.4 1.4 0 0 1 2.8 0v5.5M13.6 10.5V6.2a1.4 1.4 0 0 1 2.8 0V13M8 12.5l-1.6-1.7a1.5 1.5 0 0 0-2.3 2L8 18c1.3 1.7 2.8 2.5 4.8 2.5 3.2 0 5.2-2.2 5.2-5.5V9a1.3 1.3 0 0 0-1.6-1.3",
	"heart":   "M12 20c-4.5-3-8.5-6.3-8.5-10.7A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8.5 2.3C20.5 13.7 16.5 17 12 20z",
	"home":    "M4 11l8-6.5 8 6.5M6 9.5V20h12V9.5M10 20v-5.5h4V20",
	"key":     "M8 9.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM11.5 13H20v3M16.5 13v2.5",
	"keyb":    "M3.5 6.5h17v11h-17zM7 10v.1M10.5 10v.1M14 10v.1M17.5 10v.1M8 14h8",
	"list":    "M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5v.1M4.5 12v.1M4.5 17.5v.1",
	"live":    "M12 10.3a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4zM8 8a5.7 5.7 0 0 0 0 8M16 8a5.7 5.7 0 0 1 0 8M5 5a9.9 9.9 0 0 0 0 14M19 5a9.9 9.9 0 0 1 0 14",
	"lock":    "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
	"mail":    "M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5",
	"mask":    "M3.5 8.5c5-1.5 12-1.5 17 0 0 5-1.5 8-4.5 8-2 0-2.7-2-4-2s-2 2-4 2c-3 0-4.5-3-4.5-8zM7 11.3h3M14 11.3h3",
	"medic":   "M9.5 4h5v5.5H20v5h-5.5V20h-5v-5.5H4v-5h5.5z",
	"minus":   "M5 12h14",
	"moon":    "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
	"more":    "M5.5 12v.1M12 12v.1M18.5 12v.1",
	"mute":    "M4 10v4h3.5l5 4V6l-5 4zM16.5 9.5l5 5M21.5 9.5l-5 5",
	"next":    "M9.5 6l6 6-6 6",
	"note":    "M4 5.5h16v11h-8.5L7.5 20v-3.5H4zM8 9.5h8M8 12.8h5",
	"off":     "M3.5 9.5A13 13 0 0 1 8 6.8M12 6c3.2 0 6.2 1.2 8.5 3.5M6.5 13a8 8 0 0 1 3-1.9M13.5 10.9a8 8 0 0 1 4 2.1M12 18v.1M4 4l16 16",
	"out":     "M9 6h9v9M18 6L7 17",
	"passkey": "M9.5 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM3 19.5c.5-4 3-5.5 6.5-5.5 1.2 0 2.3.2 3.2.6M17.5 9.5a3 3 0 0 0-1.2 5.7V20l1.2 1 1.7-1.7-1-1.2 1-1.2-.8-1.6a3 3 0 0 0-.9-5.8z",
	"phone":   "M6.5 3.5h3l1.5 4.5-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4.5 1.5v3c0 1.5-1 2.5-2.5 2.5C10.5 20 4 13.5 4 6c0-1.5 1-2.5 2.5-2.5z",
	"plus":    "M12 5v14M5 12h14",
	"print":   "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6.5H7zM16.5 11.7v.1",
	"qr":      "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM18 18h2v2h-2zM20 14v.1M14 20v.1",
	"remake":  "M20 11.5A8 8 0 0 0 5.8 7M4 12.5A8 8 0 0 0 18.2 17M5.5 3.5V7H9M18.5 20.5V17H15",
	"rotate":  "M19.5 12a7.5 7.5 0 1 1-2.3-5.4L19.5 9M19.5 4.5V9H15",
	"send":    "M4.5 12h14M13 6l6 6-6 6",
	"shield":  "M12 3.5l7.5 2.7v5.3c0 4.3-2.9 7.5-7.5 9.3-4.6-1.8-7.5-5-7.5-9.3V6.2z",
	"sound":   "M4 10v4h3.5l5 4V6l-5 4zM16 9.2a4 4 0 0 1 0 5.6M18.5 6.7a7.5 7.5 0 0 1 0 10.6",
	"star":    "M12 4l2.4 5.2 5.6.6-4.2 3.8 1.2 5.6-5-2.9-5 2.9 1.2-5.6L4 9.8l5.6-.6z",
	"swap":    "M4 9h14M14.5 5.5L18 9l-3.5 3.5M20 15.5H6M9.5 12L6 15.5 9.5 19",
	"table":   "M3.5 8h17M5 8l1.5 11M19 8l-1.5 11M6 13.5h12",
	"trash":   "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5",
	"tune":    "M4 7h9M17.5 7H20M4 17h2.5M11 17h9M15.2 4.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6zM8.8 14.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6z",
	"up":      "M12 19V6M6.5 11L12 5.5 17.5 11",
	"users":   "M9 4.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 19.5c.5-4 3-5.5 6.5-5.5s6 1.5 6.5 5.5zM15.5 5a3.3 3.3 0 0 1 0 6.2M17.5 14.4c2.3.5 3.7 2 4 5.1",
	"walk":    "M13.5 3.7v.1M8.5 21l2.6-6.5-2.3-2.7 1.3-5.3 3-.5 2 3.3 3.4 1.2M10.1 6.5L6.5 8.7 5.8 12.5M11.1 14.5l3.6 2.5 1.3 4",
	"x":       "M6 6l12 12M18 6L6 18",
}

// mirrored are the icons that point somewhere, and so turn round with the
// direction of writing.
var mirrored = map[string]bool{
	"back": true, "chat": true, "list": true, "next": true, "note": true, "out": true, "send": true, "walk": true,
}

// faces are the five of the first question, bad to great, on a 48 by 48 grid.
var faces = [5]string{
	"M14 17l4.5-2.5M34 17l-4.5-2.5M17.5 20.5v2M30.5 20.5v2M15.5 34.5c2-5 5-7 8.5-7s6.5 2 8.5 7",
	"M17.5 19v2.5M30.5 19v2.5M16.5 33c2-3 4.6-4.3 7.5-4.3s5.5 1.3 7.5 4.3",
	"M17.5 19v2.5M30.5 19v2.5M17 31h14",
	"M17.5 19v2.5M30.5 19v2.5M16.5 29c2 3 4.6 4.3 7.5 4.3s5.5-1.3 7.5-4.3",
	"M14.5 21c1-2.6 5-2.6 6 0M27.5 21c1-2.6 5-2.6 6 0M14.5 27h19c0 6.2-4 9.8-9.5 9.8s-9.5-3.6-9.5-9.8z",
}

// icon draws an icon. It is decoration: the words beside it say the same.
func icon(name string) (template.HTML, error) {
	d, ok := icons[name]
	if !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	class := "i"
	if mirrored[name] {
		class = "i flip"
	}
	return template.HTML(`<svg class="` + class + `" viewBox="0 0 24 24" aria-hidden="true"><path d="` + d + `"/></svg>`), nil
}

// face draws the face of a rating, 1 to 5.
func face(rating int) (template.HTML, error) {
	if rating < 1 || rating > len(faces) {
		return "", fmt.Errorf("no face %d", rating)
	}
	return template.HTML(`<svg class="face" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="20"/><path d="` + faces[rating-1] + `"/></svg>`), nil
}

// mark is our sign: an M whose last stroke becomes a tick.
const mark = template.HTML(`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M5 24V9.5L13.5 21 27 6"/></svg>`)
