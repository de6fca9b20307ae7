package load

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"footnote/rag"
)

// markdown parses CommonMark with tables. Goldmark says where the outermost
// blocks start; each reaches to the start of the next, so nothing falls between
// two, whatever the text.
func markdown(b *builder) {
	parts := outline(b.doc.Text, b.from)
	m := &mdBuilder{builder: b, seen: b.doc.Text, title: -1}
	if m.comments = percentComments(b.doc.Text, parts); len(m.comments) > 0 {
		m.seen = without(b.doc.Text, m.comments)
		parts = outline(m.seen, b.from)
	}
	m.nameSections(parts)
	for i, p := range parts {
		m.part(i, m.withComments(p))
	}
	m.dropComments(len(b.doc.Text))
	if len(b.doc.Blocks) == 0 {
		m.keepHeadings()
	}
}

// mdBuilder adds Markdown's parts to a builder.
type mdBuilder struct {
	*builder
	seen     string         // the text without the comments between percent signs
	comments []rag.Dropped  // those, in order
	dropped  int            // how many of them are dropped, or in a part
	headings map[int]string // text of the heading that is part i
	title    int            // the part that is the title
	path     []section
}

// section is a heading that the current text is below.
type section struct {
	level int
	name  string
}

// dropComments drops the comments that end at or before a byte of the text.
func (m *mdBuilder) dropComments(end int) {
	for m.dropped < len(m.comments) && m.comments[m.dropped].Span.End <= end {
		m.drop(m.comments[m.dropped].Span, m.comments[m.dropped].Why)
		m.dropped++
	}
}

// withComments drops the comments before a part, and leaves to the part those in it
// and the one that ends in its first line.
func (m *mdBuilder) withComments(p part) part {
	m.dropComments(p.span.Start)
	if m.dropped < len(m.comments) {
		p.span.Start = min(p.span.Start, m.comments[m.dropped].Span.Start)
	}
	for m.dropped < len(m.comments) && m.comments[m.dropped].Span.End <= p.span.End {
		m.dropped++
	}
	return p
}

