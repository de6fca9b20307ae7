package ragtest

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"footnote/rag"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEmbedder(t *testing.T) {
	var e Embedder
	dot := func(v, w rag.Vector) (sum float64) {
		for i := range v {
			sum += float64(v[i]) * float64(w[i])
		}
		return sum
	}
	vs, err := e.EmbedPassages(t.Context(), []string{"The cat sleeps", "the CAT, asleep", "ships at sea", ""})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vs {
		if math.Abs(dot(v, v)-1) > 1e-6 {
			t.Errorf("vector %d has length %v", i, math.Sqrt(dot(v, v)))
		}
	}
	if near, far := dot(vs[0], vs[1]), dot(vs[0], vs[2]); near < far+.2 {
		t.Errorf("texts that share words have cosine %v, those that do not %v", near, far)
	}
	q, err := e.EmbedQuery(t.Context(), "ships at sea")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(vs[2], q); diff != "" {
		t.Error("query and passage differ:", diff)
	}
	other, err := (&Embedder{Name: "other", Dim: 3}).EmbedPassages(t.Context(), []string{"ships at sea"})
	if err != nil || len(other[0]) != 3 {
		t.Errorf("%v, %v; want a vector of length 3", other, err)
	}
	if e.Texts() != 4 || e.Queries() != 1 {
		t.Errorf("counted %d texts and %d queries, want 4 and 1", e.Texts(), e.Queries())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.EmbedPassages(ctx, []string{"x"}); err == nil {
		t.Error("no error for a cancelled context")
	}
}

func TestPassages(t *testing.T) {
	doc := "one\n\nthree\n\n"
	ps := Passages("a.txt", "one", "three")
	for i, p := range ps {
		if doc[p.Span.Start:p.Span.End] != p.Text || p.Paragraph != i+1 || p.ID == "" {
			t.Errorf("passage %d: %+v", i, p)
		}
	}
	if ps[0].ID == ps[1].ID || ps[0].ID == Passages("b.txt", "one")[0].ID {
		t.Error("different passages have one ID")
	}
}
