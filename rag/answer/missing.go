package answer

import (
	"slices"
	"strings"
	"unicode"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/text"
)

// maxPhrase is how many bytes what is missing may have.
const maxPhrase = 120

// askedFor returns what of a phrase is in the words of the user: all of it, or the
// parts that are. A model says what is missing, and a document may have told it
// what to say; nothing but the question itself gets through.
func askedFor(phrase string, q rag.Question) []string {
	said := q.Text
	for _, t := range q.History {
		said += "\n" + t.Question
	}
	lang := text.Language(q.Text)
	known := map[string]bool{}
	for _, t := range text.Terms(said, lang) {
		known[t] = true
	}
	var parts []string
	var part []text.Word
	content := 0 // words of part up to the last that says something
	end := func() {
		if content > 0 {
			parts = append(parts, joinWords(part[:content]))
		}
		part, content = nil, 0
	}
	for _, w := range text.Words(phrase) {
		terms := text.Terms(w.Text, lang)
		isKnown := !slices.ContainsFunc(terms, func(t string) bool { return !known[t] })
		if text.Unspaced(w.Text) {
			isKnown = strings.Contains(said, w.Text)
		}
		switch {
		case !isKnown:
			end()
			continue
		case len(terms) == 0 && len(part) == 0 && !isQuestionWord(w.Text, said):
			continue // begin with a word that says something
		}
		part = append(part, w)
		if len(terms) > 0 {
			content = len(part)
		}
	}
	end()
	return parts[:min(len(parts), maxMissing)]
}

// isQuestionWord tells whether a word without a meaning of its own, such as
// "how", stands in what the user said.
func isQuestionWord(w, said string) bool {
	return slices.ContainsFunc(text.Words(said), func(o text.Word) bool { return strings.EqualFold(o.Text, w) })
}

func joinWords(ws []text.Word) string {
	var b strings.Builder
	for i, w := range ws {
		if b.Len()+len(w.Text) > maxPhrase {
			break
		}
		if i > 0 && !(text.Unspaced(w.Text) && ws[i-1].End == w.Start) {
			b.WriteByte(' ')
		}
		b.WriteString(w.Text)
	}
	return b.String()
}

// refuses tells whether a short reply only says that it found nothing.
func refuses(reply string) (bool, error) {
	if len(reply) > maxSaid {
		return false, nil
	}
	low := strings.ReplaceAll(strings.ToLower(reply), "’", "'")
	for _, lang := range prompts.Languages {
		fixed, err := prompts.In(lang)
		if err != nil {
			return false, err
		}
		for _, s := range append([]string{strings.ToLower(strings.TrimRight(fixed.NotFound, ".。"))}, fixed.Refusals...) {
			if strings.Contains(low, strings.ReplaceAll(s, "’", "'")) {
				return true, nil
			}
		}
	}
	return false, nil
}

const (
	maxChoices = 3
	maxTitle   = 80
)

// choices returns the titles that a model asks back about, as the hits have them,
// or those of the best documents if fewer than two of the model's are titles.
func choices(said string, hits []rag.Hit) []string {
	named := map[string]string{}
	for _, h := range hits {
		p := h.Passage
		for _, title := range []string{p.Heading, p.Title} {
			if k := prompts.Plain(title); k != "" {
				named[k] = title
			}
		}
	}
	var out []string
	add := func(title string) {
		if title = shown(title); title != "" && !slices.Contains(out, title) && len(out) < maxChoices {
			out = append(out, title)
		}
	}
	for _, s := range strings.FieldsFunc(said, func(r rune) bool { return r == '|' || r == '\n' }) {
		add(named[prompts.Plain(s)])
		_, behind, _ := strings.Cut(strings.TrimSpace(s), " ")
		add(named[prompts.Plain(behind)]) // 1. Leave
	}
	if len(out) > 1 {
		return out
	}
	out = nil
	for _, h := range byScore(hits) {
		add(h.Passage.Title)
	}
	return out
}

// shown returns a title on one line, not longer than a choice should be.
func shown(title string) string {
	title = strings.Join(strings.FieldsFunc(title, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsGraphic(r) }), " ")
	if len(title) > maxTitle {
		title = strings.ToValidUTF8(title[:maxTitle], "") + "…"
	}
	return title
}
