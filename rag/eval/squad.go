package eval

import (
	"slices"
	"strings"
	"unicode"
)

// Exact returns 1 if the prediction equals one of the answers once both are
// normalised as SQuAD 2.0's evaluate-v2.0.py does, else 0. A question without
// an answer is answered rightly by an empty prediction.
func Exact(prediction string, answers []string) float64 {
	p := normalize(prediction)
	for _, a := range golden(answers) {
		if a == p {
			return 1
		}
	}
	return 0
}

// F1 returns how far the words of the prediction and those of an answer are the
// same, as evaluate-v2.0.py counts it: the best over the answers, from 0 to 1.
func F1(prediction string, answers []string) float64 {
	p := strings.Fields(normalize(prediction))
	best := 0.0
	for _, a := range golden(answers) {
		best = max(best, overlap(p, strings.Fields(a)))
	}
	return best
}

// golden returns the normalised answers less those that are empty then, or one
// empty answer if none is left.
func golden(answers []string) []string {
	var normalized []string
	for _, a := range answers {
		if n := normalize(a); n != "" {
			normalized = append(normalized, n)
		}
	}
	if normalized == nil {
		return []string{""}
	}
	return normalized
}

// overlap returns the harmonic mean of the shares of a's and of b's words that
// the other has too, each as often as it stands there.
func overlap(a, b []string) float64 {
	if len(a) == 0 && len(b) == 0 {
		return 1
	}
	left := make(map[string]int, len(b))
	for _, w := range b {
		left[w]++
	}
	same := 0
	for _, w := range a {
		if left[w] > 0 {
			left[w]--
			same++
		}
	}
	if same == 0 {
		return 0
	}
	precision, recall := float64(same)/float64(len(a)), float64(same)/float64(len(b))
	return 2 * precision * recall / (precision + recall)
}

// punctuation is Python's string.punctuation.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// normalize returns s in lower case, without ASCII punctuation and English
// articles, its words one blank apart. Nothing takes the place of a punctuation
// character; other punctuation stays.
func normalize(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(punctuation, r) {
			return -1
		}
		return r
	}, lower(s))
	return strings.Join(strings.FieldsFunc(withoutArticles(s), blank), " ")
}

// withoutArticles puts a blank in the place of each a, an and the that has no
// word character beside it.
func withoutArticles(s string) string {
	var b strings.Builder
	rest := []rune(s)
	for len(rest) > 0 {
		n := slices.IndexFunc(rest, func(r rune) bool { return !wordCharacter(r) })
		if n < 0 {
			n = len(rest)
		}
		if word := string(rest[:n]); word == "a" || word == "an" || word == "the" {
			b.WriteByte(' ')
		} else {
			b.WriteString(word)
		}
		if n < len(rest) {
			b.WriteRune(rest[n])
			n++
		}
		rest = rest[n:]
	}
	return b.String()
}

// wordCharacter tells what matches \w in Python, where a combining mark does
// not. An underscore has gone with the punctuation.
func wordCharacter(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// blank tells what Python's str.split takes for a space: four separators of
// ASCII besides what Go does.
func blank(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// lower is Python's str.lower: strings.ToLower, but for the two letters whose
// lower case is not one letter always (Unicode, SpecialCasing.txt).
func lower(s string) string {
	if !strings.ContainsAny(s, "İΣ") {
		return strings.ToLower(s)
	}
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		switch {
		case r == 'İ':
			b.WriteString("i\u0307")
		case r == 'Σ' && casedFirst(backwards(rs[:i])) && !casedFirst(rs[i+1:]):
			b.WriteRune('ς')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// casedFirst tells whether the first rune that case does not pass over has case.
func casedFirst(rs []rune) bool {
	for _, r := range rs {
		if !ignoresCase(r) {
			return unicode.In(r, unicode.Lu, unicode.Ll, unicode.Lt, unicode.Other_Uppercase, unicode.Other_Lowercase)
		}
	}
	return false
}

func ignoresCase(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) ||
		strings.ContainsRune("'.:·\u0387\u055f\u05f4‘’․‧︓﹒﹕＇．：", r)
}

func backwards(rs []rune) []rune {
	rs = slices.Clone(rs)
	slices.Reverse(rs)
	return rs
}
