package rag

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag/text"
)

// A reading is a text as verify sees it: its words, and what it says in numbers,
// dates and names. A sentence is read in its source's language.
type reading struct {
	s, lang   string
	words     []word
	sentences []Span      // of words
	spans     [][2]int    // of sentences, bytes
	facts     []fact      // in order
	denials   *[]negation // see negations
	opposable *[]pole     // see poles
	at        map[string][]int
	like      map[string][]int // by the beginning of a term: to find other forms of a word
}

type word struct {
	text.Word
	term     string // see text.Term; a pair of letters in scripts without spaces
	stop     bool   // says nothing about the subject
	name     naming
	clause   int // counts commas and the like
	fact     int // 1 + place among the facts, 0 for none
	sentence int
}

// naming says whether a word is part of a name.
type naming int

const (
	noName naming = iota
	maybe         // capitalised where any word is: at the start of a sentence, or a German noun
	name
)

// A fact is what a sentence may not get wrong: a number, a date or a name.
type fact struct {
	kind     kind
	from, to int // words
	number   text.Number
	date     text.Date
}

type kind int

const (
	aNumber kind = iota
	aDate        // a year is a number as well as a date, see sameFact
	aName
)

// read reads a text as the language lang.
func read(s, lang string) *reading {
	r := &reading{s: s, lang: lang, at: map[string][]int{}, like: map[string][]int{}}
	ws := text.Words(s)
	r.words = make([]word, len(ws))
	i := 0
	r.spans = text.Sentences(s)
	for n, span := range r.spans {
		first := i
		for ; i < len(ws) && ws[i].Start < span[1]; i++ {
			r.word(ws, i, first)
			r.words[i].sentence = n
		}
		r.sentences = append(r.sentences, Span{first, i})
	}
	for i, w := range r.words {
		if !w.stop {
			r.at[w.term] = append(r.at[w.term], i)
			if k := beginning(w.term); k != "" {
				r.like[k] = append(r.like[k], i)
			}
		}
	}
	r.findFacts(ws)
	return r
}

// word analyses word i of a sentence that begins with word first.
func (r *reading) word(ws []text.Word, i, first int) {
	w := &r.words[i]
	w.Word = ws[i]
	gap := ""
	if i > first {
		gap = r.s[ws[i-1].End:ws[i].Start]
		w.clause = r.words[i-1].clause
		if strings.ContainsAny(gap, ",;:()–—|\n，；：、") {
			w.clause++
		}
	}
	if text.Unspaced(w.Text) {
		w.term, w.stop = w.Text, true
		if i+1 < len(ws) && ws[i+1].Start == w.End && text.Unspaced(ws[i+1].Text) {
			w.term, w.stop = w.Text+ws[i+1].Text, false
		}
		return
	}
	w.term, w.stop = text.Term(w.Text, r.lang)
	letter, _ := utf8.DecodeRuneInString(w.Text)
	switch {
	case w.stop || !unicode.IsUpper(letter):
	case utf8.RuneCountInString(w.Text) > 1 && strings.ContainsFunc(w.Text[1:], unicode.IsUpper):
		w.name = name // NATO, iPhone
	case i == first || strings.ContainsAny(gap, `.:"“„«|•*#?!`) || r.lang == "de" && !properNoun(r.words[first:i]):
		w.name = maybe
	default:
		w.name = name
	}
	if i == first+1 && w.name == name && r.words[first].name == maybe && strings.TrimSpace(gap) == "" && r.lang != "de" {
		r.words[first].name = name // Marie Curie was
	}
}

// properNoun tells whether a capitalised German word after the given ones of its
// sentence is likely a name: a bare one after a preposition or after a name.
func properNoun(before []word) bool {
	if len(before) == 0 {
		return false
	}
	w := before[len(before)-1]
	return w.name == name || germanBeforeName[w.term]
}

var germanBeforeName = wordSet("in aus nach von bei gegen für durch über um als und")

