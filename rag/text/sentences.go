package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sentences returns the byte ranges of the sentences of s in order, without the
// space around them. It does not cut at abbreviations, initials, decimals or
// host names, and it cuts after CJK full stops, at blank lines and before items
// of a list. UAX #29's own rule broke nine times on a news text of eight
// sentences ("U.S.", "Dr.", "a.m."), so this is a scanner of our own.
func Sentences(s string) [][2]int {
	var out [][2]int
	start, line, inList := 0, 0, listItem.MatchString(s)
	emit := func(end int) {
		a, b := trim(s, start, end)
		if a < b {
			out = append(out, [2]int{a, b})
		}
		start = end
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n':
			rest := s[i+1 : min(len(s), i+65)]
			item := listItem.MatchString(rest) && (inList || endsLine(s[line:i]))
			if item || newBlock.MatchString(rest) {
				emit(i + 1)
			}
			inList = item || inList && !blank.MatchString(rest)
			line = i + 1
		case isStop(r):
			end := afterStop(s, i+n)
			if endsSentence(s, i, end, r) {
				emit(end)
			}
			i = end
			continue
		}
		i += n
	}
	emit(len(s))
	return out
}

func trim(s string, a, b int) (int, int) {
	t := strings.TrimLeftFunc(s[a:b], unicode.IsSpace)
	a = b - len(t)
	return a, a + len(strings.TrimRightFunc(t, unicode.IsSpace))
}

var (
	blank = regexp.MustCompile(`^[ \t]*\r?\n`)
	// newBlock matches what always begins a sentence at the start of a line: a
	// blank line, a row of a table, a heading.
	newBlock = regexp.MustCompile(`^(?:[ \t]*\r?\n|[ \t]*\|[ \t]|#{1,6} )`)
	listItem = regexp.MustCompile(`^[ \t]*(?:[-*+•–]|\d{1,3}[.)])[ \t]`)
)

// endsLine tells whether a list may follow a line: one that ends in the middle of
// a sentence goes on, even if the next begins with "12." or a dash.
func endsLine(line string) bool {
	line = strings.TrimRightFunc(line, unicode.IsSpace)
	return line == "" || strings.ContainsRune(".!?:;,。！？：；"+closers, lastRune(line))
}

func isStop(r rune) bool { return strings.ContainsRune(".!?…。！？．؟।", r) }

func isWide(r rune) bool { return strings.ContainsRune("。！？．", r) }

// closers may follow a full stop within its sentence.
const closers = `"'”’»)]}』」）】`

// afterStop returns the end of the full stops and closing marks at i.
func afterStop(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isStop(r) && !strings.ContainsRune(closers, r) {
			return i
		}
		i += n
	}
	return i
}

// endsSentence tells whether the full stop r at s[i], with what follows it up to
// end, ends a sentence.
func endsSentence(s string, i, end int, r rune) bool {
	if end == len(s) || isWide(r) {
		return true
	}
	next, _ := utf8.DecodeRuneInString(s[end:])
	if !unicode.IsSpace(next) {
		// Only a closing quote lets a sentence begin without a space: `?”Trump`.
		return end > i+1 && strings.ContainsAny(s[i:end], `”"»`) && unicode.IsUpper(next) && !unicode.IsUpper(lastRune(s[:i]))
	}
	rest := strings.TrimLeftFunc(s[end:min(len(s), end+64)], unicode.IsSpace)
	if rest == "" {
		return true
	}
	rest = strings.TrimLeft(rest, `"'“‘«([{„¿¡`)
	after, _ := utf8.DecodeRuneInString(rest)
	if r == '.' && end == i+1 && abbreviated(s[:i], rest) {
		return false
	}
	return !unicode.IsLower(after) || r == '.' && isBullet(rest)
}

func isBullet(rest string) bool {
	return strings.HasPrefix(rest, "• ") || strings.HasPrefix(rest, "- ")
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// Abbreviations that a name follows.
var beforeName = set(`mr mrs ms dr prof sr st gen col lt capt cmdr sgt maj rev hon gov sen rep pres messrs mme mlle
	vs cf ca approx dept ed eds mt ft bros fr hr hl sog bzw z.b u.a d.h i.d.r e.g i.e eq г ул им стр рис см ph.d
	gem bzgl inkl mio mrd tsd sra srta av`)

// Abbreviations that a number follows; "no" is also a word.
var beforeNumber = set(`no nos nr vol vols fig figs pp p ch sec art jan feb mar apr jun jul aug sep sept oct nov dec mär okt dez c v т abs kap ziff bd str`)

// Abbreviations that end a sentence as often as not: the next word decides.
var atEnd = set(`etc inc ltd co corp jr al u.s u.k u.n e.u d.c a.m p.m b.c a.d usw u.s.a и т.д т.п гг`)

// What follows an ordinal in German: am 6. Oktober, im 19. Jahrhundert.
var germanAfterOrdinal = set(`jan feb mär apr jun jul aug sep sept okt nov dez weltkrieg auflage klasse stock tag januar februar märz april mai juni juli august september oktober november dezember jahrhundert
	jahrhunderts jh platz`)

func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// abbreviated tells whether the text before a full stop ends in an abbreviation
// after which the sentence goes on with rest.
func abbreviated(before, rest string) bool {
	word := lastWord(before)
	lower := strings.ToLower(word)
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case beforeName[lower]:
		return true
	case len(word) <= 2 && isNumber(word):
		return germanAfterOrdinal[strings.Trim(firstWord(rest), ".,;")]
	case utf8.RuneCountInString(word) == 1 && isLetterStop(firstWord(rest)):
		return true // z. B., d. h.
	case beforeNumber[lower], strings.HasSuffix(lower, "str"):
		return unicode.IsDigit(next) || unicode.IsLower(next)
	case utf8.RuneCountInString(word) == 1 && unicode.IsUpper(lastRune(word)) && word != "I":
		return !stopWords("en")[firstWord(rest)] // an initial: J. Smith
	case atEnd[lower], strings.Contains(lower, ".") && len(lower) <= 6:
		return !unicode.IsUpper(next) || strings.HasPrefix(lower, "u.") && !stopWords("en")[firstWord(rest)]
	}
	return false
}

// lastWord returns what follows the last space, bracket, quote or dash of s.
func lastWord(s string) string {
	if len(s) > 32 {
		s = s[len(s)-32:]
	}
	cut := strings.LastIndexFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`("“'‘[—–-/`, r)
	})
	if cut < 0 {
		return s
	}
	_, n := utf8.DecodeRuneInString(s[cut:])
	return s[cut+n:]
}

// firstWord returns s up to its first space, in lower case.
func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return strings.ToLower(word)
}

// isLetterStop tells whether s is one letter and a full stop.
func isLetterStop(s string) bool {
	return utf8.RuneCountInString(s) == 2 && strings.HasSuffix(s, ".")
}

func isNumber(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}
