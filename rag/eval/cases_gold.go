package eval

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"footnote/rag"
)

// A Locator finds the gold of cases in documents, one document at a time, so that
// not all of them need be in memory at once.
type Locator struct {
	cases []Case
	refs  []*reference
	byDoc map[string][]*reference // by the name that the gold gives; empty: any document
}

// A reference is one gold of a case, and where it was found.
type reference struct {
	c     *Case
	n     int // 1-based, in its case
	gold  Gold
	quote string   // its text, white space squeezed
	word  string   // the longest whole word of quote; may be empty
	exact bool     // the document has just the name that the gold gives
	docs  []string // that have the name; none where the gold gives none
	found []Gold   // as paragraphs of the documents
}

// NewLocator returns a Locator of the gold of cases, which it changes in Done. It
// sets their hashes.
func NewLocator(cases []Case) *Locator {
	l := &Locator{cases: cases, byDoc: map[string][]*reference{}}
	for i := range cases {
		cases[i].Hash = cases[i].hash()
		for n, g := range cases[i].Gold {
			g.Doc = path.Clean("/" + strings.ReplaceAll(g.Doc, `\`, "/"))[1:]
			r := &reference{c: &cases[i], n: n + 1, gold: g, quote: squeezed(g.Text)}
			r.word = longestWhole(r.quote)
			l.refs = append(l.refs, r)
			l.byDoc[g.Doc] = append(l.byDoc[g.Doc], r)
		}
	}
	return l
}

// Gold returns how many gold the cases have.
func (l *Locator) Gold() int { return len(l.refs) }

// squeezed returns s with one blank for each run of white space: quotes are copied
// from where lines were broken otherwise.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

// longestWhole returns the longest word of a quote but for its ends, which may be
// parts of words.
func longestWhole(quote string) (longest string) {
	words := strings.Fields(quote)
	for i, w := range words {
		if 0 < i && i < len(words)-1 && len(w) > len(longest) {
			longest = w
		}
	}
	return longest
}

// See looks for gold in a document.
func (l *Locator) See(d rag.Document) {
	stem := strings.TrimSuffix(d.ID, path.Ext(d.ID))
	exact, close, any := l.byDoc[d.ID], l.byDoc[stem], l.byDoc[""]
	if len(exact)+len(close)+len(any) == 0 {
		return
	}
	texts := make([]string, len(d.Blocks))
	for i, b := range d.Blocks {
		texts[i] = squeezed(d.Text[b.Span.Start:b.Span.End])
	}
	for _, r := range exact {
		r.docs, r.found, r.exact = nil, nil, true
		r.look(d.ID, texts)
	}
	for _, r := range close {
		if !r.exact && stem != d.ID {
			r.look(d.ID, texts)
		}
	}
	if len(any) == 0 {
		return
	}
	words := map[string]bool{"": true}
	for _, t := range texts {
		for w := range strings.FieldsSeq(t) {
			words[w] = true
		}
	}
	for _, r := range any {
		if words[r.word] { // else no paragraph has the quote: most have not
			r.look(d.ID, texts)
		}
	}
}

// look notes the paragraphs of a document that the reference means. A number holds
// if there is no text, or if the paragraph has it: paragraphs move when a document
// is edited, and then the text tells which one it was.
func (r *reference) look(doc string, texts []string) {
	if r.gold.Doc != "" {
		r.docs = append(r.docs, doc)
	}
	at := r.gold.Paragraph
	add := func(i int) { r.found = append(r.found, Gold{doc, i, r.gold.Text}) }
	switch numbered := at >= 1 && at <= len(texts); {
	case r.quote == "" && at == 0:
		add(0)
	case r.quote == "" && numbered, numbered && strings.Contains(texts[at-1], r.quote):
		add(at)
	case r.quote != "":
		for i, t := range texts {
			if strings.Contains(t, r.quote) {
				add(i + 1)
			}
		}
	}
}

// A Problem is gold that is not in the documents, or not just once.
type Problem struct {
	Line int    // of the case
	What string // with the remedy
	Lost bool   // the gold counts no more, or for its document only
}

// Done puts into each case its gold as it is in the documents, and returns what was
// not found, in the order of the lines. Of gold whose paragraph is gone, its
// document stays. A case with lost gold is marked.
func (l *Locator) Done() []Problem {
	var problems []Problem
	for i := range l.cases {
		l.cases[i].Gold, l.cases[i].Lost = nil, false
	}
	for _, r := range l.refs {
		g, what, lost := r.settle()
		if what != "" {
			problems = append(problems, Problem{r.c.Line, fmt.Sprintf("gold %d: %s", r.n, what), lost})
			r.c.Lost = r.c.Lost || lost
		}
		if g.Doc != "" && !slices.ContainsFunc(r.c.Gold, func(o Gold) bool { return o.Doc == g.Doc && o.Paragraph == g.Paragraph }) {
			r.c.Gold = append(r.c.Gold, g)
		}
	}
	return problems
}

// settle decides what a reference means.
func (r *reference) settle() (g Gold, problem string, lost bool) {
	name := r.gold.Doc
	switch {
	case len(r.docs) > 1 && name != "" && !r.exact:
		return Gold{}, fmt.Sprintf("%s may be any of %s: write the name with its extension", name, strings.Join(r.docs, ", ")), true
	case len(r.docs) == 0 && name != "":
		return Gold{}, "there is no document " + name + ": write its name as footnote sources shows it, with or without the extension", true
	case len(r.found) == 0 && name == "":
		return Gold{}, "its text stands in no paragraph of the documents: quote one letter for letter", true
	case len(r.found) == 0 && r.quote == "":
		return Gold{Doc: r.docs[0]}, fmt.Sprintf("%s has no paragraph %d: footnote sources %s shows them", r.docs[0], r.gold.Paragraph, r.docs[0]), true
	case len(r.found) == 0:
		return Gold{Doc: r.docs[0], Text: r.gold.Text}, fmt.Sprintf("its text stands in no paragraph of %s: was the document edited? Quote it again", r.docs[0]), true
	case len(r.found) > 1:
		return r.found[0], fmt.Sprintf("its text stands in %d paragraphs, and %s, paragraph %d is taken: quote more of it, or name the paragraph",
			len(r.found), r.found[0].Doc, r.found[0].Paragraph), false
	}
	return r.found[0], "", false
}
