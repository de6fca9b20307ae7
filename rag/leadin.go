package rag

import (
	"slices"
	"strings"

	"footnote/rag/text"
)

// generic are words about documents and answers: they claim nothing of the
// documents' subject.
var generic = wordSet(`according document documents source sources passage passages text texts article articles paragraph section
	say says said state states stated stating mention mentions mentioned described following follow follows summary short answer question overall
	information details overview note key points steps yes sure
	laut dokument dokumente dokumenten quelle quellen text folgende folgendes folgenden zusammenfassung antwort kurz
	selon document documents suivant suivante suivants résumé réponse según documento documentos siguiente siguientes resumen respuesta`)

// maxTopic is how many words a lead-in may name its subject with.
const maxTopic = 4

// leadIn tells whether a sentence only announces what follows it, so that it needs
// no source: "In short:", "Here is what the documents say about parental leave:", or
// a heading that stands in the sources. No number, name or "not" is let through.
func (v *verifier) leadIn(s string) bool {
	if len(s) > 200 || strings.Contains(strings.TrimSpace(s), "\n") {
		return false
	}
	heading := strings.HasPrefix(s, "#")
	body := strings.Trim(s, "#*_ ")
	r := read(body, text.Language(body))
	if slices.ContainsFunc(r.facts, func(f fact) bool { return f.kind != aName || r.words[f.from].name == name && !heading }) || len(r.negations()) > 0 {
		return false
	}
	var topic []word
	announces := false
	for _, w := range r.words {
		switch {
		case generic[strings.ToLower(w.Text)]:
			announces = true
		case !w.stop:
			topic = append(topic, w)
		}
	}
	switch {
	case len(topic) == 0:
		return announces || strings.HasSuffix(body, ":")
	case len(topic) > maxTopic || text.Unspaced(topic[0].Text):
		return false
	case heading:
		return v.standsTogether(topic)
	}
	before := topic[0].Start
	return announces && strings.HasSuffix(body, ":") && aboutWords[lastWordBefore(body, before)] && v.standsTogether(topic)
}

// leads returns the cited hits from whose text s was cut off: whole lines of their lead.
func (v *verifier) leads(s string, cited []int) (places []place) {
	for _, h := range cited {
		before, after, found := strings.Cut(v.hits[h].Passage.Lead, s)
		line := before[strings.LastIndexByte(before, '\n')+1:]
		if found && strings.TrimSpace(line) == "" && (after == "" || strings.HasPrefix(strings.TrimLeft(after, " \t\r"), "\n")) {
			places = append(places, place{hit: h})
		}
	}
	return places
}

var aboutWords = wordSet("about on regarding concerning for of über zu zum zur sur sobre de")

// lastWordBefore returns the word before byte i, or the one before an article.
func lastWordBefore(s string, i int) string {
	ws := strings.Fields(strings.ToLower(s[:i]))
	for len(ws) > 1 && slices.Contains([]string{"the", "a", "an", "your", "our", "die", "der", "das", "la", "le", "el"}, ws[len(ws)-1]) {
		ws = ws[:len(ws)-1]
	}
	if len(ws) == 0 {
		return ""
	}
	return ws[len(ws)-1]
}

// standsTogether tells whether some words stand one after the other in a source,
// in its text, title or heading.
func (v *verifier) standsTogether(topic []word) bool {
	for _, h := range v.hits {
		p := h.Passage
		if !strings.Contains(strings.ToLower(p.Title+p.Heading+p.Text), strings.ToLower(topic[0].Text)) {
			continue
		}
		for _, in := range []string{p.Title, p.Heading, p.Text} {
			r := read(in, text.Language(p.Text))
			terms := make([]string, len(topic))
			for i, w := range topic {
				terms[i], _ = text.Term(w.Text, r.lang)
			}
			for _, at := range r.at[terms[0]] {
				if r.goesOn(at+1, terms[1:]) {
					return true
				}
			}
		}
	}
	return false
}

// goesOn tells whether some terms follow in r from word i, with nothing but
// articles and the like between them.
func (r *reading) goesOn(i int, terms []string) bool {
	for i < len(r.words) && len(terms) > 0 {
		switch w := r.words[i]; {
		case !w.stop && w.term == terms[0]:
			terms = terms[1:]
		case !w.stop || r.isNegator(i):
			return false
		}
		i++
	}
	return len(terms) == 0
}
