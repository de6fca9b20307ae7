package local

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
	"footnote/rag/ragtest"
	"footnote/rag/text"
)

// A model is the index as a map, searched by brute force straight from the
// definitions.
type model struct {
	files map[string]modelFile
}

type modelFile struct {
	embedded string
	ps       []rag.Passage
	langs    []string
	vs       map[string][]rag.Vectors // by recipe
}

// counts is a passage's terms: 1 for each in its text, .5 in title and heading.
func counts(p rag.Passage, lang string) (map[string]float64, int) {
	tf := map[string]float64{}
	own := text.Terms(p.Text, lang)
	for _, t := range own {
		tf[t]++
	}
	for _, t := range append(text.Terms(p.Title, lang), text.Terms(p.Heading, lang)...) {
		tf[t] += .5
	}
	return tf, len(own)
}

// lexical is the normalised BM25 of every passage, by ID.
func (m model) lexical(query string) map[string]float64 {
	type stats struct {
		n, length int
		df        map[string]int
	}
	langs := map[string]*stats{}
	anywhere := map[string]bool{}
	m.each(func(f modelFile, i int) {
		s := langs[f.langs[i]]
		if s == nil {
			s = &stats{df: map[string]int{}}
			langs[f.langs[i]] = s
		}
		tf, length := counts(f.ps[i], f.langs[i])
		s.n++
		s.length += length
		for t := range tf {
			s.df[t]++
			anywhere[t] = true
		}
	})
	scores := map[string]float64{}
	m.each(func(f modelFile, i int) {
		s := langs[f.langs[i]]
		tf, length := counts(f.ps[i], f.langs[i])
		norm, sum := 0., 0.
		seen := map[string]bool{}
		for _, t := range text.Terms(query, f.langs[i]) {
			if seen[t] || !anywhere[t] {
				continue
			}
			seen[t] = true
			idf := math.Log(1 + (float64(s.n-s.df[t])+.5)/(float64(s.df[t])+.5))
			norm += idf * 2.2
			mean := float64(s.length) / float64(s.n)
			if tf[t] > 0 {
				relative := 0.
				if mean > 0 {
					relative = float64(length) / mean
				}
				sum += idf * tf[t] * 2.2 / (tf[t] + 1.2*(.25+.75*relative))
			}
		}
		if sum > 0 {
			scores[f.ps[i].ID] = sum / norm
		}
	})
	return scores
}

// dense is the cosine of every passage that has one, mixed with that of its nearest
// block.
func (m model) dense(v rag.Vector, recipe string) map[string]float64 {
	dot := func(w rag.Vector) (sum float64) {
		for j := range v {
			sum += float64(v[j]) * float64(w[j])
		}
		return sum
	}
	cosines := map[string]float64{}
	m.each(func(f modelFile, i int) {
		if f.vs[recipe] == nil || f.vs[recipe][i].Whole == nil {
			return
		}
		vs, nearest := f.vs[recipe][i], math.Inf(-1)
		for _, b := range vs.Blocks {
			if b != nil {
				nearest = max(nearest, dot(b))
			}
		}
		cosines[f.ps[i].ID] = dot(vs.Whole)
		if !math.IsInf(nearest, -1) {
			cosines[f.ps[i].ID] = (dot(vs.Whole) + nearest) / 2
		}
	})
	return cosines
}

func (m model) each(visit func(f modelFile, i int)) {
	for _, f := range m.files {
		for i := range f.ps {
			visit(f, i)
		}
	}
}

// least returns the n-th best of the scores in scope, or less than any score if
// there are not as many.
func (m model) least(scores map[string]float64, n int, s rag.Scope) float64 {
	var best []float64
	m.each(func(f modelFile, i int) {
		if score, ok := scores[f.ps[i].ID]; ok && inScope(s, f.ps[i].DocID) {
			best = append(best, score)
		}
	})
	if len(best) < n {
		return math.Inf(-1)
	}
	slices.Sort(best)
	return best[len(best)-n]
}