// findFacts finds numbers, dates and names.
func (r *reading) findFacts(ws []text.Word) {
	dates := text.Dates(r.s, r.lang, ws)
	for _, d := range dates {
		from, to := r.wordsIn(d.Start, d.End)
		r.addFact(fact{kind: aDate, from: from, to: to, date: d})
	}
	for _, n := range text.Numbers(r.s, r.lang, ws) {
		if from, to := r.wordsIn(n.Start, n.End); from < to && r.words[from].fact == 0 {
			r.addFact(fact{kind: aNumber, from: from, to: to, number: n})
		}
	}
	for i := 0; i < len(r.words); i++ {
		if r.words[i].name == noName || r.words[i].fact > 0 {
			continue
		}
		from := i
		for i+1 < len(r.words) && r.words[i+1].name != noName && r.words[i+1].fact == 0 &&
			strings.Trim(r.s[r.words[i].End:r.words[i+1].Start], " -.’'") == "" && r.words[i+1].sentence == r.words[i].sentence {
			i++
		}
		r.addFact(fact{kind: aName, from: from, to: i + 1})
	}
}

func (r *reading) addFact(f fact) {
	r.facts = append(r.facts, f)
	for i := f.from; i < f.to; i++ {
		r.words[i].fact = len(r.facts)
	}
}

// wordsIn returns the range of the words within bytes start to end.
func (r *reading) wordsIn(start, end int) (from, to int) {
	from, _ = slices.BinarySearchFunc(r.words, start, func(w word, at int) int { return w.End - 1 - at })
	for to = from; to < len(r.words) && r.words[to].Start < end; to++ {
	}
	return from, to
}

// said returns a fact as it is written.
func (r *reading) said(f fact) string {
	start, end := r.words[f.from].Start, r.words[f.to-1].End
	if f.kind == aNumber {
		start, end = f.number.Start, f.number.End
	}
	return r.s[start:end]
}

// beginning is what all forms of a long word begin with: develops, development.
func beginning(term string) string {
	n := 0
	for i := range term {
		if n == 5 {
			return term[:i]
		}
		n++
	}
	if n == 5 {
		return term
	}
	return ""
}

// find returns where a word of another reading stands in r, or another form of it.
func (r *reading) find(w word) []int {
	if at := r.at[w.term]; len(at) > 0 {
		return at
	}
	if w.name == name {
		return r.nameForms(w.term)
	}
	var at []int
	for _, i := range r.like[beginning(w.term)] {
		if formOf(w.term, r.words[i].term) {
			at = append(at, i)
		}
	}
	return at
}

// formOf tells whether two terms that begin alike are likely forms of one word:
// two thirds of the shorter are the same, which interest and interview are not.
func formOf(a, b string) bool {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return 3*n >= 2*min(len(a), len(b))
}

// nameForms returns where a name stands in another form: Russia, Russian.
func (r *reading) nameForms(term string) []int {
	var at []int
	for _, i := range r.like[beginning(term)] {
		if nameForm(term, r.words[i].term) {
			at = append(at, i)
		}
	}
	return at
}

func nameForm(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	more := len(b) - len(a)
	return len(a) >= 4 && more <= 3 && strings.HasPrefix(b, a) || len(a) >= 5 && more > 0 && more <= 3 && strings.HasPrefix(b, a[:len(a)-1])
}

// sameFact tells whether fact f of r stands in o as fact g.
func (r *reading) sameFact(f fact, o *reading, g fact) bool {
	switch {
	case f.kind == aNumber && g.kind == aNumber:
		return f.number.Same(g.number) && o.hasUnit(g, f.number.Unit)
	case f.kind == aDate && g.kind == aDate:
		return f.date.Within(g.date)
	case f.kind == aNumber && g.kind == aDate:
		return f.number.Unit == "" && f.number.Value == float64(g.date.Year)
	case f.kind == aName && g.kind == aName:
		return slices.ContainsFunc(r.words[f.from:f.to], func(a word) bool {
			return slices.ContainsFunc(o.words[g.from:g.to], func(b word) bool { return a.term == b.term || nameForm(a.term, b.term) })
		})
	}
	return false
}

// hasUnit tells whether number g has a unit, said beside it or in its sentence:
// in "from 5 to 7 percent" the 5 has one too. A measure need not be said.
func (r *reading) hasUnit(g fact, unit string) bool {
	if unit == "" || g.number.Unit == unit || g.number.Unit == "" && text.IsMeasure(unit) {
		return true
	}
	return g.number.Unit == "" && slices.ContainsFunc(r.facts, func(h fact) bool {
		return h.kind == aNumber && h.number.Unit == unit && r.words[h.from].sentence == r.words[g.from].sentence
	})
}

// wordSet returns the words of a list.
func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}
