package guest

import (
	"html/template"

	"makeright/internal/feedback"
)

// reviews draws the links to public reviews: for every guest the same, whatever
// they said and whatever became of it. It never learns either, for it is given
// nothing but the links and the language.
func reviews(lang string, links []feedback.ReviewLink) (template.HTML, error) {
	if len(links) == 0 {
		return "", nil
	}
	b, err := pages.Render(lang, "reviews.html", links)
	return template.HTML(b), err
}
