package local

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"

	"footnote/rag"
	"footnote/rag/text"
)

const (
	k1 = 1.2
	b  = .75
)

// A bag is a passage as words.
type bag struct {
	lang   string
	length int    // how many terms its text has
	terms  []byte // distinct terms with their counts, as packed by packTerms
}

// analyse counts the terms of a passage: 2 for each time one is in the text, 1
// for each time it is in title, heading or lead, and 1 if it is so by an acronym of
// its document. Halves, so that sums are exact.
func analyse(p rag.Passage, lang string, short []text.Acronym) bag {
	counts := map[string]uint64{}
	own := text.Terms(p.Text, lang)
	for _, t := range own {
		counts[t] += 2
	}
	for _, s := range []string{p.Title, p.Heading, p.Lead} {
		for _, t := range text.Terms(s, lang) {
			counts[t]++
		}
	}
	for _, a := range short {
		expand(counts, a, p.Text, lang)
	}
	return bag{lang: lang, length: len(own), terms: packTerms(counts)}
}

// expand adds to the terms of a text that has an acronym those of its words, and to
// one that has its words the acronym's.
func expand(counts map[string]uint64, a text.Acronym, s, lang string) {
	one, other := text.Terms(a.Short, lang), text.Terms(a.Long, lang)
	missing := func(t string) bool { return counts[t] == 0 }
	switch {
	case !slices.ContainsFunc(one, missing):
	case !slices.ContainsFunc(other, missing) && strings.Contains(strings.ToLower(s), strings.ToLower(a.Long)):
		other = one
	default:
		return
	}
	for _, t := range other {
		counts[t] = max(counts[t], 1)
	}
}

// maxAcronyms is how many acronyms of one document are read.
const maxAcronyms = 100

// acronyms returns those that the passages of a document spell out, each once.
func acronyms(ps []rag.Passage) []text.Acronym {
	var all []text.Acronym
	for _, p := range ps {
		for _, a := range text.Acronyms(p.Text) {
			if len(all) < maxAcronyms && !slices.ContainsFunc(all, func(b text.Acronym) bool { return a.Short == b.Short }) {
				all = append(all, a)
			}
		}
	}
	return all
}

// packTerms writes count, length and bytes of each term, sorted.
func packTerms(counts map[string]uint64) []byte {
	packed := []byte{}
	for _, t := range slices.Sorted(maps.Keys(counts)) {
		packed = binary.AppendUvarint(packed, counts[t])
		packed = binary.AppendUvarint(packed, uint64(len(t)))
		packed = append(packed, t...)
	}
	return packed
}

// unpackTerms hands each term to visit; the slice is good until it returns.
func unpackTerms(packed []byte, visit func(term []byte, count uint32)) error {
	for len(packed) > 0 {
		count, n := binary.Uvarint(packed)
		length, m := binary.Uvarint(packed[max(n, 0):])
		if n <= 0 || m <= 0 || length > uint64(len(packed)-n-m) {
			return errors.New("terms that cannot be read")
		}
		end := n + m + int(length)
		visit(packed[n+m:end], uint32(count))
		packed = packed[end:]
	}
	return nil
}

// words is the inverted index, for BM25.
type words struct {
	ids      map[string]uint32 // of a term
	postings [][]posting       // by term id, sorted by slot
	docs     []doc             // by slot
	passages map[string]int    // how many there are, by language
	lengths  map[string]int    // the sum of their lengths
	count    int               // passages of all languages
}

type posting struct{ slot, count uint32 }

type doc struct {
	lang   string
	length int
	terms  []uint32 // ids, so that the passage can be removed
}

func newWords() words {
	return words{ids: map[string]uint32{}, passages: map[string]int{}, lengths: map[string]int{}}
}

