package answer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag/text"
)

// maxMark is how many bytes a mark may have; what is longer is text.
const maxMark = 64

// sourceWords may stand before the numbers of a mark: [source 1].
var sourceWords = set(`source sources quelle quellen fuente fuentes источник источники 来源`)

// A mark is what a model writes for a citation, such as [1], [2, 3] or 【4-6】.
type mark struct {
	ranges [][2]int // first and last number
}

// readMark reads the mark at the beginning of b and returns how many bytes it
// has, 0 if there is none. It is not ok where more of the text has to be known.
func readMark(b []byte, final bool) (m mark, n int, ok bool) {
	open, n := utf8.DecodeRune(b)
	if !strings.ContainsRune("[［【", open) {
		return m, 0, true
	}
	double := false
	if r, size := utf8.DecodeRune(b[n:]); r == open && size > 0 {
		double = true
		n += size
	}
	var p markParser
	closed := false
	for n < len(b) && n < maxMark {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && !utf8.FullRune(b[n:]) {
			break
		}
		n += size
		isClose := strings.ContainsRune("]］】", r)
		switch {
		case isClose && (!double || closed):
			if !p.finish() {
				return mark{}, 0, true
			}
			return p.mark, n, true
		case isClose:
			closed = true
			continue
		case double && r == open && len(p.ranges)+p.digits > 0:
			r = ','
		}
		if closed && !strings.ContainsRune(" ,，;；、", r) {
			return mark{}, 0, true // [[1]: not closed twice
		}
		if closed = false; !p.next(r) {
			return mark{}, 0, true
		}
	}
	return mark{}, 0, final || n >= maxMark
}

// A markParser reads what stands between the brackets, rune by rune.
type markParser struct {
	mark
	word    []rune // before the numbers
	number  int
	digits  int  // of number
	ranging bool // number ends a range
	ended   bool // a space ended number
	note    bool // after a dagger: 【1†L1-L9】
}

func (p *markParser) next(r rune) bool {
	if r >= '０' && r <= '９' {
		r -= '０' - '0'
	}
	switch {
	case p.note:
		return r != '\n'
	case r >= '0' && r <= '9':
		if p.ended {
			p.add()
		}
		p.number, p.digits = min(p.number*10+int(r-'0'), 1e6), p.digits+1
		return true
	case r == ' ' || r == '\t' || r == '\u00a0':
		p.ended = p.digits > 0
		return true
	case strings.ContainsRune(",，;；、&", r):
		p.add()
		return len(p.ranges) > 0
	case strings.ContainsRune("-–—~～", r):
		if p.digits == 0 || p.ranging {
			return false
		}
		p.add()
		p.ranging = true
		return true
	case r == '†':
		p.note = p.digits > 0
		return p.note
	case len(p.ranges) > 0 || p.digits > 0:
		return false
	case r == '^' || r == ':':
		return true
	case unicode.IsLetter(r):
		p.word = append(p.word, unicode.ToLower(r))
		return len(p.word) <= 12
	}
	return false
}

// add ends a number.
func (p *markParser) add() {
	switch last := len(p.ranges) - 1; {
	case p.digits == 0:
		return
	case p.ranging && p.number >= p.ranges[last][0]:
		p.ranges[last][1] = p.number
	default:
		p.ranges = append(p.ranges, [2]int{p.number, p.number})
	}
	p.number, p.digits, p.ranging, p.ended = 0, 0, false, false
}

func (p *markParser) finish() bool {
	p.add()
	return len(p.ranges) > 0 && !p.ranging && (len(p.word) == 0 || sourceWords[string(p.word)])
}

// cites returns the sources that a mark cites out of n, and how many it names that
// there are not. It is not ok if the mark rather is text: [0], a year, or the
// index of array[9].
func (m mark) cites(n int, before rune) (cites []int, unknown int, ok bool) {
	highest := 0
	for _, r := range m.ranges {
		if r[0] == 0 {
			return nil, 0, false
		}
		highest = max(highest, r[1])
		for i := r[0]; i <= min(r[1], n); i++ {
			cites = append(cites, i)
		}
		if r[1] > n {
			unknown++
		}
	}
	if len(cites) == 0 && (highest >= 1000 || inWord(before)) {
		return nil, 0, false
	}
	return cites, unknown, true
}

// inWord tells whether a bracket that follows r is attached to a word.
func inWord(r rune) bool {
	return r == '_' || isLetterOrDigit(r) && !text.Unspaced(string(r))
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// union appends to a what of b is not in it.
func union(a, b []int) []int {
	for _, n := range b {
		if !slices.Contains(a, n) {
			a = append(a, n)
		}
	}
	return a
}
