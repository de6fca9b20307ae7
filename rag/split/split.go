// Package split cuts Documents into Passages, the units of search and citation.
//
// A block is one passage unless it is long: then its parts are cut where it
// hurts least, and are of about the same length. Document is pure: the same
// Document always gives the same passages, with the same IDs.
package split

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
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
)

// Document returns the passages of d in order. Every block is one or several;
// the parts of a block share its Paragraph, the block's ordinal from 1. Each
// passage's Text is d.Text at its Span, without white space around it.
func Document(d rag.Document) []rag.Passage {
	ps := make([]rag.Passage, 0, len(d.Blocks))
	for i, b := range d.Blocks {
		block := d.Text[b.Span.Start:b.Span.End]
		line, counted := b.Line, 0
		for _, part := range cut(block, cutters(b.Kind)) {
			line += text.LineEnds(block[counted:part.start])
			counted = part.start
			p := rag.Passage{
				DocID: d.ID, Title: d.Title, Heading: b.Heading, URL: d.URL, Date: d.Date,
				Span:      rag.Span{Start: b.Span.Start + part.start, End: b.Span.Start + part.end},
				Paragraph: i + 1, Line: line, Page: b.Page,
				Text: block[part.start:part.end],
			}
			p.ID = id(p)
			ps = append(ps, p)
		}
	}
	return ps
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
	return join(s, pieces)
}

// join joins neighbouring pieces of s to as few parts as they need, of about the
// same length.
func join(s string, pieces []unit) []unit {
	rest := pieces[0] // from the current part on
	for _, p := range pieces[1:] {
		rest = rest.to(p)
	}
	var parts []unit
	part, first := pieces[0], 0
	for i, p := range pieces[1:] {
		if joined := part.to(p); joined.fits() && !beyondShare(part, p, rest) {
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
func beyondShare(part, p, rest unit) bool {
	byWords, byBytes := (rest.words+maxWords-1)/maxWords, (rest.bytes()+maxBytes-1)/maxBytes
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
