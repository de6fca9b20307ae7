package answer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag"
	"footnote/rag/text"
)

const (
	// placeWords is how many words of a section are shown at most, but for what cannot
	// be cut.
	placeWords = 140
	// otherWords is how many are shown of each other place where none answers for sure.
	otherWords = 70
)

// place returns which units of a passage to show around the best of them: the row or
// item that was asked for; the whole section if it is short, and of a text without
// headings the paragraph; else what stands around the best, in most words. It tells
// whether they are alone, as just what was asked for.
func (q *question) place(p rag.Passage, us []unit, best, most int) (from, to int, alone bool) {
	if q.lookup(p, us, best) {
		return best, below(p, us, best), true
	}
	first, last := 0, len(us)
	if p.Heading == "" {
		first = slices.IndexFunc(us, func(u unit) bool { return u.block == us[best].block })
		for last > 0 && us[last-1].block != us[best].block {
			last--
		}
	}
	switch {
	case text.Count(p.Text[us[first].start:us[last-1].end]) <= most:
		from, to = first, last
	case us[best].kind == rag.Table && (len(q.exact) > 0 || q.touches(p, us[best])):
		from, to = q.rowsAsked(p, us, best)
		return from, to, false
	default:
		from, to = around(p, us[:last], first, best, most)
	}
	leads := func(i int) bool { return introduces(p.Text[us[i].start:us[i].end]) }
	for to-1 > best && leads(to-1) {
		to-- // what it introduces is not shown
	}
	if to == best+1 && to < last && leads(best) {
		to++
	}
	return from, to, false
}

// touches tells whether a unit holds a word of the question.
func (q *question) touches(p rag.Passage, u unit) bool {
	return slices.Contains(q.covered(p.Text[u.start:u.end], text.Language(p.Text)), true)
}

// bright returns the best candidate with what is highlighted of it: nothing of a row that
// holds no word of the question, and is shown for the table's sake.
func (q *question) bright(best candidate, p rag.Passage, us []unit) candidate {
	if u := us[best.unit]; u.kind == rag.Table && !q.touches(p, u) {
		best.start, best.end = 0, 0
	}
	return best
}

