package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A group is consecutive words that are written as one: e-mail, CVE-2024-21987,
// 4.2(c). Most are of one word.
type group struct {
	words []Word
	end   int    // bytes, with a closing bracket
	code  bool   // it has a digit: only the whole is what it names
	mark  string // between the first two words
}

// around are words that go before a year or a number with a hyphen.
var around = set("mid pre post early late non ex sub anti")

const (
	maxJoined = 4  // words with hyphens between them
	maxCode   = 8  // words of a code
	longCode  = 48 // bytes
)

// groupAt returns the group that begins with word i of s.
func groupAt(s string, ws []Word, i int) group {
	g := group{words: ws[i : i+1], end: ws[i].End, code: hasDigit(ws[i].Text)}
	for next := i + 1; next < min(len(ws), i+maxCode+1) && !Unspaced(ws[next].Text); next++ {
		a, b := ws[next-1], ws[next]
		digit := hasDigit(a.Text) || hasDigit(b.Text)
		switch gap := s[a.End:b.Start]; {
		case gap == "-" || gap == "‐" || gap == "‑":
		case gap == "." || gap == ":" || gap == "+" || gap == "#":
			if !digit {
				return g.checked()
			}
		case gap == "/": // 192.168.0.0/16 is one thing, OPS-112/118 two
			if next > i+1 || !numeric(a.Text) || !numeric(b.Text) {
				return g.checked()
			}
		case gap == "(":
			if !hasDigit(a.Text) || b.End-b.Start > 3 || b.End == len(s) || s[b.End] != ')' {
				return g.checked()
			}
		default:
			return g.checked()
		}
		g.words, g.end, g.code = ws[i:next+1], b.End, g.code || digit
		g.mark = s[ws[i].End:ws[i+1].Start]
		if b.End < len(s) && s[b.Start-1] == '(' {
			g.end++
		}
	}
	return g.checked()
}

// checked returns the group, or its first word alone if it is too long to be a
// name of anything. A 50-year-old and mid-2024 are no codes.
func (g group) checked() group {
	if len(g.words) > 1 && g.code {
		a, b := g.words[0].Text, g.words[1].Text
		counted := numeric(a) && (!strings.Contains(a, ".") || measures[strings.ToLower(b)] != "") && !hasDigit(b) && len(b) > 2 && b == strings.ToLower(b)
		g.code = !counted && !around[strings.ToLower(a)]
	}
	n, first := len(g.words), g.words[0]
	if n > 1 && (g.code && (n > maxCode || g.end-first.Start > longCode) || !g.code && n > maxJoined) {
		return group{words: g.words[:1], end: first.End, code: hasDigit(first.Text)}
	}
	return g
}

// beside returns the whole of two groups with a space between, if they are as often
// written as one: a word and a number or code, a number and its unit, "sign up".
func (g group) beside(next group, lang string) string {
	a, b := g.words[0].Text, next.words[0].Text
	low := strings.ToLower(b)
	stop := stopWords(lang)[strings.ToLower(a)] || stopWords(lang)[low] && !particles[low]
	switch {
	case len(g.words) > 1 || stop || len(next.words) > 1 && !next.code:
	case !hasDigit(a) && hasDigit(b), numeric(a) && !hasDigit(b) && len(next.words) == 1 && (measures[low] != "" || len(b) <= 3),
		(lang == "en" || lang == "") && len(a) <= 5 && particles[low] && !hasDigit(a):
		return asOne(append([]string{normal(a, lang)}, next.texts()...), lang)
	}
	return ""
}

// particles are written with the verb before them in a noun, as in login.
var particles = set("up in out on off down back over")

