package local

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag"
	"footnote/rag/text"
)

const (
	leastSpelt = 5  // letters of a word that may be a slip
	longSpelt  = 8  // letters from which on two may be wrong
	longName   = 7  // letters of a name that may be a slip of another
	triedTerms = 20 // that are near
	triedIn    = 10 // passages that hold one
)

// Spell implements rag.Speller. Stems are compared, as they are what is indexed.
func (ix *Index) Spell(ctx context.Context, words []string, in, but rag.Scope) ([]string, error) {
	within := reach{folders: allowed(in), but: but}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	out := slices.Clone(words)
	for i, w := range words {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if utf8.RuneCountInString(w) < leastSpelt || !lettersOnly(w) || text.Unspaced(w) {
			continue
		}
		if meant := ix.state.spell(w, within); meant != "" {
			out[i] = meant
		}
	}
	return out, nil
}

// A reach is the documents that a word may be from.
type reach struct {
	folders []string
	but     rag.Scope
}

func (r reach) holds(docID string) bool { return holds(r.folders, docID) && !r.but.Holds(docID) }

// A spelling is a term that a word may be a slip of.
type spelling struct {
	lang, term string
	passages   int    // that hold it
	word       string // as one of them has it
	cost       int    // of reading the typed word so
}

// spell returns the word that w is most likely a slip of, "" if there is none or
// a passage holds w.
func (s *state) spell(w string, within reach) string {
	var near []spelling
	for lang := range s.words.passages {
		for _, form := range text.Forms(w, lang) {
			if s.holding(form[0], lang, reach{folders: within.folders}) > 0 {
				return ""
			}
		}
		near = append(near, s.near(w, lang, within)...)
	}
	slices.SortFunc(near, func(a, b spelling) int {
		return cmp.Or(cmp.Compare(b.passages, a.passages), cmp.Compare(a.term, b.term), cmp.Compare(a.lang, b.lang))
	})
	best := spelling{cost: text.TwoSlips + 1}
	for _, f := range near[:min(len(near), triedTerms)] {
		s.write(&f, w, within)
		if f.word != "" && f.cost < best.cost {
			best = f
		}
	}
	return best.word
}

// near returns the terms that differ from w's in a letter or two.
func (s *state) near(w, lang string, within reach) []spelling {
	terms := text.Terms(w, lang)
	if len(terms) != 1 {
		return nil
	}
	typed := terms[0]
	const most = 2 * text.OneSlip
	var found []spelling
	for term := range s.words.ids {
		if !begins(typed, term) || !lettersOnly(term) || text.Slips(typed, term, most) > most {
			continue
		}
		if n := s.holding(term, lang, within); n > 0 {
			found = append(found, spelling{lang: lang, term: term, passages: n})
		}
	}
	return found
}

// begins tells whether two words begin alike, maybe with their first letters swapped.
// It spares most of the vocabulary a comparison.
func begins(typed, term string) bool {
	return len(typed) > 1 && len(term) > 1 && (typed[0] == term[0] || typed[0] == term[1] && typed[1] == term[0])
}

// write sets the word of a passage that w is nearest to, if it is near. A short one
// that is always capitalised is somebody else's name. Without a plural's s words
// differ less.
func (s *state) write(f *spelling, w string, within reach) {
	first, _ := utf8.DecodeRuneInString(w)
	letters := utf8.RuneCountInString(w)
	most := text.OneSlip
	if letters >= longSpelt && !unicode.IsUpper(first) && f.lang == "en" {
		most = text.TwoSlips
	}
	typed := bare(w)
	f.cost = most + 1
	for i, p := range s.words.holding(f.term) {
		e := s.entries[p.slot]
		if i == triedIn {
			break
		}
		if s.words.docs[p.slot].lang != f.lang || !within.holds(e.DocID) {
			continue
		}
		for _, word := range text.Words(strings.Join([]string{e.Text, e.Lead, e.Heading, e.Title}, "\n")) {
			initial, _ := utf8.DecodeRuneInString(word.Text)
			if unicode.IsUpper(initial) && letters < longName && f.lang != "de" {
				continue
			}
			cost := text.Slips(typed, bare(word.Text), most)
			if letters == leastSpelt && len(typed) == len(bare(word.Text)) && !sameLetters(typed, bare(word.Text)) {
				continue // strep is no strip
			}
			if cost > most || cost > f.cost || cost == f.cost && f.word != "" && plainest(word.Text, f.word) >= 0 {
				continue
			}
			if terms := text.Terms(word.Text, f.lang); len(terms) == 1 && terms[0] == f.term {
				f.word, f.cost = word.Text, cost
			}
		}
	}
}

// plainest orders words in lower case before others, and shorter ones first.
func plainest(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), a)-strings.Compare(strings.ToLower(b), b), cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

func sameLetters(a, b string) bool {
	return slices.Equal(slices.Sorted(slices.Values([]rune(a))), slices.Sorted(slices.Values([]rune(b))))
}

func bare(w string) string { return strings.TrimSuffix(strings.ToLower(w), "s") }

// holding returns how many passages of a language hold the term.
func (s *state) holding(term, lang string, within reach) int {
	n := 0
	for _, p := range s.words.holding(term) {
		if s.words.docs[p.slot].lang == lang && within.holds(s.entries[p.slot].DocID) {
			n++
		}
	}
	return n
}

func lettersOnly(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
}
