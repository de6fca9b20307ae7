package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
	"footnote/rag/ragtest"
)

// An odd embedder does something odd to what the bag of words gives.
type odd struct {
	ragtest.Embedder
	batches []int
	change  func(batch int, vs []rag.Vector) ([]rag.Vector, error)
}

func (o *odd) EmbedPassages(ctx context.Context, texts []string) ([]rag.Vector, error) {
	o.batches = append(o.batches, len(texts))
	vs, err := o.Embedder.EmbedPassages(ctx, texts)
	if err == nil && o.change != nil {
		return o.change(len(o.batches), vs)
	}
	return vs, err
}

func numbered(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint("text number ", i)
	}
	return texts
}

func TestCached(t *testing.T) {
	dir := t.TempDir()
	ix, d := open(t, dir)
	e := &odd{}
	texts := append(numbered(70), "text number 3", "text number 3")
	want, err := (&ragtest.Embedder{}).EmbedPassages(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := ix.Cached(e).EmbedPassages(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		got[3][0] = 7 // the caller's own, as is its equal
		if got[70][0] == 7 {
			t.Error("equal texts share a vector")
		}
		d.Close()
		ix, d = open(t, dir)
	}
	if diff := cmp.Diff([]int{32, 32, 6}, e.batches); diff != "" {
		t.Error("batches:", diff)
	}
	other := &odd{Embedder: ragtest.Embedder{Name: "other"}}
	if _, err := ix.Cached(other).EmbedPassages(t.Context(), texts[:2]); err != nil || other.Texts() != 2 {
		t.Errorf("another model embedded %d texts, %v; want 2", other.Texts(), err)
	}
	if v, err := ix.Cached(e).EmbedQuery(t.Context(), "q"); err != nil || len(v) == 0 || e.Queries() != 1 {
		t.Errorf("query: %v, %v", v, err)
	}
	if vs, err := ix.Cached(e).EmbedPassages(t.Context(), nil); err != nil || len(vs) != 0 {
		t.Errorf("no texts: %v, %v", vs, err)
	}
	if ix.Cached(other).Model() != "other" {
		t.Error("the model has another name")
	}
}

// What was embedded before an error, or before the caller gave up, is kept.
func TestCachedKeepsBatches(t *testing.T) {
	broken := errors.New("broken")
	for _, how := range []string{"error", "cancel"} {
		t.Run(how, func(t *testing.T) {
			ix, _ := open(t, t.TempDir())
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			e := &odd{change: func(batch int, vs []rag.Vector) ([]rag.Vector, error) {
				switch {
				case batch == 2 && how == "cancel":
					cancel()
				case batch == 3:
					return nil, broken
				}
				return vs, nil
			}}
			_, err := ix.Cached(e).EmbedPassages(ctx, numbered(100))
			want, kept := broken, 64
			if how == "cancel" {
				want, kept = context.Canceled, 32 // the second could not be committed
			}
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
			again := &ragtest.Embedder{}
			if _, err := ix.Cached(again).EmbedPassages(t.Context(), numbered(100)); err != nil || again.Texts() != 100-kept {
				t.Errorf("embedded %d texts again, %v; want %d", again.Texts(), err, 100-kept)
			}
		})
	}
}

func TestCachedRefuses(t *testing.T) {
	tests := map[string]func(vs []rag.Vector) []rag.Vector{
		"zero":    func(vs []rag.Vector) []rag.Vector { clear(vs[1]); return vs },
		"NaN":     func(vs []rag.Vector) []rag.Vector { vs[1][0] = float32(math.NaN()); return vs },
		"empty":   func(vs []rag.Vector) []rag.Vector { vs[1] = rag.Vector{}; return vs },
		"missing": func(vs []rag.Vector) []rag.Vector { return vs[1:] },
	}
	for name, change := range tests {
		ix, _ := open(t, t.TempDir())
		e := &odd{change: func(_ int, vs []rag.Vector) ([]rag.Vector, error) { return change(vs), nil }}
		if vs, err := ix.Cached(e).EmbedPassages(t.Context(), numbered(3)); err == nil {
			t.Errorf("%s: %v and no error", name, vs)
		}
		fine := &ragtest.Embedder{}
		if _, err := ix.Cached(fine).EmbedPassages(t.Context(), numbered(3)); err != nil || fine.Texts() != 3 {
			t.Errorf("%s: something was stored: %d texts embedded, %v", name, fine.Texts(), err)
		}
	}

	// An embedder that has no vector for a text is asked again the next time.
	ix, _ := open(t, t.TempDir())
	e := &odd{change: func(_ int, vs []rag.Vector) ([]rag.Vector, error) { vs[0] = nil; return vs, nil }}
	for range 2 {
		vs, err := ix.Cached(e).EmbedPassages(t.Context(), numbered(2))
		if err != nil || vs[0] != nil || vs[1] == nil {
			t.Errorf("%v, %v", vs, err)
		}
	}
	if e.Texts() != 3 {
		t.Errorf("embedded %d texts, want 2 and 1 again", e.Texts())
	}
}

// A vector goes when no passage has its text and 30 days have passed.
func TestPrune(t *testing.T) {
	ix, d := open(t, t.TempDir())
	put(t, ix, &ragtest.Embedder{}, "a.txt", "text number 0")
	if _, err := ix.Cached(&ragtest.Embedder{}).EmbedPassages(t.Context(), numbered(2)); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for _, tt := range []struct{ days, want int }{{0, 2}, {29, 2}, {31, 1}, {400, 1}} {
		if err := ix.SetSynced(t.Context(), now.AddDate(0, 0, tt.days)); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := d.Index.QueryRowContext(t.Context(), "SELECT count(*) FROM vectors").Scan(&n); err != nil || n != tt.want {
			t.Errorf("after %d days: %d vectors, %v; want %d", tt.days, n, err, tt.want)
		}
	}
}
