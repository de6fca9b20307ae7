package answer

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag"
	"footnote/rag/text"
)

// A kind is what a question asks for, which its answer must hold.
type kind int

const (
	anything kind = iota
	person        // who
	moment        // when
	place         // where
	amount        // how many, how much
)

// A question is what is known of a question before any passage is looked at.
type question struct {
	text     string
	said     string // with the questions before it
	lang     string
	kind     kind
	words    []word // distinct content words, in order
	exact    []text.Exact
	sum      float64
	stems    map[string][][]string // of words, by language
	followUp bool
	forms    map[string][][][]string // as stems, each way to write a word
}

// A word of a question. In a script without spaces it is a pair of letters.
type word struct {
	text   string
	weight float64 // idf
	own    bool    // of this question, not of the one before
	known  bool    // a passage holds it
	exact  int     // the exact part of the question that it is in, from 1; 0: in none
}

// previousWeight is what a word of the question before counts in a follow-up.
const previousWeight = .3

// maxBefore is how many earlier questions may say what is meant.
const maxBefore = 3

// read finds what a question asks for and what its words weigh. The words of
// the question before it count a little: "and who pays?" is about what that was.
func read(ctx context.Context, ix rag.Index, asked rag.Question) (*question, error) {
	before := asked.Previous()
	langBefore := text.Language(before)
	lang := cmp.Or(text.Language(asked.Text), langBefore)
	q := &question{
		text: asked.Text, said: asked.Text, lang: lang, kind: kindOf(asked.Text), exact: text.Exacts(asked.Text, lang), followUp: before != "",
		stems: map[string][][]string{}, forms: map[string][][][]string{},
	}
	for _, turn := range asked.History[max(0, len(asked.History)-maxBefore):] {
		q.said += "\n" + turn.Question
	}
	own := queryWords(asked.Text, lang, nil)
	words := append(own, queryWords(before, cmp.Or(langBefore, lang), own)...)
	df, n, err := ix.DF(ctx, words)
	if err != nil {
		return nil, fmt.Errorf("weigh the question's words: %w", err)
	}
	for i, w := range words {
		if df[i] == 0 && len(words) > 1 && text.Everyday(w, lang) {
			continue // the documents say it otherwise
		}
		weight := rag.IDF(df[i], n)
		if i >= len(own) && len(own) > 0 {
			weight *= previousWeight
		}
		q.words = append(q.words, word{w, weight, i < len(own), df[i] > 0, q.exactWith(w)})
		q.sum += weight
	}
	return q, nil
}

// meet marks the words of codes and dates that hits hold, in whatever form.
func (q *question) meet(hits []rag.Hit) {
	for i, w := range q.words {
		if w.exact > 0 {
			q.words[i].known = slices.ContainsFunc(hits, func(h rag.Hit) bool {
				return q.exact[w.exact-1].In(h.Passage.Whole(), text.Language(h.Passage.Text))
			})
		}
	}
}

// exactWith returns which code or date of the question a word is in, from 1.
func (q *question) exactWith(word string) int {
	return 1 + slices.IndexFunc(q.exact, func(e text.Exact) bool {
		return e.Strong && (e.Text == word || slices.Contains(text.Content(e.Text, q.lang), word))
	})
}

// strange tells whether the question names something that no document holds: a
// name, a number or two words. Of squad_tune's answerable questions .01 do,
// nearly all by a slip of the pen, of the off-topic ones .17.
func (q *question) strange() bool {
	unknown := 0
	for i, w := range q.words {
		if !w.own || w.known || text.Unspaced(w.text) {
			continue
		}
		unknown++
		if q.names(i) || unknown > 1 {
			return true
		}
	}
	return false
}

// measures are words that only say what kind of number is asked for: "how long"
// is not about length.
var measures = regexp.MustCompile(`(?i)\b(how|wie) (?:long|old|far|large|big|tall|high|often|fast|lange|hoch|groß|alt|oft|weit|teuer)(?:[\s?.,!]|$)`)

// queryWords returns the distinct content words of s that are not in before; runs of
// a script without spaces as pairs of letters.
func queryWords(s, lang string, before []string) []string {
	key := func(w string) string { return strings.Join(text.Terms(w, lang), " ") }
	seen := map[string]bool{}
	for _, w := range before {
		seen[key(w)] = true
	}
	var out []string
	for _, w := range text.Topic(measures.ReplaceAllString(s, "$1 "), lang) {
		if k := key(w); k != "" && !seen[k] {
			seen[k] = true
			out = append(out, w)
		}
	}
	return out
}

// termsIn returns the search terms of each word, read as a passage's language.
func (q *question) termsIn(lang string) [][]string {
	stems, ok := q.stems[lang]
	if !ok {
		for _, w := range q.words {
			stems = append(stems, text.Terms(w.text, lang))
		}
		q.stems[lang] = stems
	}
	return stems
}

// formsIn returns the forms of each word in a passage's language.
func (q *question) formsIn(lang string) [][][]string {
	forms, ok := q.forms[lang]
	if !ok {
		for _, w := range q.words {
			forms = append(forms, text.Forms(w.text, lang))
		}
		q.forms[lang] = forms
	}
	return forms
}

