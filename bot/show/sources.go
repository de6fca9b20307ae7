package show

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/reading"
)

// maxQuote is how many lines of a quote are shown below its source.
const maxQuote = 3

// A row is one source on a line of its own.
type row struct{ mark, label, place, date string }

func (t Terminal) row(c rag.Citation) row {
	return row{
		mark:  t.mark(c.N) + " ",
		label: Line(Label(c.Title, c.Heading, c.DocID)),
		place: Line(place(t.Fixed.Words, c)),
		date:  Line(c.Date),
	}
}

// dated returns the place, so many columns wide, and the date, if there is one.
func (r row) dated(width int) string {
	if r.date == "" {
		return r.place
	}
	return pad(r.place, width) + gutter + r.date
}

// place says where in which file: "hr/leave.md:41".
func place(w prompts.Words, c rag.Citation) string {
	if c.Page > 0 {
		return c.DocID + ", " + numbered(w.Page, c.Page)
	}
	return fmt.Sprintf("%s:%d", c.DocID, c.Line)
}

const gutter = "   "

// sources writes a line for each citation, and its quote where wanted.
func (t Terminal) sources(b *strings.Builder, cs []rag.Citation, quote func(rag.Citation) bool) {
	var rows []row
	label, place := 0, 0 // widths of the columns, over the rows that fit a line
	for _, c := range cs {
		r := t.row(c)
		rows = append(rows, r)
		if t.fits(r, 0, 0) {
			label, place = max(label, displaywidth.String(r.label)), max(place, displaywidth.String(r.place))
		}
	}
	for i, c := range cs {
		switch r := rows[i]; {
		case t.Plain:
			b.WriteString(t.spoken(c, r.label))
		case t.fits(r, label, place):
			b.WriteString(t.bold(strings.TrimSpace(r.mark)) + " " + pad(r.label, label) + gutter + r.dated(place) + "\n")
		case t.fits(r, 0, 0):
			b.WriteString(t.bold(strings.TrimSpace(r.mark)) + " " + r.label + gutter + r.dated(0) + "\n")
		default:
			t.twoLines(b, r)
		}
		if quote(c) {
			b.WriteString(t.quote(reading.Of(c.DocID, c.Quote, nil)))
		}
	}
}

func (t Terminal) fits(r row, label, place int) bool {
	w := displaywidth.String(r.mark) + max(label, displaywidth.String(r.label)) +
		max(place, displaywidth.String(r.place)) + displaywidth.String(r.date) + len(gutter)
	if r.date != "" {
		w += len(gutter)
	}
	return w <= t.width()
}

// twoLines shows a source whose title is too long for a line.
func (t Terminal) twoLines(b *strings.Builder, r row) {
	f := flow{out: b, width: t.width(), indent: "    "}
	f.mark(r.mark, t.bold(strings.TrimSpace(r.mark))+" ")
	f.text(r.label)
	f.end()
	b.WriteString("    " + r.dated(0) + "\n")
}

// quote returns the lines of a quote in quotation marks, the first few.
func (t Terminal) quote(blocks []reading.Block) string {
	if t.Plain {
		return t.Paragraph(prompts.Fill(t.Fixed.Words.Quote, "quote", Flat(blocks)))
	}
	const indent = "    "
	if len(blocks) > 1 || len(blocks) == 1 && (blocks[0].Kind == reading.Table || blocks[0].Kind == reading.Code) {
		var b strings.Builder
		p := page{t: t, b: &b, indent: indent}
		p.write(blocks, nil)
		lines := strings.SplitAfter(strings.TrimRight(b.String(), "\n"), "\n")
		if len(lines) > 2*maxQuote {
			lines = append(lines[:2*maxQuote], indent+"…")
		}
		return strings.Join(lines, "") + "\n"
	}
	lines := wrapped(`"`+Flat(blocks)+`"`, t.width()-len(indent)-1)
	if len(lines) > maxQuote {
		lines = lines[:maxQuote]
		lines[maxQuote-1] += ` …"`
	}
	return indent + strings.Join(lines, "\n"+indent+" ") + "\n"
}

// spoken returns a source as a screen reader should say it.
func (t Terminal) spoken(c rag.Citation, label string) string {
	w := t.Fixed.Words
	place := numbered(w.Line, c.Line)
	if c.Page > 0 {
		place = numbered(w.Page, c.Page)
	}
	said := prompts.Fill(numbered(w.Spoken, c.N), "label", strings.TrimRight(strings.ReplaceAll(label, " > ", ", "), ".:"), "file", Line(c.DocID), "place", place)
	if c.Date != "" {
		said += prompts.Fill(w.Dated, "date", Line(c.Date))
	}
	return t.Paragraph(said)
}

// Block tells whether a text is a table, list or code, whose lines must stay.
func Block(s string) bool {
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	if len(lines) < 2 {
		return false
	}
	kept := 0
	for _, l := range lines {
		trimmed := strings.TrimLeft(l, " \t")
		switch {
		case strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~"):
			return true
		case strings.HasPrefix(trimmed, "|") || strings.HasPrefix(l, "    ") || strings.HasPrefix(l, "\t") || listItem(trimmed):
			kept++
		}
	}
	return 2*kept > len(lines)
}

// listItem tells whether a line begins like an item of a list.
func listItem(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	if rest == s {
		return strings.HasPrefix(s, "- ") || strings.HasPrefix(s, "* ") || strings.HasPrefix(s, "+ ")
	}
	return strings.HasPrefix(rest, ". ") || strings.HasPrefix(rest, ") ")
}

// verbatim returns the lines of s, cleaned and indented, without a final line
// feed.
func verbatim(s, indent string) string {
	var lines []string
	for l := range strings.SplitSeq(strings.Trim(s, "\n"), "\n") {
		lines = append(lines, strings.TrimRight(indent+Clean(strings.ReplaceAll(l, "\t", "    ")), " \r"))
	}
	return strings.Join(lines, "\n")
}