// add and remove cost a binary search for each term of the passage.
func (w *words) add(slot uint32, bg bag) error {
	d := doc{lang: bg.lang, length: bg.length, terms: make([]uint32, 0, len(bg.terms)/8)}
	err := unpackTerms(bg.terms, func(term []byte, count uint32) {
		id, ok := w.ids[string(term)]
		if !ok {
			id = uint32(len(w.postings))
			w.ids[string(term)] = id
			w.postings = append(w.postings, nil)
		}
		d.terms = append(d.terms, id)
		w.postings[id] = insert(w.postings[id], posting{slot, count})
	})
	for int(slot) >= len(w.docs) {
		w.docs = append(w.docs, doc{})
	}
	w.docs[slot] = d
	w.passages[d.lang]++
	w.lengths[d.lang] += d.length
	w.count++
	return err
}

// insert keeps the list sorted; most passages come after all others.
func insert(list []posting, p posting) []posting {
	at := len(list)
	if at > 0 && list[at-1].slot > p.slot {
		at, _ = slices.BinarySearchFunc(list, p.slot, bySlot)
	}
	return slices.Insert(list, at, p)
}

func (w *words) remove(slot uint32) {
	d := w.docs[slot]
	for _, id := range d.terms {
		list := w.postings[id]
		if at, ok := slices.BinarySearchFunc(list, slot, bySlot); ok {
			w.postings[id] = slices.Delete(list, at, at+1)
		}
	}
	w.docs[slot] = doc{}
	w.lengths[d.lang] -= d.length
	w.count--
	if w.passages[d.lang]--; w.passages[d.lang] == 0 {
		delete(w.passages, d.lang)
		delete(w.lengths, d.lang)
	}
}

func bySlot(p posting, slot uint32) int { return cmp.Compare(p.slot, slot) }

// holding returns the passages that hold a term in text, title or heading.
func (w *words) holding(term string) []posting {
	if id, ok := w.ids[term]; ok {
		return w.postings[id]
	}
	return nil
}

// df returns how many passages hold the word as it is read in their language, in
// any of its forms.
func (w *words) df(word string) int {
	n := 0
	for lang := range w.passages {
		seen := map[uint32]bool{}
		for _, form := range text.Forms(word, lang) {
			for _, p := range w.holding(form[0]) {
				if w.docs[p.slot].lang == lang && !seen[p.slot] && w.holdsAll(p.slot, form[1:]) {
					seen[p.slot] = true
				}
			}
		}
		n += len(seen)
	}
	return n
}

func (w *words) holdsAll(slot uint32, terms []string) bool {
	for _, t := range terms {
		if _, ok := slices.BinarySearchFunc(w.holding(t), slot, bySlot); !ok {
			return false
		}
	}
	return true
}

// scores returns the normalised BM25 of every slot for the query, 0 to 1.
func (w *words) scores(query string) []float64 {
	scores := make([]float64, len(w.docs))
	for lang := range w.passages {
		w.addScores(scores, lang, text.Terms(query, lang))
	}
	return scores
}

// addScores scores the passages of one language. A passage's score is summed in
// the order of the terms, so equal passages get equal scores, to the last bit.
func (w *words) addScores(scores []float64, lang string, terms []string) {
	slices.Sort(terms)
	terms = slices.Compact(terms)
	idfs := make([]float64, len(terms))
	norm := 0.
	for i, t := range terms {
		if list := w.holding(t); len(list) > 0 {
			idfs[i] = rag.IDF(w.countIn(list, lang), w.passages[lang])
			norm += idfs[i]
		}
	}
	mean := max(1, float64(w.lengths[lang])) / float64(w.passages[lang])
	for i, t := range terms {
		for _, p := range w.holding(t) {
			d := &w.docs[p.slot]
			if d.lang != lang {
				continue
			}
			tf := float64(p.count) / 2
			scores[p.slot] += idfs[i] / norm * tf / (tf + k1*(1-b+b*float64(d.length)/mean))
		}
	}
}

// countIn returns how many of the passages are in the language.
func (w *words) countIn(list []posting, lang string) int {
	if len(w.passages) == 1 {
		return len(list)
	}
	n := 0
	for _, p := range list {
		if w.docs[p.slot].lang == lang {
			n++
		}
	}
	return n
}
