package answer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag"
	"footnote/rag/text"
)

// A unit is what can be shown of a passage on its own: a sentence, an item of a
// list, a row of a table, a block of code.
type unit struct {
	start, end int // bytes of the passage's text
	kind       rag.BlockKind
	block      int // index in the passage's blocks
}

// units returns the units of a passage in order. The header of a table is none.
func units(p rag.Passage) []unit {
	blocks := p.Blocks
	if len(blocks) == 0 {
		blocks = []rag.Block{{Span: p.Span}}
	}
	var us []unit
	for n, b := range blocks {
		start := b.Span.Start - p.Span.Start
		s := p.Text[start : b.Span.End-p.Span.Start]
		var ranges [][2]int
		switch b.Kind {
		case rag.Code:
			ranges = [][2]int{{0, len(s)}}
		case rag.Table:
			ranges = rows(s)
		case rag.List:
			ranges = listItems(s)
		default:
			ranges = text.Sentences(s)
		}
		for _, r := range ranges {
			us = append(us, unit{start + r[0], start + r[1], b.Kind, n})
		}
	}
	return us
}

// tableRule is the line below the header of a Markdown table.
var tableRule = regexp.MustCompile(`(?m)^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*\|?[ \t]*$`)

// rows returns the rows of a table, without header and rule.
func rows(s string) [][2]int {
	at := 0
	if m := tableRule.FindStringIndex(s); m != nil {
		at = m[1]
	}
	return lineRanges(s, at)
}

// lineRanges returns the lines of s from byte at on that are not empty, without the
// space around them.
func lineRanges(s string, at int) [][2]int {
	var ranges [][2]int
	for line := range strings.Lines(s[at:]) {
		body := strings.TrimSpace(line)
		if body != "" {
			start := at + strings.Index(line, body)
			ranges = append(ranges, [2]int{start, start + len(body)})
		}
		at += len(line)
	}
	return ranges
}

// listItems returns the items of a list, and before them what leads in to it. An item
// keeps the lines that go on with it; one inside another is an item of its own.
func listItems(s string) [][2]int {
	var ranges [][2]int
	for _, l := range lineRanges(s, 0) {
		if last := len(ranges) - 1; last >= 0 && !itemStart.MatchString(s[l[0]:l[1]]+" ") {
			ranges[last][1] = l[1]
			continue
		}
		ranges = append(ranges, l)
	}
	return ranges
}

const (
	// placeWords is how many words of a section are shown at most, but for what cannot
	// be cut.
	placeWords = 120
	// otherWords is how many are shown of each other place where none answers for sure.
	otherWords = 60
)

// place returns which units of a passage to show around the best of them: the row or
// item that was asked for; the whole section if it is short, and of a text without
// headings the paragraph; else what stands around the best, in most words.
func (q *question) place(p rag.Passage, us []unit, best, most int) (from, to int) {
	if q.lookup(p, us, best) {
		return best, best + 1
	}
	first, last := 0, len(us)
	if p.Heading == "" {
		first = slices.IndexFunc(us, func(u unit) bool { return u.block == us[best].block })
		for last > 0 && us[last-1].block != us[best].block {
			last--
		}
	}
	if text.Count(p.Text[us[first].start:us[last-1].end]) <= most {
		return first, last
	}
	return around(p, us[:last], first, best, most)
}

// around returns the units from first on that have room about the best: of its own
// block what follows comes first, then what is before.
func around(p rag.Passage, us []unit, first, best, most int) (from, to int) {
	words := func(i int) int { return text.Count(p.Text[us[i].start:us[i].end]) }
	from, to = best, best+1
	room := most - words(best)
	own := func(i int) bool { return us[i].block == us[best].block }
	for {
		before, after := from > first && words(from-1) <= room, to < len(us) && words(to) <= room
		switch {
		case after && (own(to) || !before || !own(from-1)):
			room -= words(to)
			to++
		case before:
			from--
			room -= words(from)
		default:
			return from, to
		}
	}
}

// entry matches an item that says what its key is: "F03: the lid is open".
var entry = regexp.MustCompile(`(?:[:：=]|\s[-–—]|\t)\s`)

// lookup tells whether the best unit is one entry of many, and the question names
// just that one: a row of a table, or an item with a key.
func (q *question) lookup(p rag.Passage, us []unit, best int) bool {
	u := us[best]
	s := p.Text[u.start:u.end]
	if u.kind != rag.Table && (u.kind != rag.List || !entry.MatchString(s)) {
		return false
	}
	lang := text.Language(p.Text)
	mine := q.covered(s, lang)
	for i, o := range us {
		if i == best || o.block != u.block {
			continue
		}
		if q.share(mine, q.covered(p.Text[o.start:o.end], lang)) < lookupShare {
			return false
		}
	}
	return q.share(mine, nil) > 0
}

// lookupShare is the share of the question's weight that an entry must have more than
// each of its neighbours to be shown alone.
const lookupShare = .15

// say emits the units from to to of a passage, each block for itself: sentences and code
// as they stand, items one by one, rows below their header. All but the first of an
// answer are set apart from what is before.
func say(p rag.Passage, cites []int, us []unit, from, to int, first bool, emit func(rag.Sentence)) {
	for i := from; i < to; {
		next := i + 1
		for next < to && us[next].block == us[i].block && us[i].kind != rag.List {
			next++
		}
		s := p.Text[us[i].start:us[next-1].end]
		if us[i].kind == rag.Table {
			s = header(p, us[i].block) + s
		}
		if i > from || !first {
			s = gapBefore(p.Text[:us[i].start]) + s
		}
		emit(rag.Sentence{Text: s, Cites: cites})
		i = next
	}
}

// gapBefore returns the line ends that s ends with, two at most: they set a block
// apart.
func gapBefore(s string) string {
	gap := s[len(strings.TrimRightFunc(s, unicode.IsSpace)):]
	return strings.Repeat("\n", min(2, max(1, strings.Count(gap, "\n"))))
}

// header returns the header of a table with its rule, from the block itself or from
// what the passage was cut from.
func header(p rag.Passage, block int) string {
	s := p.Text
	if block < len(p.Blocks) {
		b := p.Blocks[block].Span
		s = p.Text[b.Start-p.Span.Start : b.End-p.Span.Start]
	}
	if m := tableRule.FindStringIndex(s); m != nil {
		return tableHead(s[:m[1]]) + "\n"
	}
	if strings.Contains(p.Lead, "|") {
		return tableHead(p.Lead) + "\n"
	}
	return ""
}

// tableHead returns the last two lines of s: a table may have a line before it that
// introduces it.
func tableHead(s string) string {
	lines := slices.Collect(strings.Lines(strings.TrimSpace(s)))
	return strings.Join(lines[max(0, len(lines)-2):], "")
}
