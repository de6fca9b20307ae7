package answer

import (
	"bytes"
	"regexp"
)

// A lineKind says what a line is, by how it begins.
type lineKind int

const (
	prose lineKind = iota
	item
	heading
	table
	fenced
)

// A fence is what a block of code stands between, such as three backticks.
type fence struct {
	char  byte
	size  int  // 0 outside of code
	fresh bool // at the beginning of a line of code
}

var itemStart = regexp.MustCompile(`^(?:[-*+•–]|\d{1,3}[.)])[ \t]`)

// lineStart tells what the line is that b begins, and how much of b says so. It is
// not ok where more of the text has to be known.
func lineStart(b []byte, final bool) (k lineKind, n int, ok bool) {
	short := func(n int) bool { return !final && len(b) < n }
	switch c := b[0]; {
	case c == '|':
		return table, 1, true
	case c == '#':
		n := run(b, '#', 7)
		if n == len(b) && n < 7 && !final {
			return prose, 0, false
		}
		if n < 7 && n < len(b) && (b[n] == ' ' || b[n] == '\t') {
			return heading, n, true
		}
	case c == '`' || c == '~':
		return fenceStart(b, final)
	case c >= '0' && c <= '9', bytes.IndexByte([]byte("-*+"), c) >= 0, bytes.HasPrefix(b, []byte("•")), bytes.HasPrefix(b, []byte("–")):
		if m := itemStart.Find(b[:min(len(b), 5)]); m != nil {
			return item, len(m) - 1, true
		}
		if short(5) && mayBeItem(b) {
			return prose, 0, false
		}
	}
	return prose, 0, true
}

// mayBeItem tells whether what is there of a line is the beginning of a mark of a
// list.
func mayBeItem(b []byte) bool {
	digits := run(b, 0, 4)
	switch {
	case digits == 0:
		return len(bytes.Runes(b)) == 1
	case digits > 3:
		return false
	}
	return len(b) == digits || len(b) == digits+1 && (b[digits] == '.' || b[digits] == ')')
}

// fenceStart reads three or more backticks or tildes. Backticks with others on
// their line are code within a line.
func fenceStart(b []byte, final bool) (k lineKind, n int, ok bool) {
	c := b[0]
	n = run(b, c, maxWord)
	if n == len(b) && n < maxWord && !final {
		return prose, 0, false
	}
	if n < 3 || n == maxWord {
		return prose, 0, true
	}
	if c == '~' {
		return fenced, n, true
	}
	for i := n; i < len(b) && i < n+maxWord; i++ {
		switch b[i] {
		case '\n':
			return fenced, n, true
		case '`':
			return prose, 0, true
		}
	}
	return fenced, n, final || len(b) >= n+maxWord
}

// run counts how often b begins with c, or with digits if c is 0, up to limit.
func run(b []byte, c byte, limit int) int {
	n := 0
	for n < len(b) && n < limit && (b[n] == c || c == 0 && b[n] >= '0' && b[n] <= '9') {
		n++
	}
	return n
}

// code scans within a block of code up to the line that closes it.
func (s *scanner) code(b []byte, r rune, n int, final bool) int {
	if s.fence.fresh {
		closing, end, ok := s.fence.closes(b, final)
		if !ok {
			s.work += min(len(b), maxWord)
			return 0
		}
		if closing {
			s.cur = append(s.cur, b[:end]...)
			s.fence, s.done, s.kind = fence{}, true, prose
			return end
		}
	}
	if len(s.cur) > maxSentence {
		s.flush()
	}
	s.cur = appendValid(s.cur, b[:n])
	s.fence.fresh = r == '\n'
	return n
}

// closes tells whether the line that b begins closes the fence, and where it does.
// Marks may follow on it.
func (f fence) closes(b []byte, final bool) (closing bool, end int, ok bool) {
	i := 0
	skip := func() {
		for i < len(b) && i < maxWord && (b[i] == ' ' || b[i] == '\t') {
			i++
		}
	}
	skip()
	size := run(b[i:], f.char, maxWord)
	i += size
	end = i
	if i < len(b) {
		skip()
	}
	switch {
	case i == len(b) && i < maxWord && !final:
		return false, 0, false
	case size < f.size:
		return false, 0, true
	case i == len(b):
		return final, end, true
	}
	rest := b[i:]
	closing = rest[0] == '\n' || rest[0] == '\r' || rest[0] == '['
	for _, open := range []string{"【", "［"} {
		if len(rest) < len(open) && bytes.HasPrefix([]byte(open), rest) && !final {
			return false, 0, false
		}
		closing = closing || bytes.HasPrefix(rest, []byte(open))
	}
	return closing, end, true
}

// span returns the length of the `code` that b begins with, or of its backticks
// alone if they are not closed on the line.
func (s *scanner) span(b []byte, final bool) (n int, ok bool) {
	ticks := run(b, '`', maxWord)
	if ticks == len(b) && ticks < maxWord && !final {
		s.work += ticks
		return 0, false
	}
	if ticks == maxWord {
		return ticks, true
	}
	i := max(ticks, s.seen)
	from := i
	defer func() { s.work += i - from + ticks }()
	for i < len(b) && i < maxCode {
		switch b[i] {
		case '\n':
			return ticks, true
		case '`':
			size := run(b[i:], '`', maxWord)
			if i+size == len(b) && size < maxWord && !final {
				s.seen = i
				return 0, false
			}
			if size == ticks {
				return i + size, true
			}
			i += size
		default:
			i++
		}
	}
	s.seen = i
	return ticks, final || i >= maxCode
}
