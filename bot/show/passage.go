package show

import (
	"fmt"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/reading"
)

// Sources writes all citations of an answer with their quotes.
func (t Terminal) Sources(a rag.Answer) error {
	var b strings.Builder
	t.sources(&b, a.Citations, func(rag.Citation) bool { return true })
	_, err := t.Out.Write([]byte(b.String()))
	return err
}

// Source writes the passage of a citation in full, in its reading form, with the quoted
// words between marks.
func (t Terminal) Source(c rag.Citation, p rag.Passage) error {
	var b strings.Builder
	t.sources(&b, []rag.Citation{c}, func(rag.Citation) bool { return false })
	text, at := p.Text, c.Span.Start-p.Span.Start
	if p.Lead != "" { // the header of a table, or what leads in to a list
		text, at = p.Lead+"\n"+text, at+len(p.Lead)+1
	}
	blocks := reading.Of(c.DocID, text, []rag.Span{{Start: at, End: at + len(c.Quote)}})
	w := page{t: t, b: &b, indent: "    ", best: reading.Tells(blocks), open: "»", shut: "«"}
	if t.Plain {
		w.indent, w.open, w.shut = "", "[quote] ", " [end of quote]"
	}
	w.write(blocks, nil)
	if w.best && !t.Plain {
		b.WriteString("What was quoted stands between » and «.\n")
	}
	_, err := t.Out.Write([]byte(b.String()))
	return err
}

// lines writes text with its own line breaks, indented; long lines are wrapped,
// below their own indentation.
func (t Terminal) lines(b *strings.Builder, text string) {
	indent := "    "
	if t.Plain {
		indent = ""
	}
	for line := range strings.SplitSeq(verbatim(text, indent), "\n") {
		if displaywidth.String(line) <= t.width() {
			b.WriteString(line + "\n")
			continue
		}
		rest := strings.TrimLeft(line, " ")
		own := line[:min(len(line)-len(rest), t.width()/2)]
		f := flow{out: b, width: t.width(), indent: own}
		f.mark(own, own)
		f.last = ""
		f.text(rest)
		f.end()
	}
}

// Passage writes a passage as indexed: where it stands, how long it is, and its
// text.
func (t Terminal) Passage(p rag.Passage, words int) error {
	var b strings.Builder
	where := fmt.Sprintf("paragraph %d, line %d", p.Paragraph, p.Line)
	if p.Page > 0 {
		where += fmt.Sprintf(", page %d", p.Page)
	}
	if p.Heading != "" {
		where += ", under " + Line(p.Heading)
	}
	b.WriteString(t.bold(where) + ", " + Count(words, "word") + "\n")
	t.lines(&b, p.Text)
	b.WriteString("\n")
	_, err := t.Out.Write([]byte(b.String()))
	return err
}

// Markdown returns a question and its answer as a section of Markdown. What is
// not ours is escaped, so that no document can put a link or an image into it.
func Markdown(w prompts.Words, question string, a rag.Answer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n", escapeMarkdown(Line(question)))
	if a.Degraded != "" {
		fmt.Fprintf(&b, "*%s*\n\n", escapeMarkdown(Line(a.Degraded)))
	}
	said, listed := a.Sentences, a.Verdict == rag.Passages || OfPlaces("", a)
	_, places := Places(a)
	if listed { // the quotes follow, each below its source
		said = slices.DeleteFunc(slices.Clone(said), func(s rag.CitedSentence) bool { return s.Support != rag.None })
	}
	if len(said) > 0 {
		b.WriteString(escapeMarkdown(Clean(Prose(said))) + "\n\n")
	}
	for i, c := range a.Citations {
		fmt.Fprintf(&b, "- \\[%d\\] %s, %s", c.N, escapeMarkdown(Line(Label(c.Title, c.Heading, c.DocID))), escapeMarkdown(Line(place(w, c))))
		if c.Date != "" {
			b.WriteString(", " + escapeMarkdown(Line(c.Date)))
		}
		b.WriteString("\n")
		if listed || !SaidInFull(said, c) {
			b.WriteString("  > " + escapeMarkdown(quoteOf(places[i], listed)) + "\n")
		}
	}
	if len(a.Citations) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// quoteOf returns on one line what is said of a place, or all of its quote.
func quoteOf(p Place, said bool) string {
	if said {
		return Flat(p.Blocks)
	}
	return Flat(reading.Of(p.DocID, p.Quote, nil))
}

func escapeMarkdown(s string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", "!", `\!`,
		"#", `\#`, "|", `\|`).Replace(s)
}
