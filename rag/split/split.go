// Package split cuts Documents into Passages, the units of search.
//
// A passage is a section: consecutive blocks under one heading, as many as fit. What
// is longer is cut where it hurts least, into parts of about the same length, and each
// part of a table or list keeps the lines that it needs to be understood. Document is
// pure: the same Document always gives the same passages, with the same IDs.
package split

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag"
	"footnote/rag/text"
)

// A passage is at most maxWords words: an embedder reads about that many, and a
// vector of more says less of each. What has long words or none is cut at
// maxBytes, four times the length of common text.
const (
	maxWords = 180
	maxBytes = 4096
	// maxWindow is how many words of a text without headings are joined: its
	// paragraphs may be about anything. With 180, hit@1 on squad_tune was .80, not .82.
	maxWindow = 60
)

// Document returns the passages of d in order. Each has whole blocks, or a part of
// one: the parts of a block share its Paragraph, the block's ordinal from 1. Each
// passage's Text is d.Text at its Span, without white space around it.
func Document(d rag.Document) []rag.Passage {
	ps := make([]rag.Passage, 0, len(d.Blocks))
	for first, count := range sections(d) {
		for _, p := range section(d, first, count) {
			p.ID = id(p)
			ps = append(ps, p)
		}
	}
	return ps
}

// sections yields the runs of blocks that have one heading and page, and nothing but
// space between them: the first block of each, and how many there are.
func sections(d rag.Document) iter.Seq2[int, int] {
	return func(yield func(first, count int) bool) {
		first := 0
		for i := 1; i <= len(d.Blocks); i++ {
			if i < len(d.Blocks) && together(d, d.Blocks[i-1], d.Blocks[i]) {
				continue
			}
			if first < i && !yield(first, i-first) {
				return
			}
			first = i
		}
	}
}

func together(d rag.Document, a, b rag.Block) bool {
	return a.Heading == b.Heading && a.Page == b.Page && strings.TrimSpace(d.Text[a.Span.End:b.Span.Start]) == ""
}

// A piece is a block, or a part of one.
type piece struct {
	unit      // in the document
	block int // index of the block
	lead  string
}

// section returns the passages of some blocks. Neighbours are joined to as few
// passages as they need; the parts of a long block stay by themselves.
func section(d rag.Document, first, count int) []rag.Passage {
	var ps []rag.Passage
	var run []piece // whole blocks
	most := maxWords
	if d.Blocks[first].Heading == "" {
		most = maxWindow
	}
	flush := func() {
		for _, group := range groups(d, run, most) {
			ps = append(ps, passage(d, group))
		}
		run = nil
	}
	for i := first; i < first+count; i++ {
		parts := pieces(d, i)
		if len(parts) == 1 {
			run = append(run, parts[0])
			continue
		}
		flush()
		for _, p := range parts {
			ps = append(ps, passage(d, []piece{p}))
		}
	}
	flush()
	return ps
}

// groups joins whole blocks to passages, as join does with the pieces of one. A
// paragraph stays with the list, table or code behind it.
func groups(d rag.Document, run []piece, most int) [][]piece {
	if len(run) == 0 {
		return nil
	}
	var units []unit
	for i, p := range run {
		last := len(units) - 1
		if i > 0 && d.Blocks[run[i-1].block].Kind == rag.Paragraph && d.Blocks[p.block].Kind != rag.Paragraph && units[last].to(p.unit).fits() {
			units[last] = units[last].to(p.unit)
			continue
		}
		units = append(units, p.unit)
	}
	var out [][]piece
	at := 0
	for _, part := range join(d.Text, units, most) {
		n := at
		for n < len(run) && run[n].end <= part.end {
			n++
		}
		out = append(out, run[at:n])
		at = n
	}
	return out
}

// pieces returns the parts of a block, the whole if it fits.
func pieces(d rag.Document, i int) []piece {
	b := d.Blocks[i]
	block := d.Text[b.Span.Start:b.Span.End]
	parts := cut(block, cutters(b.Kind))
	leads := leadsOf(block, b.Kind, parts)
	ps := make([]piece, len(parts))
	for n, part := range parts {
		ps[n] = piece{unit{b.Span.Start + part.start, b.Span.Start + part.end, part.words}, i, leads[n]}
	}
	return ps
}

func passage(d rag.Document, group []piece) rag.Passage {
	first, last := group[0], group[len(group)-1]
	b := d.Blocks[first.block]
	p := rag.Passage{
		DocID: d.ID, Title: d.Title, Heading: b.Heading, URL: d.URL, Date: d.Date,
		Span:      rag.Span{Start: first.start, End: last.end},
		Paragraph: first.block + 1, Line: b.Line + text.LineEnds(d.Text[b.Span.Start:first.start]), Page: b.Page,
		Lead: first.lead,
		Text: d.Text[first.start:last.end],
	}
	for _, g := range group {
		b := d.Blocks[g.block]
		b.Line += text.LineEnds(d.Text[b.Span.Start:g.start])
		b.Span = rag.Span{Start: g.start, End: g.end}
		p.Blocks = append(p.Blocks, b)
	}
	return p
}

// maxLead is how many bytes a lead may have.
const maxLead = 600

// leadOf returns what each part of a block needs: the header of a table with its rule,
// and the lines before the first row or item.
func leadOf(block string, kind rag.BlockKind) string {
	lead := ""
	switch kind {
	case rag.Table:
		if lead = block[:headerEnd(block)]; len(lead) > maxLead {
			lead = unpadded(lead)
		}
	case rag.List:
		if places := items(block); len(places) > 1 && !itemStart.MatchString(block) {
			lead = block[:places[1]]
		}
	}
	if len(lead) > maxLead {
		return ""
	}
	return lead
}

