package ragtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"footnote/rag"
)

// TestIndex is the contract of rag.Index. Each of its tests calls open for an
// empty store of its own; the function that open returns opens an Index on that
// store, and closes the one that it opened before.
func TestIndex(t *testing.T, open func(t *testing.T) func() rag.Index) {
	for _, c := range []struct {
		name string
		test func(*tester)
	}{
		{"Empty", empty},
		{"Search", search},
		{"LargeN", largeN},
		{"TiesByID", tiesByID},
		{"TiesAtTheCut", tiesAtTheCut},
		{"Scopes", scopes},
		{"SmallScope", smallScope},
		{"WordsOnly", wordsOnly},
		{"NilVectors", nilVectors},
		{"Blocks", blocks},
		{"BlocksAtTheCut", blocksAtTheCut},
		{"BlocksInScope", blocksInScope},
		{"NoQueryVector", noQueryVector},
		{"BadPassages", badPassages},
		{"BadQueryVectors", badQueryVectors},
		{"Recipes", recipes},
		{"FormerVectors", formerVectors},
		{"FormerVectorsGo", formerVectorsGo},
		{"Coverage", coverage},
		{"Cancelled", cancelled},
		{"Gone", gone},
		{"Refused", refused},
		{"Files", files},
		{"Passages", passages},
		{"DF", documentFrequency},
		{"Spell", spelling},
		{"Acronyms", acronyms},
		{"TitlesAreSearched", titlesAreSearched},
		{"ReusedSlices", reusedSlices},
		{"MutatedResults", mutatedResults},
		{"AnyBytes", anyBytes},
		{"HistoryIndependence", historyIndependence},
		{"Concurrency", concurrency},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := &tester{T: t, open: open(t), e: &Embedder{}}
			x.ix = x.open()
			c.test(x)
		})
	}
}

// A tester holds the index of one test.
type tester struct {
	*testing.T
	open func() rag.Index
	ix   rag.Index
	e    *Embedder
}

var all = rag.Scope{All: true}

func (x *tester) vectors(ps []rag.Passage) []rag.Vectors {
	x.Helper()
	vs, err := Vectors(x.Context(), x.e, ps)
	x.must(err)
	return vs
}

// vector returns that of a text.
func (x *tester) vector(text string) rag.Vector {
	x.Helper()
	v, err := x.e.EmbedQuery(x.Context(), text)
	x.must(err)
	return v
}

func (x *tester) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

// put replaces a file by one with these texts, and vectors.
func (x *tester) put(doc string, texts ...string) []rag.Passage {
	x.Helper()
	ps := Passages(doc, texts...)
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: doc, Embedded: x.e.Model()}, ps, x.vectors(ps)))
	return ps
}

func (x *tester) remove(doc string) {
	x.Helper()
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: doc}, nil, nil))
}

func (x *tester) search(query string, n int, s rag.Scope) []rag.Hit {
	x.Helper()
	hits, err := x.ix.Search(x.Context(), rag.Query{Text: query, Vector: x.vector(query), Embedded: x.e.Model()}, n, s)
	x.must(err)
	return hits
}

func (x *tester) coverage() map[string]rag.Coverage {
	x.Helper()
	cs, err := x.ix.Coverage(x.Context())
	x.must(err)
	return cs
}

// covers compares how many passages have vectors of each recipe.
func (x *tester) covers(what string, want map[string]int) {
	x.Helper()
	got := map[string]int{}
	for recipe, c := range x.coverage() {
		got[recipe] = c.Passages
	}
	x.same("coverage "+what, got, want)
}

// texts returns what hits say, sorted.
func texts(hits []rag.Hit) []string {
	var ts []string
	for _, h := range hits {
		ts = append(ts, h.Passage.Text)
	}
	slices.Sort(ts)
	return ts
}

func (x *tester) same(what string, got, want any) {
	x.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		x.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func byScore(a, b rag.Hit) int {
	if a.Score != b.Score {
		if a.Score > b.Score {
			return -1
		}
		return 1
	}
	return strings.Compare(a.Passage.ID, b.Passage.ID)
}

// unit returns a vector of length 1.
func unit(dim int) rag.Vector {
	v := make(rag.Vector, dim)
	v[0] = 1
	return v
}

// wholes returns vectors of passages, and none of blocks.
func wholes(vs ...rag.Vector) []rag.Vectors {
	all := make([]rag.Vectors, len(vs))
	for i, v := range vs {
		all[i].Whole = v
	}
	return all
}
