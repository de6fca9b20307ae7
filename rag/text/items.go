package text

import (
	"regexp"
	"strings"
)

var itemMark = regexp.MustCompile(`^(?:[-*+•–]|\d{1,9}[.)])(?:[ \t]|$)`)

// IsItem tells whether a line begins with the mark of a list's item.
func IsItem(line string) bool { return itemMark.MatchString(strings.TrimSpace(line)) }

// WithoutMark returns an item without its mark.
func WithoutMark(item string) string { return itemMark.ReplaceAllString(item, "") }

// Outline knows, line by line, the items that a line of a list is inside of.
type Outline struct {
	open  []string
	ended bool // the first paragraph of the last item
}

// Read takes the next line with its indentation and its end. A line that goes on with
// the first paragraph of an item is part of it.
func (o *Outline) Read(line string) {
	last := len(o.open) - 1
	switch {
	case IsItem(line):
		o.open, o.ended = append(o.Around(line), line), false
	case strings.TrimSpace(line) == "":
		o.ended = true
	case last >= 0 && !o.ended:
		o.open[last] += line
	}
}

// Around returns the items that a line which begins an item is inside of, outermost
// first.
func (o *Outline) Around(line string) []string {
	n := len(o.open)
	for n > 0 && indent(o.open[n-1]) >= indent(line) {
		n--
	}
	return o.open[:n:n]
}

// indent returns how far a line is indented; a tab is four columns.
func indent(line string) int {
	n := 0
	for _, r := range line {
		switch r {
		case ' ':
			n++
		case '\t':
			n += 4
		default:
			return n
		}
	}
	return n
}

// entryLine matches a line that says something of one thing: its key, a separator and
// what is said, as in a list of telephone numbers.
var entryLine = regexp.MustCompile(`^[ \t]*[\pLu\pLo\pN"'_.#/-][^:=,;|\t]{0,60}(?:[:=,;|\t]|[ \t][-–—][ \t])`)

// IsEntries tells whether s is a list without marks: at least four lines, nearly each of
// which is an entry of its own. Running text that is broken into lines is none.
func IsEntries(s string) bool {
	const least, share = 4, .8
	n, entries, open := 0, 0, 0
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		n++
		if entryLine.MatchString(line) {
			entries++
		}
		if strings.HasSuffix(line, ",") || strings.HasSuffix(line, "-") {
			open++ // goes on in the next line
		}
	}
	return n >= least && float64(entries) >= share*float64(n) && 4*open < n
}
