package rag_test

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"footnote/rag"
	"footnote/rag/bge"
	"footnote/rag/local"
	"footnote/rag/retrieve"
)

var heldWeight = flag.Float64("held", 0, "with -shared, measure this weight of the cosine on what it is not fitted on")

// TestSharedFit shows how places are found with other weights of the cosine than
// retrieve has for English. To fit it anew, choose one of the table of means, in which
// each set counts the same, write it into retrieve, and measure it once with -held. Half
// of the questions about a handbook are kept back for that, and three of four of
// squad_tune; the other two sets are small.
func TestSharedFit(t *testing.T) {
	if *sharedDir == "" {
		t.Skip("fits on tuning sets that are not part of the project: -shared DIR, and -keep DIR to use the indexes again")
	}
	weights := []float64{.4, .45, .5, .55, .6, .65, .7, .75, .8, .85}
	sets := []fitSet{
		{name: "squad_tune", part: func(i int) bool { return i%4 == 0 }},
		{name: "techdocs"},
		{name: "conversations"},
		{name: "handbook", questions: "eval/testdata/handbook/tune.jsonl"},
	}
	if *heldWeight != 0 {
		weights = []float64{*heldWeight}
		sets = []fitSet{
			{name: "squad_tune", part: func(i int) bool { return i%4 != 0 }},
			{name: "handbook", questions: "eval/testdata/handbook/held.jsonl"},
		}
	}
	sums, measured := make([]found, len(weights)), 0.
	for _, set := range sets {
		t.Run(set.name, func(t *testing.T) {
			s := openFit(t, set)
			measured++
			t.Logf("%d questions; the program's weight is %.2f", len(s.questions), s.weight)
			for i, w := range weights {
				f := s.found(t, w)
				t.Logf("weight %.2f  %v", w, f)
				for k := range f {
					sums[i][k] += f[k]
				}
			}
		})
	}
	t.Logf("mean of %.0f sets", measured)
	for i, w := range weights {
		for k := range sums[i] {
			sums[i][k] /= measured
		}
		t.Logf("weight %.2f  %v", w, sums[i])
	}
	if *heldWeight == 0 {
		t.Log("what a weight is not fitted on is not measured: once it is chosen, -held WEIGHT does that")
	}
}

// A fitSet is questions about the documents of a shared set.
type fitSet struct {
	name      string
	questions string           // their file, if it is not the set's own
	part      func(i int) bool // which of them; nil: all
}

// fitDepths are the ranks at which a weight is measured; a language model reads eight.
var fitDepths = [...]int{1, 3, 8}

// found is the share of questions with a right place among so many of the first.
type found [len(fitDepths)]float64

func (f found) String() string {
	var parts []string
	for i, k := range fitDepths {
		parts = append(parts, fmt.Sprintf("hit@%d %.3f", k, f[i]))
	}
	return strings.Join(parts, "  ")
}

// A fit finds places with any weight.
type fit struct {
	retriever *retrieve.Hybrid
	weighted  *weighted
	questions []sharedQuestion
	weight    float64 // what the program has
}

func openFit(t *testing.T, set fitSet) *fit {
	t.Helper()
	path := set.questions
	if path == "" {
		path = filepath.Join(*sharedDir, set.name, "questions.jsonl")
	}
	e, err := bge.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &fit{weighted: &weighted{Index: sharedCorpus(t, set.name).ix, words: 1, searched: map[string][]rag.Hit{}}}
	s.retriever = retrieve.New(s.weighted, once{e, map[string]rag.Vector{}})
	for i, q := range readQuestions(t, path) {
		if len(q.Gold) > 0 && (set.part == nil || set.part(i)) {
			s.questions = append(s.questions, q)
		}
	}
	s.weight = s.inProgram(t)
	return s
}

// inProgram returns the weight that a Hybrid has, by the score of a hit that no word of
// the question found.
func (s *fit) inProgram(t *testing.T) float64 {
	t.Helper()
	for _, q := range s.questions {
		for _, h := range s.retrieve(t, q, 100) {
			if len(q.History) == 0 && h.Lexical == 0 && h.Dense > .1 {
				return h.Score / h.Dense
			}
		}
	}
	t.Fatal("every hit has words of its question")
	return 0
}

func (s *fit) retrieve(t *testing.T, q sharedQuestion, n int) []rag.Hit {
	t.Helper()
	r, err := s.retriever.Retrieve(t.Context(), q.ask(), n)
	if err != nil {
		t.Fatal(err)
	}
	return r.Hits
}

// found measures a weight w. A Hybrid orders by p*cosine + (1-p)*words, p its own
// weight: with words*p/(1-p) * (1-w)/w in place of words, that is the order of
// w*cosine + (1-w)*words.
func (s *fit) found(t *testing.T, w float64) (f found) {
	t.Helper()
	s.weighted.words = s.weight / (1 - s.weight) * (1 - w) / w
	for _, q := range s.questions {
		hits := s.retrieve(t, q, fitDepths[len(fitDepths)-1])
		at := slices.IndexFunc(hits, func(h rag.Hit) bool { return q.isIn(h.Passage) })
		for i, k := range fitDepths {
			if at >= 0 && at < k {
				f[i] += 1 / float64(len(s.questions))
			}
		}
	}
	return f
}

// isIn tells whether a passage holds a right place: its paragraph or, if it has no
// number, its text.
func (q sharedQuestion) isIn(p rag.Passage) bool {
	return slices.ContainsFunc(q.Gold, func(g sharedGold) bool {
		if g.Doc != p.DocID && g.Doc != strings.TrimSuffix(p.DocID, ".txt") {
			return false
		}
		if g.Paragraph > 0 {
			return g.Paragraph >= p.Paragraph && g.Paragraph <= p.Last()
		}
		return strings.Contains(plain(p.Lead+"\n"+p.Text), plain(g.Text))
	})
}

// weighted is an Index that searches each question once, and gives its words another
// weight.
type weighted struct {
	*local.Index
	words    float64
	searched map[string][]rag.Hit
}

// Search implements rag.Index.
func (x *weighted) Search(ctx context.Context, q rag.Query, n int, s rag.Scope) ([]rag.Hit, error) {
	hits, ok := x.searched[q.Text]
	if !ok {
		var err error
		if hits, err = x.Index.Search(ctx, q, n, s); err != nil {
			return nil, err
		}
		x.searched[q.Text] = hits
	}
	hits = slices.Clone(hits)
	for i := range hits {
		hits[i].Lexical *= x.words
	}
	return hits, nil
}

// once is an Embedder that embeds each question once.
type once struct {
	rag.Embedder
	questions map[string]rag.Vector
}

// EmbedQuery implements rag.Embedder.
func (o once) EmbedQuery(ctx context.Context, text string) (rag.Vector, error) {
	if v, ok := o.questions[text]; ok {
		return v, nil
	}
	v, err := o.Embedder.EmbedQuery(ctx, text)
	o.questions[text] = v
	return v, err
}
