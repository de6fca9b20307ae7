package eval

import (
	"slices"
	"strings"

	"footnote/rag/text"
)

// shown returns what a reader sees of an answer, without the targets of links: its
// sentences, and of its citations the headings, and the quotes that no sentence says.
func (r *Row) shown() string {
	var parts []string
	for _, s := range r.Sentences {
		parts = append(parts, text.WithoutTargets(s.Text))
	}
	said := words(strings.Join(parts, "\n"))
	for _, c := range r.Citations {
		parts = append(parts, c.Heading)
		if quote := text.WithoutTargets(c.Quote); !holds(said, words(quote)) {
			parts = append(parts, quote)
		}
	}
	return strings.Join(parts, "\n")
}

// goldTexts returns the texts of the gold as a reader sees them; none if the question
// has no answer.
func (r Row) goldTexts() (texts []string) {
	if known(r.Answerable, false) {
		return nil
	}
	for _, g := range r.Gold {
		if g.Text != "" {
			texts = append(texts, text.WithoutTargets(g.Text))
		}
	}
	return texts
}

// scoreShown measures what a reader sees. Where the gold that is left is not shown, lost
// gold might be.
func (r *Row) scoreShown(m map[string]float64) {
	shown := r.shown()
	m["words_shown"] = float64(text.Count(shown))
	m["answered_wrongly"], m["refused_wrongly"] = m["answered"], btof(r.Abstained)
	right, decided := Contained(shown, r.Answers), len(r.Answers) > 0
	if texts := r.goldTexts(); len(texts) > 0 {
		all := words(pointed(shown))
		found := slices.ContainsFunc(texts, func(s string) bool { return holds(all, words(pointed(s))) })
		right, decided = btof(found), found || !r.Lost
		if decided {
			m["shown"] = right
		}
	}
	if known(r.Answerable, false) {
		right, decided = 0, true
	}
	if decided && m["answered"] == 1 {
		m["answer_precision"] = right
	}
}
