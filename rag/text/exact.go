package text

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// An Exact is a part of a question that means one thing only: a code, a version, a
// date, a number, "Model S". Another one that is nearly the same is another thing.
type Exact struct {
	Text string // as written
	// Strong tells a code, a long number or a date from a number that many texts hold.
	Strong bool

	key    string // of a code or a number
	before string // of a number or letter that numbers something: "model" of "Model S"
	dates  []Date // readings of a date
}

// maxExacts is how many exact parts are read: each is looked for in what was found, and
// nobody asks about more. A pasted log has thousands.
const maxExacts = 50

// Exacts returns the exact parts of s, in order: the dates, then the others, maxExacts at
// most.
func Exacts(s, lang string) []Exact {
	s = norm.NFKC.String(s)
	var out []Exact
	dates := days(s, lang)
	for i, d := range dates {
		if i > 0 && dates[i-1].Start == d.Start {
			last := &out[len(out)-1]
			last.dates = append(last.dates, d) // its other reading
			continue
		}
		out = append(out, Exact{Text: s[d.Start:d.End], Strong: true, dates: []Date{d}})
	}
	runs := runsOf(s)
	for i, r := range runs {
		inDate := slices.ContainsFunc(dates, func(d Date) bool { return r.start < d.End && d.Start < r.end })
		if e, ok := exact(runs, i); ok && !inDate {
			out = append(out, e)
		}
	}
	return out[:min(len(out), maxExacts)]
}

// days returns the dates that name a year or a day.
func days(s, lang string) []Date {
	return slices.DeleteFunc(Dates(s, lang, Words(s)), func(d Date) bool { return d.Year == 0 && d.Day == 0 })
}

// exact reads run i as an exact part.
func exact(runs []run, i int) (Exact, bool) {
	r := runs[i]
	e := Exact{Text: r.text, key: r.key}
	if strings.Contains(strings.Trim(r.text, "_"), "_") {
		e.Strong = true // an identifier
		return e, true
	}
	if !r.digit() && !r.letter() {
		return e, false
	}
	e.Strong = r.digit() && !quantity.MatchString(strings.ToLower(strings.ReplaceAll(r.text, ",", "")))
	if r.letter() && i+1 < len(runs) && runs[i+1].digit() && runs[i+1].start == r.end+1 {
		return e, false // E 09: it is the number's
	}
	if i > 0 && !e.Strong && runs[i-1].end+1 == r.start {
		before := runs[i-1]
		e.Text = before.text + " " + r.text
		if before.prefix() && r.digit() && !shoutedRuns(runs) {
			e.key, e.Strong = before.key+r.key, true // E 09, ISO 9001
			return e, true
		}
		e.before = before.key
	}
	return e, r.digit() || e.before != ""
}

// In tells whether s holds the exact part, in any form of writing that means the same:
// a date in another order, a code without its hyphen, a number as part of a code.
func (e Exact) In(s, lang string) bool {
	s = norm.NFKC.String(s)
	if e.dates != nil {
		held := days(s, lang)
		return slices.ContainsFunc(e.dates, func(d Date) bool {
			return slices.ContainsFunc(held, d.Within)
		})
	}
	found, named, sibling := e.among(runsOf(s))
	return named || found && !sibling
}

// Holds returns how many of the strong ones s holds.
func Holds(es []Exact, s, lang string) int {
	n := 0
	for _, e := range es {
		if e.Strong && e.In(s, lang) {
			n++
		}
	}
	return n
}

// Sibling tells whether s holds another one of what the number or letter numbers, and
// not this: "Windows 10" where "Windows 11" was asked for.
func (e Exact) Sibling(s string) bool {
	_, named, sibling := e.among(runsOf(norm.NFKC.String(s)))
	return sibling && !named
}

