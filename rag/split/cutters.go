package split

import (
	"regexp"
	"strings"
	"unicode"

	"footnote/rag"
	"footnote/rag/text"
)

// A cutter returns the places where a text may be cut, in order: 0, then where
// later pieces start.
type cutter func(s string) []int

// cutters returns where a long block of this kind is cut, best places first.
func cutters(kind rag.BlockKind) []cutter {
	switch kind {
	case rag.List:
		return []cutter{items, items, items, lines, sentences, fields, words}
	case rag.Table:
		return []cutter{lines, sentences, fields, words}
	case rag.Code:
		return []cutter{lines, fields, words}
	}
	return []cutter{sentences, lines, fields, words}
}

// from makes the first place 0.
func from(places []int) []int {
	if len(places) == 0 {
		return []int{0}
	}
	places[0] = 0
	return places
}

func sentences(s string) []int {
	var places []int
	for _, span := range text.Sentences(s) {
		places = append(places, span[0])
	}
	return from(places)
}

func lines(s string) []int {
	places := []int{0}
	for at := 0; ; {
		i := strings.IndexAny(s[at:], "\r\n")
		if i < 0 {
			return places
		}
		at += i + 1
		places = append(places, at)
	}
}

var itemStart = regexp.MustCompile(`^[ \t]*(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t\r\n]|$)`)

// items cuts before the list items that are indented least.
func items(s string) []int {
	var places []int
	least := len(s)
	starts := lines(s)
	for _, at := range starts[1:] {
		indent := len(s[at:]) - len(strings.TrimLeft(s[at:], " \t"))
		switch {
		case indent > least || !itemStart.MatchString(s[at:]):
			continue
		case indent < least:
			least, places = indent, nil
		}
		places = append(places, at)
	}
	return append([]int{0}, places...)
}

// fields cuts after white space.
func fields(s string) []int {
	var places []int
	after := true
	for i, r := range s {
		space := unicode.IsSpace(r)
		if after && !space {
			places = append(places, i)
		}
		after = space
	}
	return from(places)
}

// words cuts before words, for what has no white space between them. Of a script
// written without spaces it keeps two letters together, which count as a word.
func words(s string) []int {
	var places []int
	end, pair := -1, false // of the word before
	for _, w := range text.Words(s) {
		pair = w.Start == end && !pair
		if !pair {
			places = append(places, w.Start)
		}
		end = w.End
	}
	return from(places)
}
