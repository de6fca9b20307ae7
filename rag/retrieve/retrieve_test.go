package retrieve

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// scripted is an Index that returns set hits by query. It says to have vectors of
// one recipe, whichever is asked for, or what coverage says.
type scripted struct {
	rag.Index
	hits     map[string][]rag.Hit
	queries  []rag.Query
	counted  []string                  // words whose passages were counted
	coverage []map[string]rag.Coverage // one for each time it is asked; the last one stays
}

func (x *scripted) Search(_ context.Context, q rag.Query, n int, _ rag.Scope) ([]rag.Hit, error) {
	x.queries = append(x.queries, q)
	return slices.Clone(x.hits[q.Text]), nil
}

// DF says that one passage of nine holds each word.
func (x *scripted) DF(_ context.Context, words []string) ([]int, int, error) {
	x.counted = append(x.counted, words...)
	df := make([]int, len(words))
	for i := range df {
		df[i] = 1
	}
	return df, 9, nil
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

const bge = "bge-small-en-v1.5-int8.1"

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

func TestFollowUp(t *testing.T) {
	ix := &scripted{hits: map[string][]rag.Hit{
		"And who pays?":                    {hit("a", 1, .5, .5), hit("b", 2, .4, .4)},
		"How long is leave? And who pays?": {hit("b", 2, .6, .6), hit("c", 3, .3, .3)},
	}}
	ix.hits["And who pays?"][1].Block, ix.hits["How long is leave? And who pays?"][0].Block = 1, 2
	q := rag.Question{Text: "And who pays?", History: []rag.Turn{{Question: "How long is leave?"}, {Question: "and?"}}}
	r, err := New(ix, embedder{model: bge}).Retrieve(t.Context(), q, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(r.Hits); got != "b a" || r.Query != "How long is leave? And who pays?" || len(ix.queries) != 2 {
		t.Errorf("%s for %q after %v", got, r.Query, ix.queries)
	}
	if math.Abs(r.Hits[0].Dense-.25/.65) > 1e-9 || math.Abs(r.Hits[0].Score-(1.5*(.6*.05/.65+.4*.4)+.6*.25/.65+.4*.6)/2.5) > 1e-9 || r.Hits[0].Block != 2 {
		t.Errorf("scores %+v", r.Hits[0])
	}
}

// TestFollowUpWithAnswer holds that what was said is searched for too, but never shown to
// an embedder elsewhere: it may quote private documents.
func TestFollowUpWithAnswer(t *testing.T) {
	long := strings.Repeat("very ", 100)
	q := rag.Question{Text: "And then?", History: []rag.Turn{{Question: "First thing?"}, {Question: "Who pays?", Answer: "Anna pays. " + long}, {Question: "Thanks!", Answer: "You are welcome."}}}
	for model, want := range map[string][]string{
		bge:                 {"And then?", "First thing? Who pays? And then?", strings.TrimSpace("Anna pays. "+long[:5*58]) + " And then?"},
		"another":           {"And then?", "First thing? Who pays? And then?"},
		"bge-small-en-v1.5": {"And then?", "First thing? Who pays? And then?"}, // at an endpoint
	} {
		ix := &scripted{coverage: []map[string]rag.Coverage{{recipe(model): {Passages: 9}}}}
		if _, err := New(ix, embedder{model: model}).Retrieve(t.Context(), q, 2); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, query := range ix.queries {
			got = append(got, query.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: searched %q, want %q", model, got, want)
		}
	}
}

// TestExactFirst holds that what has the code of a question stands before what is near.
func TestExactFirst(t *testing.T) {
	with := func(id string, paragraph int, dense, lexical float64, text string) rag.Hit {
		h := hit(id, paragraph, dense, lexical)
		h.Passage.Text = text
		return h
	}
	ix := &scripted{hits: map[string][]rag.Hit{"What is E4017?": {with("near", 1, .9, .5, "E4071 is a fault."), with("this", 2, .4, .3, "E4017: no paper."), with("other", 3, .5, .1, "Errors.")}}}
	r, err := New(ix, embedder{model: bge}).Retrieve(t.Context(), rag.Question{Text: "What is E4017?"}, 8)
	if err != nil || ids(r.Hits) != "this near other" {
		t.Errorf("%s, %v", ids(r.Hits), err)
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

// TestKnownInChinese holds that a run of letters without spaces is known by its pairs: no
// passage holds a whole question.
func TestKnownInChinese(t *testing.T) {
	ix := &scripted{hits: map[string][]rag.Hit{"产假有多少周？": {hit("a", 1, .5, .5)}}}
	if _, err := New(ix, nil).Retrieve(t.Context(), rag.Question{Text: "产假有多少周？"}, 1); err != nil {
		t.Fatal(err)
	}
	for _, w := range ix.counted {
		if utf8.RuneCountInString(w) > 2 {
			t.Errorf("%q is counted, want pairs of letters", w)
		}
	}
	if len(ix.counted) == 0 {
		t.Error("nothing is counted")
	}
}