// among looks for the exact part among runs: its key alone, behind the word that stands
// before it in the question, and another behind that word.
func (e Exact) among(runs []run) (found, named, sibling bool) {
	for i, r := range runs {
		same := r.key == e.key || inDigits(e.key) && slices.Contains(r.parts(), e.key) || i > 0 && oneWord(runs[i-1], r) == e.key
		behind := e.before != "" && i > 0 && runs[i-1].key == e.before
		found = found || same && !(e.before != "" && r.letter())
		glued := e.before != "" && inDigits(e.key) && len(e.before) <= maxPrefix && r.key == e.before+e.key // E09
		named = named || behind && same || glued
		sibling = sibling || behind && !same && (r.digit() || r.letter())
	}
	return found, named, sibling
}

// A run is a word with the marks inside it that codes have.
type run struct {
	text, key  string
	start, end int
}

var runPattern = regexp.MustCompile(`\pN+(?:,\pN{3})+|[\pL\pN]+(?:[-‐‑._/:+#@&][\pL\pN]+|\([\pL\pN]{1,4}\))*`)

func runsOf(s string) []run {
	var runs []run
	for _, m := range runPattern.FindAllStringIndex(s, -1) {
		runs = append(runs, run{s[m[0]:m[1]], keyOf(s[m[0]:m[1]]), m[0], m[1]})
	}
	return runs
}

var (
	ordinal  = regexp.MustCompile(`^(\d+)(?:st|nd|rd|th)$`)
	version  = regexp.MustCompile(`^v(\d)`)
	hyphened = regexp.MustCompile(`(\pL)[-_](\pN)|(\pN)[-_](\pL)`)
	// A quantity is a year, a short number, or a number with its unit; 12a is none.
	quantity = regexp.MustCompile(`^(?:\d{1,3}|(?:19|20)\d\d|\d+(?:\.\d+)?(?:[^\PLabcef]|\pL{2,4}))$`)
)

// keyOf returns the same for what is written in two ways: V-1047 and v1047, 401(k) and
// 401k, 5,000 and 5000, 2nd and 2, v3.1 and 3.1.
func keyOf(s string) string {
	s = strings.NewReplacer(",", "", "(", "", ")", "", "‐", "-", "‑", "-").Replace(strings.ToLower(s))
	s = ordinal.ReplaceAllString(s, "$1")
	s = version.ReplaceAllString(s, "$1")
	s = hyphened.ReplaceAllString(s, "$1$2$3$4")
	return hyphened.ReplaceAllString(s, "$1$2$3$4") // a-1-b: matches do not overlap
}

func (r run) digit() bool { return strings.ContainsFunc(r.text, unicode.IsDigit) }

// shoutedRuns tells a sentence in capitals throughout, whose words are no prefixes.
func shoutedRuns(runs []run) bool {
	const few = 3
	return len(runs) > few && !slices.ContainsFunc(runs, func(r run) bool { return r.text != strings.ToUpper(r.text) })
}

// prefix tells the letters of a code whose number stands apart: the E of E 09.
func (r run) prefix() bool {
	capital := func(c rune) bool { return c == '-' || 'A' <= c && c <= 'Z' }
	return len(r.text) <= maxPrefix && strings.IndexFunc(r.text, func(c rune) bool { return !capital(c) }) < 0 && r.text != "I" && r.text != "A"
}

// letter tells a capital letter that stands alone and is no word: "Model S".
func (r run) letter() bool {
	c, n := utf8.DecodeRuneInString(r.text)
	return n == len(r.text) && unicode.IsUpper(c) && c < utf8.RuneSelf && c != 'I' && c != 'A'
}

// parts returns what stands between the marks of a code: 4012 of ERR-4012-B.
func (r run) parts() []string {
	return strings.FieldsFunc(strings.ToLower(r.text), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
}

// maxPrefix is how many bytes a unit or the prefix of a code has.
const maxPrefix = 8

// oneWord returns the key of two neighbours written as one, of "50 GB" or "E 4017"; empty
// if they cannot be.
func oneWord(a, b run) string {
	if a.end+1 != b.start || inDigits(a.key) == inDigits(b.key) || len(a.key) > maxPrefix && !inDigits(a.key) || len(b.key) > maxPrefix && !inDigits(b.key) {
		return ""
	}
	return a.key + b.key
}

func inDigits(key string) bool {
	return key != "" && !strings.ContainsFunc(key, func(c rune) bool { return !unicode.IsDigit(c) })
}
