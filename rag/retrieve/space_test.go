package retrieve

import (
	"math"
	"testing"

	"footnote/rag"
)

func TestChoosesTheVectorsOfMostPassages(t *testing.T) {
	type made map[string]int
	for _, c := range []struct {
		name      string
		embedders []string
		made      made
		want      string // the model that is asked; none if empty
		degraded  string
	}{
		{"complete", []string{"new"}, made{"new": 9}, "new", ""},
		{"none yet", []string{"new", "old"}, nil, "", ""},
		{"the first ones", []string{"new"}, made{"new": 1}, "new", ""},
		{"former ones answer", []string{"new", "old"}, made{"new": 8, "old": 9}, "old", ""},
		{"until as many are made", []string{"new", "old"}, made{"new": 9, "old": 9}, "new", ""},
		{"nobody for the former", []string{"new"}, made{"old": 9}, "", "the vectors are being made anew with new; until then words only"},
		{"some made", []string{"new"}, made{"new": 3, "old": 9}, "new", "the vectors are being made anew with new, 33 % so far; words only for the rest"},
		{"hardly any made", []string{"new"}, made{"new": 1, "old": 900}, "new", "the vectors are being made anew with new, 1 % so far; words only for the rest"},
		{"a third model's", []string{"new", "old"}, made{"new": 1, "old": 5, "third": 9}, "old", "the vectors are being made anew with new, 55 % so far; words only for the rest"},
		{"words only", nil, made{"old": 9}, "", ""},
	} {
		coverage := map[string]rag.Coverage{}
		for model, n := range c.made {
			coverage[recipe(model)] = rag.Coverage{Passages: n}
		}
		ix := &scripted{hits: map[string][]rag.Hit{"q": {hit("a", 1, .5, .5)}}, coverage: []map[string]rag.Coverage{coverage}}
		embedders := []rag.Embedder{nil}
		for _, model := range c.embedders {
			embedders = append(embedders, embedder{model: model})
		}
		r, err := New(ix, embedders...).Retrieve(t.Context(), rag.Question{Text: "q"}, 3)
		if err != nil {
			t.Fatal(err)
		}
		want := ""
		if c.want != "" {
			want = recipe(c.want)
		}
		if q := ix.queries[0]; q.Embedded != want || (q.Vector != nil) != (c.want != "") || r.Degraded != c.degraded {
			t.Errorf("%s: searched %+v, degraded %q; want %q, %q", c.name, q, r.Degraded, want, c.degraded)
		}
	}
}

// The former vectors may be dropped between the choice and the search.
func TestChoosesAgain(t *testing.T) {
	before := map[string]rag.Coverage{recipe("old"): {Passages: 9}, recipe("new"): {Passages: 8}}
	after := map[string]rag.Coverage{recipe("new"): {Passages: 9}}
	for _, c := range []struct {
		then     map[string]rag.Coverage
		searches int
	}{{before, 1}, {after, 2}, {nil, 2}} {
		ix := &scripted{hits: map[string][]rag.Hit{"q": {hit("a", 1, 0, .5)}}, coverage: []map[string]rag.Coverage{before, c.then}}
		r, err := New(ix, embedder{model: "new"}, embedder{model: "old"}).Retrieve(t.Context(), rag.Question{Text: "q"}, 3)
		if err != nil || ids(r.Hits) != "a" || len(ix.queries) != c.searches || ix.queries[0].Embedded != recipe("old") {
			t.Errorf("%v: %v after %+v, %v", c.then, r.Hits, ix.queries, err)
		}
	}
}

// TestChoosesAgainWithoutTheAnswer holds that what the built-in embedder may be shown does
// not reach the one that takes its place in the middle of a search.
func TestChoosesAgainWithoutTheAnswer(t *testing.T) {
	const asked, both, said = "And then?", "Who pays? And then?", "Anna pays And then?"
	near := []rag.Hit{hit("a", 1, .5, .5)}
	ix := &scripted{
		hits:     map[string][]rag.Hit{asked: near, both: near, said: {hit("a", 1, 0, .5)}},
		coverage: []map[string]rag.Coverage{{recipe(bge): {Passages: 9}}, {recipe("new"): {Passages: 9}}},
	}
	q := rag.Question{Text: asked, History: []rag.Turn{{Question: "Who pays?", Answer: "Anna pays."}}}
	r, err := New(ix, embedder{model: "new"}, embedder{model: bge}).Retrieve(t.Context(), q, 3)
	if err != nil || ids(r.Hits) != "a" || len(ix.queries) != 5 {
		t.Errorf("%+v after %+v, %v", r.Hits, ix.queries, err)
	}
	for _, query := range ix.queries {
		if query.Embedded == recipe("new") && query.Text == said {
			t.Error("the answer was shown to an embedder elsewhere")
		}
	}
}

// A cosine of another model counts by how far it is from that of random pairs.
func TestRescale(t *testing.T) {
	e5 := rag.Coverage{Passages: 99, Mean: .81, Deviation: .02}
	for _, c := range []struct {
		model        string
		coverage     rag.Coverage
		cosine, want float64
	}{
		{"e5", e5, .81, .03},
		{"e5", e5, .85, .25},
		{"e5", e5, .99, 1},
		{"e5", e5, .5, tiny},
		{"e5", rag.Coverage{Passages: 9}, .85, .85},
		{bge, e5, .85, .5 / .65},
		{bge, e5, .3, tiny},
	} {
		s := space{e: embedder{model: c.model}, coverage: c.coverage}
		if got := s.rescale(c.cosine); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s, %+v: %v becomes %v, want %v", c.model, c.coverage, c.cosine, got, c.want)
		}
	}
	// The least possible cosine is still one: the passage is not taken for one
	// without a vector.
	ix := &scripted{hits: map[string][]rag.Hit{"q": {hit("far", 1, .5, .5), hit("none", 2, 0, .5)}},
		coverage: []map[string]rag.Coverage{{recipe("e5"): e5}}}
	r, err := New(ix, embedder{model: "e5"}).Retrieve(t.Context(), rag.Question{Text: "q"}, 3)
	if err != nil || ids(r.Hits) != "none far" || math.Abs(r.Hits[1].Score-.3) > 1e-5 {
		t.Errorf("%+v, %v", r.Hits, err)
	}
}
