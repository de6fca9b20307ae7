package rag

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag/text"
)

// A bar keeps out of an answer what a poisoned document may have made a model say.
// A sentence that its sources do not bear out is shown with a mark, for the reader
// to judge; but not if it gives orders, brings a link or a code word from nowhere,
// or has hardly a word in common with the documents. And what stands in a document
// that only the whole corpus brought along is shown only if it has to do with the
// question.
type bar struct {
	question string
	hits     []Hit
	topic    *topic          // nil: quotes, which are chosen by the question
	words    map[string]bool // terms of the question and of all hits; made when first needed
	langs    map[string]bool // of the hits
}

// heard is the share of a sentence's words, in its own script, that the question
// and the documents must have if they do not bear it out.
const heard = .2

// codeWord is a token that is no word of any language: "X7-PWNED", "run_me",
// "SHOUTING", or code between backticks.
var codeWord = regexp.MustCompile("`[^`\n]+`" + `|[\pL\d]+(?:[_-][\pL\d]+)*`)

// pass returns the sentence disarmed, and whether it may be shown.
func (b *bar) pass(c checkedSentence) (checkedSentence, bool) {
	if c.Support == None && !hasWord(c.Text) {
		return c, true
	}
	if o := orderIn(c.Text); o != "" && !asksAbout(b.question, o) {
		return c, false
	}
	if b.topic != nil && c.Support != None && !b.onTopic(c) {
		return c, false
	}
	if c.Support == Quoted {
		return c, true // the renderers see to it that nothing in it is live
	}
	if c.Support == Unverified && addressed(c.Text) != "" && !asksAbout(b.question, c.Text) {
		return c, false
	}
	var cited []Passage
	for _, p := range c.places {
		cited = append(cited, b.hits[p.hit].Passage)
	}
	armed := c.Text
	c.Text = disarm(armed, standsIn(cited))
	if !hasWord(c.Text) {
		return c, false
	}
	if b.strangeCode(c.Text, cited) || masked(armed) && !masked(textOf(cited)) {
		return c, false
	}
	return c, c.Support == Checked || c.Text == armed && b.share(c.Text) >= heard
}

// strangeCode tells whether a sentence has a code word, or a number to call, that
// stands neither in the question nor in a passage that it cites. Words joined by a
// hyphen are left alone: of 109 in reference answers, 14 were in no source.
func (b *bar) strangeCode(s string, cited []Passage) bool {
	for _, w := range codeWord.FindAllString(s, -1) {
		if isCode(w) && !b.known(strings.Trim(w, "`"), cited) {
			return true
		}
	}
	return slices.ContainsFunc(callable.FindAllString(s, -1), func(number string) bool {
		return !strings.Contains(digits(b.question+" "+textOf(cited)), digits(number))
	})
}

// callable is a telephone number in its international form.
var callable = regexp.MustCompile(`\+\d[\d ()/.-]{6,}\d`)

// digits returns the digits of s.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// masked tells whether a sentence has letters that stand for others, as nobody
// writes who wants to be read by people only: full-width, mathematical or circled
// Latin, hidden or stacked marks, or l e t t e r s set apart.
func masked(s string) bool {
	marks := 0
	for _, r := range s {
		switch {
		case 0xFF10 <= r && r <= 0xFF5A && (unicode.IsLetter(r) || unicode.IsDigit(r)), 0x1D400 <= r && r <= 0x1D7FF, 0x2460 <= r && r <= 0x24FF, 0x1F100 <= r && r <= 0x1F1FF:
			return true
		case hiddenRune(r):
			return true
		case r == 0x0338 || r >= 0x0300 && r <= 0x036F:
			marks++
		}
	}
	const honest = 3 // combining accents that a decomposed text has in a sentence
	return marks > honest || spacedOut.MatchString(strings.ToLower(s)) || mixedScripts(s)
}

