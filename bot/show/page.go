package show

import (
	"strings"

	"github.com/clipperhouse/displaywidth"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/reading"
)

// place writes where a place stands, and below it what it says, with its mark. The
// heading of the place before is not repeated.
func (t Terminal) place(b *strings.Builder, q Place, before rag.Citation) {
	r := t.row(q.Citation)
	if !t.Plain && q.DocID == before.DocID && q.Heading == before.Heading {
		r.label = ""
	}
	t.heading(b, r, q.Citation)
	p := page{t: t, b: b, indent: "  ", best: q.Best}
	if t.Plain {
		const text = "{text}"
		p.indent = ""
		p.open, p.shut, _ = strings.Cut(prompts.Fill(t.Fixed.Words.Best, "text", text), text)
	}
	p.write(q.Blocks, func(f *flow) {
		f.text(" ")
		f.mark(t.mark(q.N), t.bold(t.mark(q.N)))
	})
}

// placeColumn is where the file of a place is named, if there is room.
const placeColumn = 45

// heading writes what a place is from: its title and headings, its file and date.
func (t Terminal) heading(b *strings.Builder, r row, c rag.Citation) {
	if t.Plain {
		b.WriteString(t.spoken(c, r.label))
		return
	}
	where := r.place
	if c.Date != "" {
		where += gutter + r.date
	}
	label, right := displaywidth.String(r.label), displaywidth.String(where)
	if label+len(gutter)+right <= t.width() {
		b.WriteString(t.bold(r.label) + strings.Repeat(" ", max(len(gutter), min(placeColumn, t.width()-right)-label)) + where + "\n")
		return
	}
	f := flow{out: b, width: t.width(), indent: "    "}
	if r.label != "" {
		f.styled(r.label, t.bold)
		f.end()
	}
	b.WriteString(f.indent + where + "\n")
}

// brief tells whether a place is short enough for a line or two.
func (t Terminal) brief(q Place) bool {
	return len(q.Blocks) == 1 && q.Blocks[0].Kind != reading.Table && q.Blocks[0].Kind != reading.Code
}

// briefly writes a place beside the best: [2] Leave > Timing (hr/leave.md:47): "Ask."
func (t Terminal) briefly(b *strings.Builder, q Place) {
	r := t.row(q.Citation)
	if t.Plain {
		b.WriteString(t.spoken(q.Citation, r.label) + t.quote(q.Blocks))
		return
	}
	f := flow{out: b, width: t.width(), indent: "    "}
	f.mark(r.mark, t.bold(strings.TrimSpace(r.mark))+" ")
	f.text(r.label + " (" + r.place + `): "` + Flat(q.Blocks) + `"`)
	f.end()
}

// A page writes the reading form of a quote for a terminal.
type page struct {
	t      Terminal
	b      *strings.Builder
	indent string
	best   bool  // what is marked is bold, or said in words; else what the source has bold
	marks  []int // widths of the marks of the items above, by depth
	// What stands around what is marked, for who sees no bold or where bold means
	// something else. Empty: nothing.
	open, shut string
}

// write writes blocks. What ends them, such as the mark of a citation, goes behind the
// last word; below code and tables, which are copied, it has a line of its own.
func (p *page) write(blocks []reading.Block, end func(*flow)) {
	for i, b := range blocks {
		if i > 0 && apart(blocks[i-1], b) {
			p.b.WriteByte('\n')
		}
		closing := func(*flow) {}
		if i == len(blocks)-1 && end != nil {
			closing = end
		}
		switch b.Kind {
		case reading.Code:
			p.code(b)
			p.below(b, closing)
		case reading.Table:
			if !p.table(b, closing) {
				p.below(b, closing)
			}
		default:
			p.paragraph(b, closing)
		}
	}
}