// padding is what aligns the columns of a table for who reads its source.
var padding = regexp.MustCompile(`[ \t]{2,}|-{4,}`)

// unpadded returns the header of a table without its padding.
func unpadded(header string) string {
	return padding.ReplaceAllStringFunc(header, func(s string) string {
		if s[0] == '-' {
			return "---"
		}
		return " "
	})
}

// leadsOf returns what each part of a block cannot be understood without: what leads in
// to the block, and of a list the items that the part is inside of.
func leadsOf(block string, kind rag.BlockKind, parts []unit) []string {
	leads := make([]string, len(parts))
	if len(parts) == 1 {
		return leads
	}
	lead := leadOf(block, kind)
	var open text.Outline
	read := 0
	for n, part := range parts {
		for line := range strings.Lines(block[read:part.start]) {
			if kind == rag.List {
				open.Read(line)
			}
		}
		read = max(read, part.start)
		if n == 0 {
			continue
		}
		start := strings.LastIndexAny(block[:read], "\r\n") + 1
		parents := strings.Join(open.Around(block[start:]), "")
		if len(lead)+len(parents) > maxLead {
			parents = ""
		}
		leads[n] = strings.TrimRight(lead+parents, " \t\r\n")
	}
	return leads
}

// headerEnd returns where the first row of a Markdown table begins, 0 if there is no
// line of dashes before it.
func headerEnd(block string) int {
	starts := lines(block)
	for i, at := range starts[:len(starts)-1] {
		if line := block[at:starts[i+1]]; strings.Contains(line, "-") && strings.Trim(line, " \t|:-\r\n") == "" {
			return starts[i+1]
		}
	}
	return 0
}

// id returns 32 hexadecimal digits that identify where a passage is, the
// heading above it and what it says.
func id(p rag.Passage) string {
	h := sha256.New()
	number := func(n int) {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	for _, s := range []string{p.DocID, p.Heading, p.Text} {
		number(len(s)) // so that ("ab", "c") and ("a", "bc") differ
		h.Write([]byte(s))
	}
	number(p.Span.Start)
	number(p.Span.End)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// unit is a range of a text, without the space around it, and its number of
// words.
type unit struct{ start, end, words int }

func (u unit) bytes() int { return u.end - u.start }

func (u unit) fits() bool { return u.words <= maxWords && u.bytes() <= maxBytes }

// to returns the unit from the start of u to the end of v.
func (u unit) to(v unit) unit { return unit{u.start, v.end, u.words + v.words} }

// cut returns the parts of s, the whole if it fits into a passage. It cuts with
// the first cutter, what is then still too long with the next, and joins the
// pieces again to parts of about the same length.
func cut(s string, cutters []cutter) []unit {
	start := len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	whole := unit{start, start + len(strings.TrimSpace(s)), text.Count(s)}
	switch {
	case whole.bytes() == 0:
		return nil
	case whole.fits():
		return []unit{whole}
	case len(cutters) == 0:
		return cutRunes(s, whole)
	}
	starts := cutters[0](s)
	var pieces []unit
	for i, at := range starts {
		end := len(s)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		for _, u := range cut(s[at:end], cutters[1:]) {
			pieces = append(pieces, unit{at + u.start, at + u.end, u.words})
		}
	}
	return join(s, pieces, maxWords)
}

// join joins neighbouring pieces of s to as few parts as they need, of about the
// same length.
func join(s string, pieces []unit, most int) []unit {
	rest := pieces[0] // from the current part on
	for _, p := range pieces[1:] {
		rest = rest.to(p)
	}
	var parts []unit
	part, first := pieces[0], 0
	for i, p := range pieces[1:] {
		if joined := part.to(p); joined.words <= most && joined.bytes() <= maxBytes && !beyondShare(part, p, rest, most) {
			part = joined
			continue
		}
		parts = appendPart(parts, s, part, pieces[first:i+1])
		rest = unit{p.start, rest.end, rest.words - part.words}
		part, first = p, i+1
	}
	return appendPart(parts, s, part, pieces[first:])
}

// appendPart appends a part, or its pieces where the whole has more words than
// they have: what is a word depends on the letters around it.
func appendPart(parts []unit, s string, part unit, pieces []unit) []unit {
	if text.Count(s[part.start:part.end]) > maxWords {
		return append(parts, pieces...)
	}
	return append(parts, part)
}

// beyondShare tells whether a part is nearer to its equal share of the rest
// without p than with it.
func beyondShare(part, p, rest unit, most int) bool {
	byWords, byBytes := (rest.words+most-1)/most, (rest.bytes()+maxBytes-1)/maxBytes
	if byWords >= byBytes {
		return 2*part.words+p.words > 2*rest.words/byWords
	}
	return 2*part.bytes()+p.bytes() > 2*rest.bytes()/byBytes
}

// cutRunes cuts at any character what has no better place.
func cutRunes(s string, whole unit) []unit {
	var parts []unit
	n := whole.bytes()
	count := n/(maxBytes-utf8.UTFMax) + 1
	at := whole.start
	for k := 1; k <= count; k++ {
		end := whole.start + n*k/count
		for end < whole.end && !utf8.RuneStart(s[end]) {
			end--
		}
		parts = append(parts, unit{at, end, text.Count(s[at:end])})
		at = end
	}
	return parts
}
