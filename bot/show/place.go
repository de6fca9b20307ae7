package show

import (
	"slices"
	"strings"
	"unicode"

	"footnote/rag"
	"footnote/rag/reading"
)

// A Place is what an answer of quotes shows of one source, in its reading form.
type Place struct {
	rag.Citation
	Blocks []reading.Block
	// Best tells that what is Marked in Blocks stands out: it fits the question best.
	Best bool
}

// OfPlaces tells whether an answer shows places of the documents instead of prose: all
// of it is quoted, and by no language model. The one that was asked for is model, which
// is empty if none was.
func OfPlaces(model string, a rag.Answer) bool {
	return len(a.Citations) > 0 && !slices.ContainsFunc(a.Sentences, Written) && (model == "" || a.Model != model)
}

// Places returns what an answer shows, a place for each of its citations, and the fixed
// lines before.
func Places(a rag.Answer) (lead string, places []Place) {
	var fixed []rag.CitedSentence
	quoted := map[int][]rag.CitedSentence{}
	for _, s := range a.Sentences {
		if len(s.Citations) == 0 {
			fixed = append(fixed, s)
			continue
		}
		quoted[s.Citations[0]] = append(quoted[s.Citations[0]], s)
	}
	for _, c := range a.Citations {
		text, highlights := joined(quoted[c.N])
		if text == "" {
			text, highlights = c.Quote, c.Highlights
		}
		blocks := reading.Of(c.DocID, text, highlights)
		places = append(places, Place{c, blocks, reading.Tells(blocks)})
	}
	return Prose(fixed), places
}

// joined returns sentences of one place as they stand there, the header of a table
// included, with their highlights.
func joined(ss []rag.CitedSentence) (string, []rag.Span) {
	var b strings.Builder
	var highlights []rag.Span
	for i, s := range ss {
		if i > 0 {
			b.WriteString(Between(ss[i-1].Text, s.Text))
		}
		for _, h := range s.Highlights {
			highlights = append(highlights, rag.Span{Start: b.Len() + h.Start, End: b.Len() + h.End})
		}
		b.WriteString(s.Text)
	}
	return b.String(), highlights
}

// Read returns a sentence that a model took from a document, letter for letter, as a
// reader of it sees it. What has lines of its own is left to who shows it.
func Read(s rag.CitedSentence) rag.CitedSentence {
	if s.Support != rag.Quoted || Block(s.Text) {
		return s
	}
	body := strings.TrimLeftFunc(s.Text, unicode.IsSpace)
	blocks := reading.Markdown(body, nil)
	if len(blocks) != 1 || blocks[0].Kind != reading.Paragraph && blocks[0].Kind != reading.Item {
		return s
	}
	text := textOf(blocks[0].Runs)
	if blocks[0].Kind == reading.Item {
		text = itemMark(blocks[0]) + text
	}
	trailing := body[len(strings.TrimRightFunc(body, unicode.IsSpace)):]
	s.Text = s.Text[:len(s.Text)-len(body)] + text + trailing
	return s
}

// Flat returns blocks on one line: the rows of a table, items and paragraphs one after
// the other.
func Flat(blocks []reading.Block) string {
	var parts []string
	for _, b := range blocks {
		if b.Kind == reading.Table {
			for _, row := range b.Rows {
				parts = append(parts, spokenRow(b.Header, row))
			}
			continue
		}
		parts = append(parts, Line(strings.TrimSpace(b.Number+" "+textOf(b.Runs))))
	}
	return strings.Join(parts, " ")
}

// spokenRow returns a row of a table as words: "Pump: P-087; Pressure: 97 bar". Of two
// columns without names the first says what the second is.
func spokenRow(header, row []reading.Cell) string {
	var parts []string
	between := "; "
	if named := func(c reading.Cell) bool { return Line(textOf(c)) != "" }; len(row) == 2 && !slices.ContainsFunc(header, named) {
		between = ": "
	}
	for i, cell := range row {
		s := Line(textOf(cell))
		if i < len(header) && s != "" {
			if name := Line(textOf(header[i])); name != "" {
				s = name + ": " + s
			}
		}
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, between)
}

// textOf returns runs as text that says what was code, and what was struck out.
func textOf(runs []reading.Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(worded(r))
	}
	return b.String()
}

// worded returns a run's text with the marks that are read without any style.
func worded(r reading.Run) string {
	s := Clean(r.Text)
	switch {
	case r.Code && !strings.Contains(s, "\n"):
		return "`" + s + "`"
	case r.Struck:
		return "~~" + s + "~~"
	}
	return s
}
