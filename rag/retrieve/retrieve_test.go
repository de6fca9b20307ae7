package retrieve

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// scripted is an Index that returns set hits by query. It says to have vectors of
// one recipe, whichever is asked for, or what coverage says.
type scripted struct {
	rag.Index
	hits     map[string][]rag.Hit
	queries  []rag.Query
	coverage []map[string]rag.Coverage // one for each time it is asked; the last one stays
}

func (x *scripted) Search(_ context.Context, q rag.Query, n int, _ rag.Scope) ([]rag.Hit, error) {
	x.queries = append(x.queries, q)
	return slices.Clone(x.hits[q.Text]), nil
}

func (x *scripted) Coverage(context.Context) (map[string]rag.Coverage, error) {
	if x.coverage == nil {
		all := map[string]rag.Coverage{}
		for _, model := range []string{bge, "another"} {
			all[recipe(model)] = rag.Coverage{Passages: 9}
		}
		return all, nil
	}
	now := x.coverage[0]
	x.coverage = x.coverage[min(1, len(x.coverage)-1):]
	return now, nil
}

func recipe(model string) string { return rag.Recipe(embedder{model: model}) }

type embedder struct {
	model string
	err   error
}

func (e embedder) Model() string { return e.model }
func (e embedder) EmbedPassages(context.Context, []string) ([]rag.Vector, error) {
	return nil, errors.New("not asked for")
}
func (e embedder) EmbedQuery(ctx context.Context, _ string) (rag.Vector, error) {
	if err := cmpErr(ctx.Err(), e.err); err != nil {
		return nil, err
	}
	return rag.Vector{1}, nil
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func hit(id string, paragraph int, dense, lexical float64) rag.Hit {
	return rag.Hit{Passage: rag.Passage{ID: id, DocID: "d", Paragraph: paragraph}, Dense: dense, Lexical: lexical}
}

func ids(hits []rag.Hit) string {
	var s []string
	for _, h := range hits {
		s = append(s, h.Passage.ID)
	}
	return strings.Join(s, " ")
}

const bge = "bge-small-en-v1.5 int8"

func TestFusion(t *testing.T) {
	hits := []rag.Hit{hit("words", 1, .1, .6), hit("near", 2, .9, .1), hit("both", 3, .6, .5), hit("words only", 4, 0, .45)}
	for _, c := range []struct{ question, model, want string }{
		{"What is the answer?", bge, "near words only both words"},
		{"黑豹队的防守丢了多少分？", bge, "words both words only near"},
		{"Was ist die Antwort?", bge, "words both words only near"},
		{"Was ist die Antwort?", "another", "both words only near words"},
	} {
		ix := &scripted{hits: map[string][]rag.Hit{c.question: hits}}
		r, err := New(ix, embedder{model: c.model}).Retrieve(t.Context(), rag.Question{Text: c.question}, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(r.Hits); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.question, c.model, got, c.want)
		}
	}
}

func TestFollowUpSearchesTwice(t *testing.T) {
	ix := &scripted{hits: map[string][]rag.Hit{
		"And who pays?":                    {hit("a", 1, .5, .5), hit("b", 2, .4, .4)},
		"How long is leave? And who pays?": {hit("b", 2, .6, .6), hit("c", 3, .3, .3)},
	}}
	q := rag.Question{Text: "And who pays?", History: []rag.Turn{{Question: "How long is leave?"}, {Question: "and?"}}}
	r, err := New(ix, embedder{model: bge}).Retrieve(t.Context(), q, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(r.Hits); got != "b a" || r.Query != "How long is leave? And who pays?" || len(ix.queries) != 2 {
		t.Errorf("%s for %q after %v", got, r.Query, ix.queries)
	}
	if math.Abs(r.Hits[0].Dense-.25/.65) > 1e-9 || math.Abs(r.Hits[0].Score-(.75*(.05+.25)/.65+.25*(.4+.6))/2) > 1e-9 {
		t.Errorf("scores %+v", r.Hits[0])
	}
}

// TestParts holds that parts of one long block are found each for itself: the row that
// was asked for may stand in any of them.
func TestParts(t *testing.T) {
	ix := &scripted{hits: map[string][]rag.Hit{"q": {hit("p1", 1, .5, .5), hit("p1b", 1, .6, .6), hit("p2", 2, .4, .4), hit("p3", 3, .3, .3)}}}
	r, err := New(ix, nil).Retrieve(t.Context(), rag.Question{Text: "q"}, 3)
	if err != nil || ids(r.Hits) != "p1b p1 p2" {
		t.Errorf("%s, %v", ids(r.Hits), err)
	}
	if ix.queries[0].Vector != nil {
		t.Error("a vector without an embedder")
	}
}

func TestTiesGoByID(t *testing.T) {
	var hits []rag.Hit
	for i, id := range []string{"d", "b", "a", "c"} {
		hits = append(hits, hit(id, i+1, .5, .5))
	}
	ix := &scripted{hits: map[string][]rag.Hit{"q": hits}}
	for range 20 {
		if r, _ := New(ix, embedder{model: bge}).Retrieve(t.Context(), rag.Question{Text: "q"}, 3); ids(r.Hits) != "a b c" {
			t.Fatalf("got %s", ids(r.Hits))
		}
	}
}

func TestWithoutTheQuestionsVector(t *testing.T) {
	ix := &scripted{hits: map[string][]rag.Hit{"q": {hit("a", 1, 0, .5)}}}
	r, err := New(ix, embedder{model: bge, err: errors.New("endpoint is down")}).Retrieve(t.Context(), rag.Question{Text: "q"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("searched by words only: endpoint is down", r.Degraded); diff != "" || ids(r.Hits) != "a" {
		t.Error(diff, ids(r.Hits))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(ix, embedder{model: bge}).Retrieve(ctx, rag.Question{Text: "q"}, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
