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

// sourceWords may stand before the numbers of a mark, [source 1], or before what
// names the source: [source: leave.md]. markWords only stand before numbers.
var (
	sourceWords = set(`source sources quelle quellen fuente fuentes источник источники 来源`)
	markWords   = set(`id ids ref refs reference references doc docs document documents dokument passage passages citation cite excerpt context`)
)

// A mark is what a model writes for a citation, such as [1], [2, 3], 【4-6】,
// (source 1) or ¹.
type mark struct {
	ranges [][2]int // first and last number
	named  bool     // a source is named, which is no number
	round  bool     // in round brackets, which may be text
}

// readMark reads the mark at the beginning of b and returns how many bytes it
// has, 0 if there is none. It is not ok where more of the text has to be known.
func readMark(b []byte, final bool) (m mark, n int, ok bool) {
	open, n := utf8.DecodeRune(b)
	if strings.ContainsRune(raised, open) {
		return readRaised(b, final)
	}
	if !strings.ContainsRune("[［【(（", open) {
		return m, 0, true
	}
	round := open == '(' || open == '（'
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
		if round {
			isClose = r == ')' || r == '）'
		}
		switch {
		case isClose && (!double || closed):
			if !p.finish() || round && p.named {
				return mark{}, 0, true
			}
			p.round = round
			if round {
				return roundMark(p, b, n, final)
			}
			size, ok := linked(b, n, final)
			return p.mark, size, ok
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

// raised are the digits of a footnote's mark.
const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹"

func readRaised(b []byte, final bool) (m mark, n int, ok bool) {
	number := 0
	for n < len(b) && n < maxMark {
		r, size := utf8.DecodeRune(b[n:])
		i := slices.Index([]rune(raised), r)
		if i < 0 && (final || utf8.FullRune(b[n:])) {
			return mark{ranges: [][2]int{{number, number}}, round: true}, n, true
		} else if i < 0 {
			return m, 0, false
		}
		number, n = min(number*10+i, 1e6), n+size
	}
	return mark{ranges: [][2]int{{number, number}}, round: true}, n, final || n >= maxMark
}

// roundMark tells whether (1) or (source 1), which ends at n, is a mark: a number
// alone is one at the end of a sentence or line only.
func roundMark(p markParser, b []byte, n int, final bool) (mark, int, bool) {
	if len(p.word) > 0 {
		return p.mark, n, sourceWords[string(p.word)] || markWords[string(p.word)]
	}
	r, _ := utf8.DecodeRune(b[n:])
	switch {
	case !final && !utf8.FullRune(b[n:]):
		return mark{}, 0, false
	case n < len(b) && r != '\n' && !strings.ContainsRune(stops, r):
		return mark{}, 0, true
	}
	return p.mark, n, true
}

// linked returns the end of a mark that ends at n with the address behind it:
// [1](leave.md).
func linked(b []byte, n int, final bool) (end int, ok bool) {
	if n < len(b) && b[n] != '(' {
		return n, true
	}
	for i := n; i < len(b) && i < n+2*maxMark; i++ {
		switch b[i] {
		case ')':
			return i + 1, true
		case ' ', '\n', '[':
			return n, true
		}
	}
	return n, final || len(b) >= n+2*maxMark
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
	colon   bool // after the word
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
	case r == ':':
		p.colon = len(p.word) > 0
		return true
	case r == '^' || r == '#':
		return true
	case p.colon && r != ']' && sourceWords[string(p.word)]:
		p.named, p.note = true, true
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
	word := string(p.word)
	return p.named || len(p.ranges) > 0 && !p.ranging && (word == "" || sourceWords[word] || markWords[word])
}

// cites returns the sources that a mark cites out of n, and how many it names that
// there are not. It is not ok if the mark rather is text: [0, 1], a year, the
// index of array[9], or m².
func (m mark) cites(n int, before rune) (cites []int, unknown int, ok bool) {
	highest := 0
	if m.named || len(m.ranges) == 1 && m.ranges[0] == [2]int{} && before == 0 && !m.round {
		return nil, 1, true
	}
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
	if m.round && (len(cites) == 0 || before != 0 && !strings.ContainsRune(stops, before)) {
		return nil, 0, false
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