func inScope(s rag.Scope, docID string) bool {
	for _, f := range s.Folders {
		if strings.HasPrefix(docID+"/", f+"/") {
			return true
		}
	}
	return s.All
}

// A world is an index and its model, kept in step.
type world struct {
	t   *testing.T
	rnd *rand.Rand
	ix  *Index
	m   model
}

var vocabulary = strings.Fields(`apple apples pear plum tree garden rain house door red green blue the of and is in
	der die und ist Garten Regen Haus grün le jardin est pluie 雨 庭園 漢字 2026 v1.2 user_name HTTPServer`)

func (w *world) words(n int) string {
	s := make([]string, n)
	for i := range s {
		s[i] = vocabulary[w.rnd.IntN(len(vocabulary))]
	}
	return strings.Join(s, " ")
}

// step replaces one file, at random.
func (w *world) step() {
	doc := fmt.Sprintf("%s/f%d.txt", []string{"a", "b", "b/c", "bc"}[w.rnd.IntN(4)], w.rnd.IntN(4))
	texts := make([]string, max(0, w.rnd.IntN(6)-1))
	if w.rnd.IntN(8) == 0 {
		if err := w.ix.DropFormer(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		for _, f := range w.m.files {
			maps.DeleteFunc(f.vs, func(recipe string, _ []rag.Vectors) bool { return recipe != f.embedded })
		}
	}
	for i := range texts {
		texts[i] = w.words(w.rnd.IntN(30))
		if w.rnd.IntN(4) == 0 {
			texts[i] = "all rights reserved"
		}
		for range w.rnd.IntN(3) {
			texts[i] += "\n\n" + w.words(1+w.rnd.IntN(6))
		}
	}
	f := rag.FileState{ID: doc, Hash: fmt.Sprint(w.rnd.Uint32())}
	ps := ragtest.Passages(doc, texts...)
	for i := range ps {
		ps[i].Title, ps[i].Heading = w.words(w.rnd.IntN(3)), w.words(w.rnd.IntN(3))
		for j := range ps[i].Blocks {
			ps[i].Blocks[j].Heading = ps[i].Heading
		}
	}
	old, ok := w.m.files[doc]
	if ok && w.rnd.IntN(2) == 0 {
		ps = slices.Clone(old.ps) // the same, perhaps with vectors of another recipe
	}
	var vs []rag.Vectors
	if len(ps) > 0 && w.rnd.IntN(3) > 0 {
		e := &ragtest.Embedder{Name: []string{"m", "m", "m", "other"}[w.rnd.IntN(4)], Dim: 16}
		f.Embedded = e.Model()
		var err error
		if vs, err = ragtest.Vectors(w.t.Context(), e, ps); err != nil {
			w.t.Fatal(err)
		}
		if w.rnd.IntN(3) == 0 {
			vs[w.rnd.IntN(len(vs))] = rag.Vectors{}
		}
		for i := range vs {
			switch b := vs[i].Blocks; w.rnd.IntN(6) {
			case 0:
				clear(b)
			case 1:
				vs[i].Blocks = nil
			case 2:
				if len(b) > 0 {
					b[w.rnd.IntN(len(b))] = nil
				}
			}
		}
	}
	if err := w.ix.Replace(w.t.Context(), f, ps, vs); err != nil {
		w.t.Fatal(err)
	}
	if len(ps) == 0 {
		delete(w.m.files, doc)
		return
	}
	all := map[string][]rag.Vectors{}
	if f.Embedded != "" && slices.EqualFunc(old.ps, ps, func(p, q rag.Passage) bool { return p.ID == q.ID }) {
		maps.Copy(all, old.vs)
	}
	if vs != nil {
		all[f.Embedded] = vs
	}
	w.m.files[doc] = modelFile{f.Embedded, ps, languages(ps), all}
}

// check compares a search with the model's: all scores, and whether each passage
// that must be found is, and none that must not. What is as good as the last one
// to within rounding may be either; ragtest has the ties.
func (w *world) check(ix *Index) {
	w.t.Helper()
	query, n := w.words(1+w.rnd.IntN(6)), 1+w.rnd.IntN(8)
	s := []rag.Scope{{All: true}, {Folders: []string{"b"}}, {Folders: []string{"a", "b/c"}}}[w.rnd.IntN(3)]
	recipe := []string{"m", "m", "other"}[w.rnd.IntN(3)]
	v, err := (&ragtest.Embedder{Name: recipe, Dim: 16}).EmbedQuery(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	got, err := ix.Search(w.t.Context(), rag.Query{Text: query, Vector: v, Embedded: recipe}, n, s)
	if err != nil {
		w.t.Fatal(err)
	}
	hits := map[string]rag.Hit{}
	for _, h := range got {
		hits[h.Passage.ID] = h
	}
	distinct := len(hits)
	lexical, dense := w.m.lexical(query), w.m.dense(v, recipe)
	leastLexical, leastDense := w.m.least(lexical, n, s), w.m.least(dense, n, s)
	const near = 1e-6
	w.m.each(func(f modelFile, i int) {
		p := f.ps[i]
		lex, byWords := lexical[p.ID]
		cos, byVector := dense[p.ID]
		visible := inScope(s, p.DocID)
		must := visible && (byWords && lex > leastLexical+near || byVector && cos > leastDense+near)
		may := visible && (byWords && lex > leastLexical-near || byVector && cos > leastDense-near)
		h, found := hits[p.ID]
		delete(hits, p.ID)
		switch {
		case found && !may || !found && must:
			w.t.Errorf("search %q, %d, %v: %s found %v; score %v of %v, cosine %v of %v", query, n, s, p.ID, found, lex, leastLexical, cos, leastDense)
		case found && (!reflect.DeepEqual(h.Passage, p) || math.Abs(h.Lexical-lex) > near || math.Abs(h.Dense-cos) > near || h.Score != h.Lexical):
			w.t.Errorf("search %q, %d, %v: %+v; want %+v, score %v, cosine %v", query, n, s, h, p, lex, cos)
		}
	})
	if len(hits) > 0 || len(got) > 2*n || distinct != len(got) {
		w.t.Errorf("search %q, %d, %v: %d hits, of them unknown or twice: %v", query, n, s, len(got), hits)
	}
}

func checkAgainstModel(t *testing.T, seed uint64, steps int) {
	dir := t.TempDir()
	ix, d := open(t, dir)
	w := &world{t: t, rnd: rand.New(rand.NewPCG(seed, 0)), ix: ix, m: model{files: map[string]modelFile{}}}
	for range steps {
		w.step()
		w.check(ix)
	}
	before := snapshot(t, ix)
	d.Close()
	again, _ := open(t, dir)
	if diff := cmp.Diff(before, snapshot(t, again)); diff != "" {
		t.Error("opened again, it answers differently:", diff)
	}
}

// snapshot holds answers to the last bit.
func snapshot(t *testing.T, ix *Index) (all []rag.Hit) {
	for _, q := range []string{"apple garden", "der Garten im Regen", "庭園 2026", "rights reserved"} {
		v, err := (&ragtest.Embedder{Name: "m", Dim: 16}).EmbedQuery(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		hits, err := ix.Search(t.Context(), rag.Query{Text: q, Vector: v, Embedded: "m"}, 5, rag.Scope{All: true})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hits...)
	}
	return all
}

func TestAgainstModel(t *testing.T) {
	seeds := uint64(6)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { checkAgainstModel(t, seed, 60) })
	}
}

func FuzzAgainstModel(f *testing.F) {
	f.Add(uint64(100))
	f.Fuzz(func(t *testing.T, seed uint64) { checkAgainstModel(t, seed, 25) })
}
