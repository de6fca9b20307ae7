package load

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag"
	"footnote/rag/text"
)

// builder makes a Document's blocks, in order.
type builder struct {
	doc  rag.Document
	from int // where the body starts, after the front matter

	line, next int // a 1-based line and where the line after it starts, 0 before the first
}

// full tells whether the document has too many parts to go on.
func (b *builder) full() bool { return len(b.doc.Blocks)+len(b.doc.Dropped) > maxBlocks }

// block adds span, less the space around it and the hidden ranges, which are
// relative to span. They end one block and start another.
func (b *builder) block(span rag.Span, kind rag.BlockKind, heading string, hidden []rag.Dropped) {
	slices.SortFunc(hidden, func(x, y rag.Dropped) int { return cmp.Compare(x.Span.Start, y.Span.Start) })
	at := span.Start
	add := func(end int) {
		part := rag.Span{Start: at, End: end}
		if len(hidden) > 0 && onlyMarks(b.doc.Text[at:end]) {
			b.drop(part, "marks") // such as the bracket after an embedded image
		} else {
			b.whole(part, kind, heading)
		}
	}
	for _, h := range hidden {
		start, end := max(at, span.Start+h.Span.Start), span.Start+h.Span.End
		if start >= end {
			continue // inside the one before
		}
		add(start)
		b.drop(rag.Span{Start: start, End: end}, h.Why)
		at = end
	}
	add(span.End)
}

func (b *builder) whole(span rag.Span, kind rag.BlockKind, heading string) {
	span = trim(b.doc.Text, span)
	if kind == rag.Paragraph && text.IsEntries(b.doc.Text[span.Start:span.End]) {
		kind = rag.List
	}
	if span.Start < span.End && !b.full() {
		b.doc.Blocks = append(b.doc.Blocks, rag.Block{Span: span, Heading: heading, Line: b.lineOf(span.Start), Kind: kind})
	}
}

// joinLeadIns makes one block of a paragraph that ends in a colon and the list,
// table or code that it introduces: neither says much without the other.
func (b *builder) joinLeadIns() {
	s := b.doc.Text
	joined := b.doc.Blocks[:0]
	for _, next := range b.doc.Blocks {
		if last := len(joined) - 1; last >= 0 && next.Kind != rag.Paragraph && joined[last].Kind == rag.Paragraph &&
			joined[last].Heading == next.Heading && endsInColon(s[joined[last].Span.Start:joined[last].Span.End]) &&
			strings.TrimSpace(s[joined[last].Span.End:next.Span.Start]) == "" {
			joined[last].Span.End, joined[last].Kind = next.Span.End, next.Kind
			continue
		}
		joined = append(joined, next)
	}
	b.doc.Blocks = joined
}

func endsInColon(s string) bool {
	s = strings.TrimRight(s, "*_")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}

// drop notes that span is not indexed, and why.
func (b *builder) drop(span rag.Span, why string) {
	span = trim(b.doc.Text, span)
	if span.Start == span.End || b.full() {
		return
	}
	b.doc.Dropped = append(b.doc.Dropped, rag.Dropped{Span: span, Why: why})
}

// lineOf returns the 1-based line of the byte at i, which is at or after that of
// the call before. A line ends in LF, CR LF or CR, as in editors.
func (b *builder) lineOf(i int) int {
	for b.next <= i {
		_, b.next = line(b.doc.Text, b.next)
		b.line++
	}
	return b.line
}

// droppedKinds lists why the text was dropped, in order.
func (b *builder) droppedKinds() string {
	var kinds []string
	for _, d := range b.doc.Dropped {
		if !slices.Contains(kinds, d.Why) {
			kinds = append(kinds, d.Why)
		}
	}
	return strings.Join(kinds, ", ")
}

// plain parses plain text: without blank lines between them, each line is a
// paragraph; with, the lines between blank lines are one. Every line with text
// counts, rules too: others number the paragraphs of a file the same way.
func plain(b *builder) {
	text := b.doc.Text
	perLine := !blankBetween(text[b.from:])
	add := func(start, end int) {
		b.block(rag.Span{Start: start, End: end}, rag.Paragraph, "", machineOnly(text[start:end]))
	}
	start := b.from
	for at := b.from; at < len(text) && !b.full(); {
		end, next := line(text, at)
		if perLine || strings.TrimSpace(text[at:end]) == "" {
			add(start, end)
			start = next
		}
		at = next
	}
	add(start, len(text))
}

// blankBetween tells whether a blank line separates lines of text.
func blankBetween(text string) bool {
	text = strings.TrimSpace(text)
	for at := 0; at < len(text); {
		end, next := line(text, at)
		if strings.TrimSpace(text[at:end]) == "" {
			return true
		}
		at = next
	}
	return false
}

// line returns where the line that starts at ends, and where the next starts.
func line(text string, at int) (end, next int) {
	i := strings.IndexAny(text[at:], "\r\n")
	if i < 0 {
		return len(text), len(text)
	}
	end = at + i
	if strings.HasPrefix(text[end:], "\r\n") {
		return end, end + 2
	}
	return end, end + 1
}

func trim(text string, s rag.Span) rag.Span {
	t := strings.TrimLeftFunc(text[s.Start:s.End], unicode.IsSpace)
	start := s.End - len(t)
	return rag.Span{Start: start, End: start + len(strings.TrimRightFunc(t, unicode.IsSpace))}
}