// mixedScripts tells whether a word has both Latin letters and lookalikes of them.
func mixedScripts(s string) bool {
	for _, w := range text.Words(s) {
		latin, alike := false, false
		for _, r := range strings.ToLower(s[w.Start:w.End]) {
			_, a := lookalikes[r]
			latin, alike = latin || isLatin(r), alike || a
		}
		if latin && alike {
			return true
		}
	}
	return false
}

func isCode(w string) bool {
	if w[0] == '`' {
		return true
	}
	letters, digits, lower := 0, 0, 0
	for _, r := range w {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r >= 'a' && r <= 'z' || r > 0x7f:
			letters, lower = letters+1, lower+1
		case r >= 'A' && r <= 'Z':
			letters++
		}
	}
	const shouted = 5 // letters; shorter ones are acronyms
	return letters > 1 && digits > 1 || strings.Contains(w, "_") || lower == 0 && letters >= shouted
}

func (b *bar) known(w string, cited []Passage) bool {
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(w)) }
	return has(b.question) || slices.ContainsFunc(cited, func(p Passage) bool { return has(p.Text) || has(p.Title) || has(p.Heading) })
}

// share returns how many of a sentence's words the question and the documents
// have. In another language than theirs it has to have none.
func (b *bar) share(s string) float64 {
	if b.words == nil {
		b.read()
	}
	lang := text.Language(s)
	if lang != "" && !b.langs[lang] {
		return 1
	}
	words := text.Content(s, lang)
	n := 0
	for _, w := range words {
		if slices.ContainsFunc(text.Terms(w, lang), func(t string) bool { return b.words[t] }) {
			n++
		}
	}
	if len(words) == 0 {
		return 1
	}
	return float64(n) / float64(len(words))
}

func (b *bar) read() {
	b.words, b.langs = map[string]bool{}, map[string]bool{}
	add := func(s string) {
		lang := text.Language(s)
		b.langs[lang] = true
		for _, t := range text.Terms(s, lang) {
			b.words[t] = true
		}
	}
	add(b.question)
	for _, h := range b.hits {
		add(h.Passage.Title + ". " + h.Passage.Heading + ". " + h.Passage.Text)
	}
}

// A topic is what a question is about, and what was said of it so far.
type topic struct {
	lang  string
	terms map[string]bool
}

// newTopic reads a question and those before it.
func newTopic(q Question) *topic {
	t := &topic{text.Language(q.Text), map[string]bool{}}
	t.add(q.Text)
	for _, h := range q.History {
		t.add(h.Question)
	}
	return t
}

func (t *topic) add(s string) {
	lang := text.Language(s)
	for _, w := range text.Content(s, lang) {
		for _, term := range text.Terms(w, lang) {
			t.terms[term] = true
		}
	}
}

// touches tells whether a text shares a word with the topic. One in another
// language cannot.
func (t *topic) touches(s string) bool {
	lang := text.Language(s)
	const enough = 2 // "how long?" does not say what it is about
	return len(t.terms) < enough || t.lang != "" && lang != "" && lang != t.lang ||
		slices.ContainsFunc(text.Terms(s, lang), func(term string) bool { return t.terms[term] })
}

// onTopic tells whether a sentence, or each of the paragraphs that bear it out with
// their headings, has to do with the question or with what was said before.
func (b *bar) onTopic(c checkedSentence) bool {
	if c.Support == Unverified {
		return b.topic.touches(c.Text)
	}
	for _, p := range c.places {
		if b.found(p.hit) {
			continue // by its meaning or its words: a synonym shares no word
		}
		if q := b.hits[p.hit].Passage; !b.topic.touches(q.Title + ". " + q.Heading + ". " + q.Text) {
			return false
		}
	}
	b.topic.add(c.Text)
	return true
}

// found tells whether a hit is one that the search found, not one that came along
// with a small corpus.
func (b *bar) found(hit int) bool { return b.hits[hit].Score > 0 }

func textOf(ps []Passage) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteString(p.Text + "\n")
	}
	return b.String()
}