// wholes returns the terms of the group as a whole, the longest first: of a code
// those of its beginnings and ends too, so that P-17 meets P-17-final. A single word
// has one if it is made of letters and digits, or of several words.
func (g group) wholes(lang string) []string {
	var out []string
	n := len(g.words)
	if n == 1 {
		if w := g.words[0].Text; len(identifierParts(w)) > 1 {
			out = append(out, asOne(identifierParts(w), lang))
		}
		return out
	}
	texts := g.texts()
	digits := !slices.ContainsFunc(texts, func(w string) bool { return !numeric(w) })
	out = append(out, asOne(texts, lang))
	for i := 1; g.code && !digits && i < n-1; i++ {
		out = append(out, asOne(texts[:n-i], lang), asOne(texts[i:], lang))
	}
	return out
}

func (g group) texts() []string {
	texts := make([]string, len(g.words))
	for i, w := range g.words {
		texts[i] = w.Text
	}
	return texts
}

// ranges tells 1990-1995 and 3-5 from a code: it holds what lies between as well.
func (g group) ranges() bool {
	if len(g.words) != 2 || g.mark != "-" {
		return false
	}
	a, b := atoi(g.words[0].Text), atoi(g.words[1].Text)
	const ago, ahead = 1000, 2100 // years
	return 0 < a && a < b && (b <= 100 || ago <= a && b <= ahead)
}

// asOne returns parts as one term. What stands between two digits stays apart:
// 1-23 is not 12-3.
func asOne(parts []string, lang string) string {
	var b strings.Builder
	last := rune(0)
	for _, p := range parts {
		for _, run := range runs(p) {
			if run = plainTerm(run, lang); run == "" {
				continue
			}
			if first := firstRune(run); unicode.IsDigit(last) && unicode.IsDigit(first) {
				b.WriteByte('-')
			}
			b.WriteString(run)
			last, _ = utf8.DecodeLastRuneInString(run)
		}
	}
	return b.String()
}

// plainTerm returns the term of a part of a code. Parts of one or two letters keep
// each of them.
func plainTerm(w, lang string) string {
	w = strings.Trim(normal(w, lang), "'._")
	if hasDigit(w) || utf8.RuneCountInString(w) < 3 {
		return Fold(w)
	}
	return wordTerm(w, lang)
}

// runs splits a word where letters and digits meet: 50GB, v3.0.0, ERR4012B.
func runs(w string) []string {
	var out []string
	start, prev := 0, rune(0)
	for i, r := range w {
		if i > 0 && (unicode.IsDigit(r) && unicode.IsLetter(prev) || unicode.IsLetter(r) && unicode.IsDigit(prev)) {
			out, start = append(out, w[start:i]), i
		}
		prev = r
	}
	return append(out, w[start:])
}

// maxRuns is how many runs of letters and digits a code of one word may have to
// be more than a checksum.
const maxRuns = 5

// identifierParts splits snake_case, camelCase, letters.with.dots, and letters from
// digits.
func identifierParts(w string) []string {
	var parts []string
	for _, run := range runs(w) {
		parts = appendCased(parts, run)
	}
	if len(parts) > maxRuns && hasDigit(w) {
		return []string{w}
	}
	return parts
}

func appendCased(parts []string, w string) []string {
	start := 0
	cut := func(end, next int) {
		if end > start {
			parts = append(parts, w[start:end])
		}
		start = next
	}
	prev := rune(0)
	for i, r := range w {
		switch {
		case r == '_' || r == '.' && unicode.IsLetter(prev):
			cut(i, i+1)
		case unicode.IsUpper(r) && unicode.IsLower(prev):
			cut(i, i)
		case unicode.IsUpper(r) && unicode.IsUpper(prev):
			// HTTPServer, but neither PDFs nor HTTP
			rest := w[i+utf8.RuneLen(r):]
			if rest != "s" && unicode.IsLower(firstRune(rest)) {
				cut(i, i)
			}
		}
		prev = r
	}
	cut(len(w), len(w))
	return parts
}

func hasDigit(w string) bool { return strings.ContainsFunc(w, unicode.IsDigit) }

func numeric(w string) bool {
	return w != "" && !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' && r != ',' })
}
