package notify

import (
	_ "embed"
	"html/template"
	"strings"
)

//go:embed letter.html
var letterSource string

var letterPage = template.Must(template.New("letter").Parse(letterSource))

// block is a part of a letter: lines, and the items that follow them.
type block struct{ Lines, Items []string }

// blocks are the parts of a plain text, which stand apart by empty lines.
func blocks(text string) []block {
	var all []block
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		var b block
		for line := range strings.SplitSeq(part, "\n") {
			if item, is := strings.CutPrefix(line, "- "); is {
				b.Items = append(b.Items, item)
			} else {
				b.Lines = append(b.Lines, line)
			}
		}
		all = append(all, b)
	}
	return all
}

// page is the letter for readers of HTML: the same words, with nothing that a mail
// program would have to fetch, in its own colours, light or dark.
func page(m Message) (string, error) {
	var b strings.Builder
	err := letterPage.Execute(&b, map[string]any{
		"Lang": m.Lang, "Dir": m.Dir, "Title": m.Title, "Blocks": blocks(m.Text),
		"Link": m.Link, "Open": m.Acts.Open, "Stop": m.Stop, "StopText": m.StopText,
	})
	return b.String(), err
}