// kindWords are the words that tell the kind, in any language. Longer phrases
// come first: "how many" is not "how".
var kindWords = []struct {
	kind  kind
	words string
}{
	{amount, `how many|how much|how long|how old|how far|how large|how big|how tall|how high|how often|how fast|what percentage|what percent|what number|
		what proportion|how few|what share|what fraction|what amount|what is the population|what population|
		wie viele|wie viel|wieviel|wieviele|wie lange|wie hoch|wie groß|wie alt|wie oft|wie weit|wie teuer|
		combien|quel pourcentage|quel âge|cuántos|cuántas|cuánto|cuánta|qué porcentaje|сколько|какой процент|多少|百分之几|多长|多大|多高|多远`},
	{moment, `when|what year|which year|what date|what day|what month|in what century|what century|what decade|what time|
		wann|in welchem jahr|welches jahr|seit wann|an welchem tag|quand|en quelle année|quelle année|quel jour|à quelle date|
		cuándo|en qué año|qué año|qué día|qué fecha|когда|в каком году|какого числа|в каком месяце|什么时候|何时|哪一年|哪年|几月|何年|什么时间`},
	{amount, `几`},
	{place, `where|what country|which country|what city|which city|what state|what town|in what place|what location|
		wo|wohin|woher|in welchem land|welche stadt|in welcher stadt|où|dans quel pays|quel pays|quelle ville|
		dónde|en qué país|en qué ciudad|qué ciudad|где|куда|откуда|в какой стране|в каком городе|哪里|在哪|何处|哪个国家|哪个城市|什么地方`},
	{person, `who|whom|whose|wer|wem|wen|wessen|qui est|qui a|qui|quién|quiénes|кто|кого|кому|кем|чей|谁|何人`},
}

// kindOf tells what a question asks for.
func kindOf(s string) kind {
	low := " " + strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(`,.;:?!¿¡"“”«»()`, r)
	}), " ") + " "
	for _, k := range kindWords {
		for _, w := range strings.Split(k.words, "|") {
			w = strings.TrimSpace(w)
			switch {
			case w[0] >= 0xE3: // CJK: no spaces around words
				if strings.Contains(low, w) {
					return k.kind
				}
			default:
				if strings.Contains(low, " "+w+" ") {
					return k.kind
				}
			}
		}
	}
	return anything
}

// has tells whether a sentence holds something of the kind that the question
// does not hold already.
func (q *question) has(k kind, sentence string) bool {
	switch k {
	case amount:
		return hasNumber(sentence, q.text, false)
	case moment:
		return hasNumber(sentence, q.text, true) || hasMonth(sentence)
	case person, place:
		return hasName(sentence, q.text)
	}
	return false
}

// hasNumber tells whether s has a number that is not in asked; date wants one
// that can be a year or day.
func hasNumber(s, asked string, date bool) bool {
	known := wordSet(asked)
	for _, w := range text.Words(s) {
		r := []rune(w.Text)[0]
		if unicode.IsDigit(r) {
			if !known[w.Text] && (!date || len(w.Text) == 4 || len(w.Text) <= 2 || strings.HasSuffix(w.Text, "s")) {
				return true
			}
		} else if !date && numberWords[strings.ToLower(w.Text)] && !known[w.Text] {
			return true
		}
	}
	return false
}

// hasName tells whether s has a capitalised word, not its first, that is not in
// asked. Scripts without capitals always may.
func hasName(s, asked string) bool {
	known := wordSet(asked)
	for i, w := range text.Words(s) {
		r := []rune(w.Text)[0]
		if !unicode.IsUpper(r) && !unicode.IsLower(r) && unicode.IsLetter(r) {
			return true
		}
		if i > 0 && unicode.IsUpper(r) && !known[w.Text] && w.Text != "I" {
			return true
		}
	}
	return false
}

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range text.Words(s) {
		m[w.Text] = true
	}
	return m
}

func hasMonth(s string) bool {
	for _, w := range text.Words(s) {
		if months[strings.ToLower(w.Text)] {
			return true
		}
	}
	return false
}

func set(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

var numberWords = set(`two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand million
	billion half third quarter twice dozen zwei drei vier fünf sechs sieben acht neun zehn hundert tausend millionen milliarden hälfte
	deux trois quatre cinq sept huit neuf dix cent mille millions moitié dos tres cuatro cinco seis siete ocho nueve diez cien mil millones mitad
	два две три четыре пять шесть семь восемь девять десять сто тысяч миллионов половина none zero
	一 二 三 四 五 六 七 八 九 十 百 千 万 两 半`)

var months = set(`january february march april june july august september october november december monday tuesday wednesday
	thursday friday saturday sunday today tomorrow yesterday januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag
	freitag samstag sonntag janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi
	enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes
	января февраля марта апреля мая июня июля августа сентября октября ноября декабря понедельник вторник среду четверг пятницу
	century jahrhundert siècle siglo веке`)