// apart tells whether an empty line separates two blocks.
func apart(before, b reading.Block) bool {
	switch {
	case before.Kind == reading.Heading || b.Depth > 0:
		return false
	case b.Kind == reading.Item:
		return before.Depth == 0 && (before.Kind == reading.Code || before.Kind == reading.Table)
	case b.Kind == reading.Code || b.Kind == reading.Table:
		return before.Kind != reading.Paragraph
	}
	return true
}

// margin returns the space before a block.
func (p *page) margin(b reading.Block) string {
	n := 0
	for _, w := range p.marks[:min(b.Depth, len(p.marks))] {
		n += w
	}
	return p.indent + strings.Repeat(" ", min(n, p.t.width()/2))
}

func (p *page) paragraph(b reading.Block, end func(*flow)) {
	first := p.margin(b)
	rest := first
	if b.Kind == reading.Item {
		mark := itemMark(b)
		p.marks = append(p.marks[:min(b.Depth, len(p.marks))], displaywidth.String(mark))
		first += mark
		rest += strings.Repeat(" ", displaywidth.String(mark))
	}
	f := flow{out: p.b, width: p.t.width(), indent: rest}
	f.mark(first, first)
	f.last = ""
	style := p.t.bold
	if b.Kind != reading.Heading {
		style = nil
	}
	p.runs(&f, b.Runs, style)
	end(&f)
	f.end()
}

// itemMark returns what stands before an item.
func itemMark(b reading.Block) string {
	mark := "- "
	if b.Number != "" {
		mark = Line(b.Number) + " "
	}
	switch b.Task {
	case reading.Open:
		mark += "[ ] "
	case reading.Done:
		mark += "[x] "
	}
	return mark
}

// runs adds runs to a flow, all in one style or each in its own.
func (p *page) runs(f *flow, runs []reading.Run, style func(string) string) {
	for _, r := range p.worded(runs) {
		own := style
		if own == nil {
			own = p.style(r)
		}
		for i, line := range strings.Split(worded(r), "\n") {
			if i > 0 {
				f.flush()
				f.out.WriteString("\n" + f.indent)
				f.col, f.space, f.last = displaywidth.String(f.indent), false, ""
			}
			f.styled(line, own)
		}
	}
}

func (p *page) style(r reading.Run) func(string) string {
	if p.best && r.Marked && p.open == "" || !p.best && r.Bold {
		return p.t.bold
	}
	return func(s string) string { return s }
}

// worded returns runs with the words around what is marked.
func (p *page) worded(runs []reading.Run) []reading.Run {
	if !p.best || p.open == "" {
		return runs
	}
	var out []reading.Run
	for i, r := range runs {
		if r.Marked && (i == 0 || !runs[i-1].Marked) {
			body := strings.TrimLeft(r.Text, " ")
			out = append(out, reading.Run{Text: r.Text[:len(r.Text)-len(body)] + p.open})
			r.Text = body
		}
		out = append(out, r)
		if r.Marked && (i == len(runs)-1 || !runs[i+1].Marked) {
			out = append(out, reading.Run{Text: p.shut})
		}
	}
	return out
}

// code writes code as it is, set in.
func (p *page) code(b reading.Block) {
	margin := p.margin(b) + "  "
	if p.t.Plain {
		margin = p.margin(b)
	}
	for _, r := range strings.Split(strings.Trim(reading.Text(p.worded(b.Runs)), "\n"), "\n") {
		line := strings.TrimRight(margin+Clean(strings.ReplaceAll(r, "\t", "    ")), " \r")
		p.b.WriteString(line + "\n")
	}
}

// below writes what ends a block on a line of its own, if it is anything.
func (p *page) below(b reading.Block, end func(*flow)) {
	var line strings.Builder
	f := flow{out: &line, width: p.t.width(), indent: p.margin(b)}
	end(&f)
	if f.flush(); strings.TrimSpace(line.String()) != "" {
		p.b.WriteString(p.margin(b) + strings.TrimSpace(line.String()) + "\n")
	}
}