// hidden returns what of a span is not seen, relative to it and in order.
func (m *mdBuilder) hidden(span rag.Span, markdown bool) []rag.Dropped {
	out := append(invisible(m.seen[span.Start:span.End], markdown), m.commentsIn(span)...)
	slices.SortStableFunc(out, func(a, b rag.Dropped) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return out
}

// commentsIn returns the comments between percent signs in a span, relative to it.
func (m *mdBuilder) commentsIn(span rag.Span) []rag.Dropped {
	first := sort.Search(len(m.comments), func(i int) bool { return m.comments[i].Span.End > span.Start })
	var out []rag.Dropped
	for _, c := range m.comments[first:] {
		if c.Span.Start >= span.End {
			break
		}
		c.Span = rag.Span{Start: max(c.Span.Start-span.Start, 0), End: min(c.Span.End, span.End) - span.Start}
		out = append(out, c)
	}
	return out
}

// nameSections reads the headings and finds the title among them: the first
// heading, if there is none of its rank or above besides it, or it is of the
// first rank. The title is not repeated in the headings' paths.
func (m *mdBuilder) nameSections(parts []part) {
	m.headings = map[int]string{}
	names := newHeadingReader()
	first, rivals := -1, 0
	for i, p := range parts {
		if p.kind != heading || p.span.End-p.span.Start > maxHeading {
			continue
		}
		m.headings[i] = names.text(m.doc.Text[p.span.Start:p.span.End], m.hidden(p.span, true))
		if first < 0 && m.headings[i] != "" {
			first = i
		} else if first >= 0 && p.level <= parts[first].level {
			rivals++
		}
	}
	switch {
	case first < 0:
	case m.doc.Title != "":
		if strings.EqualFold(m.headings[first], m.doc.Title) {
			m.title = first
		}
	case parts[first].level == 1 || rivals == 0:
		m.doc.Title = m.headings[first]
		m.title = first
	}
}

// maxHeading is the length in bytes above which a heading is a paragraph.
const maxHeading = 400

func (m *mdBuilder) part(i int, p part) {
	span := p.span
	name, named := m.headings[i]
	switch {
	case named:
		m.enter(p.level, name, i == m.title)
		m.drop(span, "heading")
	case p.kind == rule:
		m.drop(span, "rule")
	case p.kind == html:
		m.html(span)
	case p.kind == quote:
		m.quote(span)
	case p.kind == list:
		m.text(span, rag.List)
	case p.kind == code:
		m.text(span, rag.Code)
	default:
		m.paragraph(span)
	}
}

// enter starts a section. One without a name ends those it is no part of.
func (m *mdBuilder) enter(level int, name string, title bool) {
	for len(m.path) > 0 && m.path[len(m.path)-1].level >= level {
		m.path = m.path[:len(m.path)-1]
	}
	if name != "" && !title {
		m.path = append(m.path, section{level, name})
	}
}

// heading returns the path of headings above the current text.
func (m *mdBuilder) heading() string {
	names := make([]string, len(m.path))
	for i, s := range m.path {
		names[i] = s.name
	}
	return strings.Join(names, " > ")
}

func (m *mdBuilder) text(span rag.Span, kind rag.BlockKind) {
	s := m.doc.Text[span.Start:span.End]
	if kind == rag.Paragraph {
		switch {
		case onlyMarks(s):
			m.drop(span, "rule")
			return
		case strings.Contains(s, "<") && onlyTags(s):
			m.drop(span, "html")
			return
		}
	}
	unseen := machineOnly(s)
	if kind == rag.Code {
		unseen = append(unseen, m.commentsIn(span)...) // some may have made it code
	} else {
		unseen = append(unseen, m.hidden(span, true)...)
	}
	m.block(span, kind, m.heading(), unseen)
}

func (m *mdBuilder) html(span rag.Span) {
	at := span.Start
	visible := func(end int) {
		if part := (rag.Span{Start: at, End: end}); onlyTags(m.doc.Text[at:end]) {
			m.drop(part, "html")
		} else {
			m.block(part, rag.Paragraph, m.heading(), machineOnly(m.doc.Text[at:end]))
		}
	}
	for _, h := range m.hidden(span, false) {
		start := max(at, span.Start+h.Span.Start)
		if end := span.Start + h.Span.End; end > start {
			visible(start)
			m.drop(rag.Span{Start: start, End: end}, h.Why)
			at = end
		}
	}
	visible(span.End)
}

// quote adds the paragraphs of a block quote, which lines of nothing but marks
// separate.
func (m *mdBuilder) quote(span rag.Span) {
	start := span.Start
	for at := span.Start; at < span.End; {
		end, next := line(m.doc.Text[:span.End], at)
		if strings.Trim(m.doc.Text[at:end], "> \t") == "" {
			m.text(rag.Span{Start: start, End: at}, rag.Paragraph)
			m.drop(rag.Span{Start: at, End: end}, "quote mark")
			start = next
		}
		at = next
	}
	m.text(rag.Span{Start: start, End: span.End}, rag.Paragraph)
}

// paragraph adds what goldmark takes for a paragraph without extensions: link
// definitions, then text, then a table.
func (m *mdBuilder) paragraph(span rag.Span) {
	at := span.Start
	for at < span.End {
		end, next := line(m.doc.Text[:span.End], at)
		if !linkDefinition(m.seen[at:end]) {
			break
		}
		m.drop(rag.Span{Start: at, End: end}, "link definition")
		at = next
	}
	table := tableStart(m.seen[:span.End], at)
	m.text(rag.Span{Start: at, End: table}, rag.Paragraph)
	m.text(rag.Span{Start: table, End: span.End}, rag.Table)
}

// keepHeadings makes blocks of the headings of a document that has no others.
func (m *mdBuilder) keepHeadings() {
	dropped := m.doc.Dropped
	m.doc.Dropped, m.path = nil, nil
	for _, d := range dropped {
		if d.Why == "heading" {
			m.text(d.Span, rag.Paragraph)
		} else {
			m.doc.Dropped = append(m.doc.Dropped, d)
		}
	}
}

// onlyMarks tells whether s is a rule or another line of nothing but ASCII
// punctuation and box drawing.
func onlyMarks(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		ascii := r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r))
		return !ascii && !unicode.IsSpace(r) && (r < 0x2500 || r > 0x257f)
	})
}
