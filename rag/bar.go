package rag

import (
	"regexp"
	"slices"
	"strings"

	"footnote/rag/text"
)

// A bar keeps out of an answer what a poisoned document may have made a model say.
// A sentence that its sources do not bear out is shown with a mark, for the reader
// to judge; but not if it gives orders, brings a link or a code word from nowhere,
// or has hardly a word in common with the documents.
type bar struct {
	question string
	hits     []Hit
	words    map[string]bool // terms of the question and of all hits; made when first needed
	langs    map[string]bool // of the hits
}

// heard is the share of a sentence's words, in its own script, that the question
// and the documents must have if they do not bear it out.
const heard = .2

// codeWord is a token that is no word of any language: "X7-PWNED", "run_me",
// "SHOUTING", or code between backticks.
var codeWord = regexp.MustCompile("`[^`\n]+`" + `|\b[\pL\d]+(?:[_-][\pL\d]+)*\b`)

// pass returns the sentence disarmed, and whether it may be shown.
func (b *bar) pass(c checkedSentence) (checkedSentence, bool) {
	if c.Support == None && !hasWord(c.Text) {
		return c, true
	}
	if o := orderIn(c.Text); o != "" && !asksAbout(b.question, o) {
		return c, false
	}
	if c.Support == Quoted {
		return c, true // the renderers see to it that nothing in it is live
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
	if c.Support == Checked {
		return c, true
	}
	return c, !strings.Contains(c.Text, removedLink) && !b.strangeCode(armed) && b.share(c.Text) >= heard
}

// strangeCode tells whether a sentence has a code word that stands neither in the
// question nor in any document.
func (b *bar) strangeCode(s string) bool {
	for _, w := range codeWord.FindAllString(s, -1) {
		if isCode(w) && !b.known(strings.Trim(w, "`")) {
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

func (b *bar) known(w string) bool {
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(w)) }
	return has(b.question) || slices.ContainsFunc(b.hits, func(h Hit) bool {
		return has(h.Passage.Text) || has(h.Passage.Title) || has(h.Passage.Heading)
	})
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
