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
	leastSpelt = 5 // letters of a word that may be a slip
	longSpelt  = 8 // letters from which on two may be wrong
	longName   = 7 // letters of a name that may be a slip of another
)

// Spell implements rag.Speller. Stems are compared, as they are what is indexed.
func (ix *Index) Spell(ctx context.Context, words []string, s rag.Scope) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	folders := allowed(s)
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	out := slices.Clone(words)
	for i, w := range words {
		if utf8.RuneCountInString(w) < leastSpelt || !lettersOnly(w) || text.Unspaced(w) {
			continue
		}
		if meant := ix.state.spell(w, folders); meant != "" {
			out[i] = meant
		}
	}
	return out, ctx.Err()
}

// A spelling is a term that a word may be a slip of.
type spelling struct {
	lang, term string
	distance   int
	initial    bool // it begins with the same letter
	passages   int  // that hold it
}

// spell returns the word that w is most likely a slip of, "" if there is none or
// a passage holds w.
func (s *state) spell(w string, folders []string) string {
	var found []spelling
	for lang := range s.words.passages {
		for _, form := range text.Forms(w, lang) {
			if s.inFolders(form[0], lang, folders) > 0 {
				return ""
			}
		}
		found = append(found, s.spellings(w, lang, folders)...)
	}
	slices.SortFunc(found, func(a, b spelling) int {
		if c := cmp.Compare(a.distance, b.distance); c != 0 {
			return c
		}
		if a.initial != b.initial {
			return cmp.Compare(btoi(b.initial), btoi(a.initial))
		}
		return cmp.Or(cmp.Compare(b.passages, a.passages), cmp.Compare(a.term, b.term), cmp.Compare(a.lang, b.lang))
	})
	for _, f := range found {
		if meant := s.written(f, folders, utf8.RuneCountInString(w) >= longName); meant != "" {
			return meant
		}
	}
	return ""
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// spellings returns the terms near to w's in one language.
func (s *state) spellings(w, lang string, folders []string) []spelling {
	terms := text.Terms(w, lang)
	if len(terms) != 1 {
		return nil
	}
	typed := terms[0]
	first, _ := utf8.DecodeRuneInString(typed)
	capital, _ := utf8.DecodeRuneInString(w)
	most := 1
	if utf8.RuneCountInString(w) >= longSpelt && len(typed) > leastSpelt && !unicode.IsUpper(capital) {
		most = 2
	}
	var found []spelling
	for term := range s.words.ids {
		if len(term)-len(typed) > 4*most || len(typed)-len(term) > 4*most {
			continue
		}
		d := text.Distance(typed, term, most)
		initial := strings.HasPrefix(term, string(first))
		if d > most || d == 2 && !initial || !lettersOnly(term) {
			continue
		}
		if n := s.inFolders(term, lang, folders); n > 0 {
			found = append(found, spelling{lang, term, d, initial, n})
		}
	}
	return found
}

// inFolders returns how many passages of a language hold the term.
func (s *state) inFolders(term, lang string, folders []string) int {
	n := 0
	for _, p := range s.words.holding(term) {
		if s.words.docs[p.slot].lang == lang && holds(folders, s.entries[p.slot].DocID) {
			n++
		}
	}
	return n
}

// written returns a word as a passage has it. A short one that is always capitalised
// is somebody else's name.
func (s *state) written(f spelling, folders []string, long bool) string {
	const passages = 50 // that are looked into
	name, seen := "", 0
	for _, p := range s.words.holding(f.term) {
		e := s.entries[p.slot]
		if s.words.docs[p.slot].lang != f.lang || !holds(folders, e.DocID) {
			continue
		}
		for _, w := range text.Words(strings.Join([]string{e.Text, e.Lead, e.Heading, e.Title}, "\n")) {
			if terms := text.Terms(w.Text, f.lang); len(terms) != 1 || terms[0] != f.term {
				continue
			}
			if first, _ := utf8.DecodeRuneInString(w.Text); !unicode.IsUpper(first) || f.lang == "de" {
				return w.Text
			}
			name = w.Text
		}
		if seen++; seen == passages {
			break
		}
	}
	if long {
		return name
	}
	return ""
}

func lettersOnly(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
}