// rowsAsked returns the rows about the best one that hold as much of the question.
func (q *question) rowsAsked(p rag.Passage, us []unit, best int) (from, to int) {
	share := func(i int) float64 {
		return q.share(q.covered(p.Text[us[i].start:us[i].end], text.Language(p.Text)), nil)
	}
	least := max(share(best), .01)
	from, to = best, best+1
	for from > 0 && us[from-1].block == us[best].block && share(from-1) >= least {
		from--
	}
	for to < len(us) && us[to].block == us[best].block && share(to) >= least {
		to++
	}
	return from, to
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
// just that one: by its code or date, or, of a row or an item with a key, by its words
// and those of what it is inside of.
func (q *question) lookup(p rag.Passage, us []unit, best int) bool {
	u := us[best]
	inside := func(u unit) string { return strings.Join(append(slices.Clone(u.under), p.Text[u.start:u.end]), "\n") }
	s := inside(u)
	lang := text.Language(p.Text)
	coded := 0
	mine, held := q.covered(s, lang), q.holds(s, lang)
	keyed := q.keyed(u, p.Text[u.start:u.end], lang)
	end := below(p, us, best)
	words := u.kind == rag.Table || u.kind == rag.List && (end > best+1 || entry.MatchString(p.Text[u.start:u.end]))
	var others [][]bool // what of the question each holds
	for i, o := range us {
		if i >= best && i < end || o.kind != u.kind || o.block != u.block && u.kind != rag.Paragraph {
			continue
		}
		other := inside(o)
		if held > 0 && q.holds(other, lang) >= held {
			held = 0
		}
		keyed = keyed && !q.keyed(o, p.Text[o.start:o.end], lang)
		others = append(others, q.covered(other, lang))
		if slices.ContainsFunc(text.Exacts(p.Text[o.start:o.end], lang), func(e text.Exact) bool { return e.Strong }) {
			coded++
		}
	}
	if keyed && len(others) > 1 || held > 0 && (u.kind == rag.Table || 2*coded > len(others)) {
		return true
	}
	return words && q.share(mine, nil) > 0 && q.stands(mine, others)
}

// below returns the unit after those inside of a list's item: it is shown with them.
func below(p rag.Passage, us []unit, item int) int {
	end := item + 1
	if us[item].kind == rag.List && text.IsItem(p.Text[us[item].start:us[item].end]) {
		for end < len(us) && us[end].block == us[item].block && len(us[end].under) > len(us[item].under) {
			end++
		}
	}
	return end
}

// stands tells whether an entry holds clearly more of the question than each of the
// others; without a code in the question, more of what they hold between them.
func (q *question) stands(mine []bool, others [][]bool) bool {
	all := 1.
	if !slices.ContainsFunc(q.exact, func(e text.Exact) bool { return e.Strong }) {
		any := mine
		for _, o := range others {
			any = either(any, o)
		}
		all = q.share(any, nil)
	}
	return !slices.ContainsFunc(others, func(o []bool) bool { return q.share(mine, o) < lookupShare*all })
}

// keyEnd matches what ends the key of an item.
var keyEnd = regexp.MustCompile(`[,;:：=|(（]|\s[-–—→]+\s|\t`)

// maxKey is how many words a key may have.
const maxKey = 6

// keyed tells whether the question holds the whole key of a row or item: its first
// cell, or the words before its first colon, comma or dash.
func (q *question) keyed(u unit, s, lang string) bool {
	words := text.Words(keyOf(s, u.kind))
	asked := text.Words(q.text)
	for _, w := range words {
		named := slices.ContainsFunc(asked, func(a text.Word) bool { return strings.EqualFold(a.Text, w.Text) })
		if terms := text.Terms(w.Text, lang); !named && (len(terms) == 0 || !q.asks(terms[0], lang)) {
			return false
		}
	}
	return len(words) > 0 && len(words) <= maxKey
}

// keyOf returns the first cell of a row, and of an item what stands before its first
// separator; empty if there is none.
func keyOf(s string, kind rag.BlockKind) string {
	if kind != rag.Table && kind != rag.List {
		return ""
	}
	key := strings.Trim(text.WithoutMark(s), "| *_`")
	if end := keyEnd.FindStringIndex(key); end != nil {
		return key[:end[0]]
	}
	return ""
}

// isEntry tells whether a row or item says something of a key.
func isEntry(s string, kind rag.BlockKind) bool {
	n := len(text.Words(keyOf(s, kind)))
	return n > 0 && n <= maxKey
}

// asks tells whether a term is one of the question's.
func (q *question) asks(term, lang string) bool {
	return slices.ContainsFunc(q.termsIn(lang), func(stems []string) bool { return slices.Contains(stems, term) })
}

// lookupShare is the share of the question's weight that an entry must have more than
// each of its neighbours to be shown alone.
const lookupShare = .15

// say emits the units from to to of a passage, each block for itself: sentences and code
// as they stand, items one by one, rows below their header. All but the first of an
// answer are set apart from what is before. What fits best is highlighted.
func say(p rag.Passage, best candidate, us []unit, from, to int, first bool, emit func(rag.Sentence)) {
	for i := from; i < to; {
		next := i + 1
		for next < to && us[next].block == us[i].block && us[i].kind != rag.List {
			next++
		}
		s, at := p.Text[us[i].start:us[next-1].end], us[i].start
		if us[i].kind == rag.Table && us[i].under[0] != "" {
			s = us[i].under[0] + "\n" + s
			if us[i].block < len(p.Blocks) {
				at = p.Blocks[us[i].block].Span.Start - p.Span.Start // before its header
			}
		}
		gap := gapBefore(p.Text[:at])
		indent := strings.TrimLeft(gap, "\n")
		if i == from && first {
			gap = indent
		}
		if us[i].kind != rag.List {
			gap = strings.TrimRight(gap, " \t")
		}
		cites := []int{best.hit + 1}
		if us[i].kind == rag.List && (i == from || us[i].block != us[i-1].block) {
			for _, line := range us[i].above {
				emit(rag.Sentence{Text: strings.TrimRight(gap, " \t") + strings.TrimRight(line, " \t\r\n"), Cites: cites})
				gap = "\n" + indent
			}
		}
		said := rag.Sentence{Text: gap + s, Cites: cites}
		if us[i].start <= best.start && best.end <= us[next-1].end {
			before := len(said.Text) - us[next-1].end // it ends as the units do
			said.Highlights = []rag.Span{{Start: before + best.start, End: before + best.end}}
		}
		emit(said)
		i = next
	}
}

// gapBefore returns the line ends that s ends with, two at most: they set a block
// apart. An item inside another keeps its indentation.
func gapBefore(s string) string {
	gap := s[len(strings.TrimRightFunc(s, unicode.IsSpace)):]
	return strings.Repeat("\n", min(2, max(1, strings.Count(gap, "\n")))) + gap[strings.LastIndex(gap, "\n")+1:]
}
