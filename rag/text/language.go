package text

import (
	"slices"
	"strings"
	"unicode"
)

// Language returns the ISO 639-1 code of the language that s is most likely
// written in, or "" if s does not tell: a name, a number, a few rare words.
//
// The script decides where one language owns it; else the share of a language's
// stop words does, which even a short question has.
func Language(s string) string {
	sample := s
	if len(sample) > 4000 {
		sample = strings.ToValidUTF8(sample[:4000], "")
	}
	script := majorityScript(sample)
	switch script {
	case "Latn":
		return byStopWords(sample)
	case "Cyrl":
		if strings.ContainsAny(strings.ToLower(sample), "іїєґ") {
			return "uk"
		}
		return "ru"
	}
	return script
}

// majorityScript returns "Latn", "Cyrl", or the code of the one language that
// the script of most letters is used for.
func majorityScript(s string) string {
	var latin, cyrillic, kana, han int
	others := map[string]int{}
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r):
		case r < 0x250 || unicode.Is(unicode.Latin, r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		default:
			others[scriptLanguage(r)]++
		}
	}
	// An ideograph says about what two or three letters of an alphabet say.
	best, most := "", 0
	consider := func(name string, n int) {
		if n > most {
			best, most = name, n
		}
	}
	consider("Latn", latin)
	consider("Cyrl", cyrillic)
	if kana*10 > han {
		consider("ja", 2*(kana+han))
	} else {
		consider("zh", 2*han)
	}
	for _, l := range []string{"ko", "th", "ar", "el", "he", "hi"} {
		consider(l, others[l])
	}
	return best
}

func scriptLanguage(r rune) string {
	switch {
	case unicode.Is(unicode.Hangul, r):
		return "ko"
	case unicode.Is(unicode.Thai, r):
		return "th"
	case unicode.Is(unicode.Arabic, r):
		return "ar"
	case unicode.Is(unicode.Greek, r):
		return "el"
	case unicode.Is(unicode.Hebrew, r):
		return "he"
	case unicode.Is(unicode.Devanagari, r):
		return "hi"
	}
	return ""
}

// latin are the languages in Latin letters that stop words tell apart, of two
// equally likely ones the earlier.
var latin = [...]string{"en", "de", "fr", "es", "it", "pt", "nl", "sv", "tr", "pl"}

// marks are letters that point to one of the languages that use them: a weak
// hint, which decides where stop words do not.
var marks = map[string]string{
	"de": "äöüß", "fr": "àâçèêëîïôùûœ", "es": "ñ¿¡óáíú", "it": "àèìòù", "pt": "ãõçáéêâ",
	"sv": "åäö", "tr": "ğışçö", "pl": "ąćęłńśźż",
}

// stopIn has a bit for each language of latin in which a word is a stop word.
var stopIn = func() map[string]uint {
	m := map[string]uint{}
	for i, lang := range latin {
		for w := range stops[lang] {
			m[w] |= 1 << i
		}
	}
	return m
}()

const homograph = .4 // of a stop word

// byStopWords returns the language with most of its stop words in s, letters
// peculiar to it counting a little. A table, a list or code says nothing: what is
// longer than a sentence has to have several, and not only here and there.
func byStopWords(s string) string {
	lower := strings.ReplaceAll(strings.ToLower(s), "’", "'")
	ws := Words(lower)
	var counts [len(latin)]float64
	var distinct [len(latin)]int
	seen := map[string]bool{}
	for _, w := range ws {
		in := stopIn[w.Text]
		if article, _, ok := strings.Cut(w.Text, "'"); ok {
			in |= stopIn[article] & elides // l'homme, dell'arte
		}
		weight := 1.
		if homographs[w.Text] {
			weight = homograph
		}
		for i := range counts {
			counts[i] += weight * float64(in>>i&1)
			if !seen[w.Text] {
				distinct[i] += int(in >> i & 1)
			}
		}
		seen[w.Text] = true
	}
	best := 0
	for i, lang := range latin {
		if strings.ContainsAny(lower, marks[lang]) {
			counts[i] += .5
		}
		if counts[i] > counts[best] {
			best = i
		}
	}
	const (
		short = 8   // words
		prose = .08 // share of stop words
	)
	switch {
	case counts[best] <= homograph, counts[best] < 1 && len(ws) > 2,
		len(ws) > short && (distinct[best] < 2 || counts[best] < prose*float64(len(ws))):
		return ""
	}
	return latin[best]
}

// homographs are stop words that are English words of another kind, names or parts
// of paths, and count less.
var homographs = set("ben bin var door man men war die den hem dan hat son sin con fin kim due come dove era sera per met usr")

// elides has the bits of the languages whose articles lose a vowel.
var elides uint = 1<<slices.Index(latin[:], "fr") | 1<<slices.Index(latin[:], "it")
