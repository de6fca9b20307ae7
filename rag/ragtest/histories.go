package ragtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"footnote/rag"
)

// After any sequence of Replaces, an index answers as a fresh one does that got
// the same files in another order, and as itself when it is opened again.
func historyIndependence(x *tester) {
	rnd := rand.New(rand.NewPCG(1, 2))
	words := []string{"apple", "pear", "plum", "tree", "garden", "rain", "der", "Garten", "Regen", "ist", "müde", "雨", "庭", "the", "of", "2026", "v1.2"}
	now := map[string][]string{}
	for range 120 {
		doc := fmt.Sprintf("d%d/f%d.txt", rnd.IntN(3), rnd.IntN(6))
		texts := make([]string, rnd.IntN(4))
		for i := range texts {
			for range 1 + rnd.IntN(12) {
				texts[i] += words[rnd.IntN(len(words))] + " "
				if rnd.IntN(8) == 0 {
					texts[i] += "\n\nand "
				}
			}
		}
		if len(texts) == 0 {
			x.remove(doc)
			delete(now, doc)
			continue
		}
		x.put(doc, texts...)
		now[doc] = texts
	}
	fresh := &tester{T: x.T, open: x.open, e: x.e}
	answers := func(y *tester) (all []any) {
		for _, q := range []string{"apple garden", "Regen im Garten", "雨庭", "the rain of 2026", "v1.2 tree müde"} {
			for _, s := range []rag.Scope{{All: true}, {Folders: []string{"d1", "d2"}}} {
				all = append(all, y.search(q, 4, s))
			}
		}
		df, n, err := y.ix.DF(y.Context(), words)
		y.must(err)
		return append(all, df, n)
	}
	want := answers(x)
	x.ix = x.open()
	x.same("answers after opening again", answers(x), want)
	for doc := range now {
		x.remove(doc)
	}
	fresh.ix = x.ix
	docs := make([]string, 0, len(now))
	for doc := range now {
		docs = append(docs, doc)
	}
	slices.Sort(docs)
	for _, i := range rnd.Perm(len(docs)) {
		fresh.put(docs[i], now[docs[i]]...)
	}
	x.same("answers of the same files in another order", answers(fresh), want)
}

// A search sees each file wholly old or wholly new. Run it with -race.
func concurrency(x *tester) {
	const rounds, passages = 60, 8
	generation := func(doc string, g int) []rag.Passage {
		texts := make([]string, passages)
		for i := range texts {
			texts[i] = fmt.Sprintf("common words, part %d of generation %d", i, g)
		}
		return Passages(doc, texts...)
	}
	docs := []string{"a/1.txt", "a/2.txt", "b/3.txt"}
	for _, doc := range docs {
		ps := generation(doc, 0)
		x.must(x.ix.Replace(x.Context(), rag.FileState{ID: doc, Embedded: "bag"}, ps, x.vectors(ps)))
	}
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for _, doc := range docs {
		writers.Go(func() {
			for g := 1; g <= rounds; g++ {
				ps := generation(doc, g)
				f := rag.FileState{ID: doc}
				var vs []rag.Vectors
				if g%2 == 0 { // words first, then vectors
					f.Embedded, vs = "bag", x.vectors(ps)
				}
				if err := x.ix.Replace(x.Context(), f, ps, vs); err != nil {
					x.Error(err)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					x.checkGenerations(docs, passages)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	x.checkGenerations(docs, passages)
}

func (x *tester) checkGenerations(docs []string, passages int) {
	v, err := x.e.EmbedQuery(x.Context(), "generation")
	if err != nil {
		x.Error(err)
	}
	hits, err := x.ix.Search(x.Context(), rag.Query{Text: "common words", Vector: v, Embedded: "bag"}, len(docs)*passages, all)
	if err != nil {
		x.Error(err)
	}
	seen := map[string]map[string]int{} // by document: passages by generation
	for _, h := range hits {
		if seen[h.Passage.DocID] == nil {
			seen[h.Passage.DocID] = map[string]int{}
		}
		var part, g int
		fmt.Sscanf(h.Passage.Text, "common words, part %d of generation %d", &part, &g)
		seen[h.Passage.DocID][fmt.Sprint(g)]++
	}
	for _, doc := range docs {
		if len(seen[doc]) != 1 {
			x.Errorf("%s is seen in %d generations: %v", doc, len(seen[doc]), seen[doc])
		}
		for g, n := range seen[doc] {
			if n != passages {
				x.Errorf("%s, generation %s: %d passages of %d", doc, g, n, passages)
			}
		}
	}
	if df, n, err := x.ix.DF(x.Context(), []string{"common"}); err != nil || df[0] != n {
		x.Errorf("%v of %d passages, %v; want all", df, n, err)
	}
	if files, err := x.ix.Files(x.Context()); err != nil || len(files) != len(docs) {
		x.Errorf("%d files, %v", len(files), err)
	}
}
