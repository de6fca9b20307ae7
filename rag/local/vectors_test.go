package local

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/philippgille/chromem-go"

	"footnote/rag"
	"footnote/rag/ragtest"
)

func collection(t *testing.T, texts ...string) (*vectors, []rag.Vector) {
	t.Helper()
	c := newVectors()
	vs, err := (&ragtest.Embedder{}).EmbedPassages(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vs {
		if vs[i], err = unitVector(v); err != nil {
			t.Fatal(err)
		}
		if err := c.add(fmt.Sprintf("p%02d", i), rag.Vectors{Whole: vs[i]}, foldersOf("a/b.txt")); err != nil {
			t.Fatal(err)
		}
	}
	return c, vs
}

func ids(ms []match) []string {
	var s []string
	for _, m := range ms {
		s = append(s, m.id)
	}
	slices.Sort(s)
	return s
}

// Each defect of chromem-go that can touch a collection in memory, by its number
// in the list at type vectors. 12, 16 and the wrong cut of ties under a whole
// index are in ragtest: ReusedSlices, MutatedResults, Concurrency, TiesAtTheCut.
func TestChromemDefects(t *testing.T) {
	t.Run("4 and 5: remove forgets the IDs and nothing else", func(t *testing.T) {
		c, vs := collection(t, "one", "two", "three")
		for _, gone := range [][]string{nil, {}, {"no such ID"}} {
			if err := c.remove(gone); err != nil || c.collection.Count() != 3 {
				t.Errorf("remove %q: %d left, %v", gone, c.collection.Count(), err)
			}
		}
		if err := c.remove([]string{"p01"}); err != nil {
			t.Fatal(err)
		}
		ms, err := c.nearest(t.Context(), vs[0], 3, "")
		if got := ids(ms); err != nil || !slices.Equal(got, []string{"p00", "p02"}) {
			t.Errorf("left: %q, %v", got, err)
		}
	})
	t.Run("4 and 5: remove forgets blocks with their passage", func(t *testing.T) {
		c, vs := collection(t, "one", "two", "three")
		for _, id := range []string{"parted", "1 parted", "parted 1"} {
			if err := c.add(id, rag.Vectors{Whole: vs[0], Blocks: []rag.Vector{vs[1], nil, vs[2]}}, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.remove([]string{"1 parted", "p01"}); err != nil || c.collection.Count() != 8 || len(c.byID) != 4 {
			t.Errorf("%d entries of %d passages are left, %v", c.collection.Count(), len(c.byID), err)
		}
	})
	t.Run("6: a cancelled search is an error", func(t *testing.T) {
		c, vs := collection(t, "one", "two")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if ms, err := c.nearest(ctx, vs[0], 2, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, %v", ms, err)
		}
		if found, err := c.collection.QueryEmbedding(ctx, vs[0], 2, nil, nil); err != nil || len(found) != 0 {
			t.Logf("chromem has mended it: %v, %v", found, err)
		}
	})
	t.Run("7: n may be above the count", func(t *testing.T) {
		for _, texts := range [][]string{nil, {"one"}, {"one", "two"}} {
			c, _ := collection(t, texts...)
			v, err := (&ragtest.Embedder{}).EmbedQuery(t.Context(), "one")
			if err != nil {
				t.Fatal(err)
			}
			if ms, err := c.nearest(t.Context(), v, 50, ""); err != nil || len(ms) != len(texts) {
				t.Errorf("of %d: %v, %v", len(texts), ms, err)
			}
		}
	})
	t.Run("8: a vector of another length is refused", func(t *testing.T) {
		c, vs := collection(t, "one", "two")
		for _, odd := range []rag.Vectors{{Whole: vs[0][:3]}, {Whole: vs[0], Blocks: []rag.Vector{vs[1], vs[0][:3]}}} {
			if err := c.add("odd", odd, nil); err == nil || c.collection.Count() != 2 {
				t.Errorf("%d entries, %v", c.collection.Count(), err)
			}
		}
		if _, err := c.nearest(t.Context(), vs[0], 2, ""); err != nil {
			t.Error(err)
		}
	})
	t.Run("9: zero, NaN and infinity are refused", func(t *testing.T) {
		nan, inf := float32(math.NaN()), float32(math.Inf(-1))
		for _, v := range []rag.Vector{nil, {}, {0, 0}, {0, nan}, {1, inf}, {nan, inf}} {
			if u, err := unitVector(v); err == nil {
				t.Errorf("%v becomes %v", v, u)
			}
		}
	})
	t.Run("10: vectors are of unit length, and stay as they are", func(t *testing.T) {
		for _, v := range []rag.Vector{{3, 4}, {1e-30, 1e-30}, {1e30, 1e30}, {.6, .8}, {-1, 0}} {
			u, err := unitVector(v)
			if err != nil {
				t.Fatal(err)
			}
			c := newVectors()
			if err := c.add("a", rag.Vectors{Whole: u}, nil); err != nil {
				t.Fatal(err)
			}
			doc, err := c.collection.GetByID(t.Context(), entry(0, "a"))
			if err != nil || !slices.Equal(doc.Embedding, u) || math.Abs(float64(cosine(u, u))-1) > 1e-6 {
				t.Errorf("%v: unit %v, in the collection %v, %v", v, u, doc.Embedding, err)
			}
		}
		c, _ := collection(t, "one")
		if err := c.collection.AddDocument(t.Context(), chromem.Document{ID: "x", Content: "text"}); err == nil {
			t.Error("the collection embeds by itself")
		}
	})
	t.Run("10: chromem's cosine is ours to the bit", func(t *testing.T) {
		c, vs := collection(t, numbered(200)...)
		rs, err := c.collection.QueryEmbedding(t.Context(), vs[7], 200, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]float32{}
		for _, r := range rs {
			found[passageOf(r.ID)] = r.Similarity
		}
		ms, err := c.nearest(t.Context(), vs[7], 200, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ms {
			var i int
			fmt.Sscanf(m.id, "p%d", &i)
			if got := cosine(vs[7], vs[i]); got != found[m.id] {
				t.Errorf("%s: %v, chromem has %v", m.id, got, found[m.id])
			}
		}
	})
	t.Run("11: a folder holds only what is in it", func(t *testing.T) {
		c, vs := collection(t, "one", "two")
		for folder, want := range map[string]int{"a": 2, "a/b.txt": 2, "b": 0, "a/": 0, "A": 0, inFolder: 0} {
			if ms, err := c.nearest(t.Context(), vs[0], 5, folder); err != nil || len(ms) != want {
				t.Errorf("folder %q holds %d, %v; want %d", folder, len(ms), err, want)
			}
		}
	})
	t.Run("13: a new collection is empty, and leaves the old one alone", func(t *testing.T) {
		c, _ := collection(t, "one", "two")
		if n := newVectors().collection.Count(); n != 0 || c.collection.Count() != 2 {
			t.Errorf("%d in the new one, %d in the old", n, c.collection.Count())
		}
	})
	t.Run("ties at the cut are all returned", func(t *testing.T) {
		same := slices.Repeat([]string{"all rights reserved"}, 90)
		c, vs := collection(t, append(same, "something else")...)
		for _, n := range []int{1, 5, 89, 90} {
			if ms, err := c.nearest(t.Context(), vs[0], n, ""); err != nil || len(ms) < 90 {
				t.Errorf("n = %d: %d of 90 equals, %v", n, len(ms), err)
			}
		}
	})
}

func TestOutermost(t *testing.T) {
	for _, tt := range []struct{ in, want []string }{
		{nil, nil},
		{[]string{"a", "a"}, []string{"a"}},
		{[]string{"a/b", "a", "a-b", "ab", "a/b/c"}, []string{"a", "a-b", "ab"}},
		{[]string{"a/b", "a/c"}, []string{"a/b", "a/c"}},
	} {
		if got := outermost(slices.Clone(tt.in)); !slices.Equal(got, tt.want) {
			t.Errorf("outermost(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestLanguages(t *testing.T) {
	english := "The quick brown fox jumps over the lazy dog, and then it sleeps in the garden of the house for the rest of the day."
	german := "Der schnelle braune Fuchs springt über den faulen Hund, und dann schläft er im Garten des Hauses bis zum Ende des Tages, wie es ist."
	for _, tt := range []struct {
		name  string
		texts []string
		want  []string
	}{
		{"none", nil, []string{}},
		{"cannot be told", []string{"x1"}, []string{"en"}},
		{"short ones follow", []string{english, "Ja und nein", "IPv4"}, []string{"en", "en", "en"}},
		{"a quotation follows", []string{english, english, english, english, english, german}, []string{"en", "en", "en", "en", "en", "en"}},
		{"two languages", []string{english, german, german}, []string{"en", "de", "de"}},
		{"only short ones", []string{"the house of the rising sun", "kein"}, []string{"en", "en"}},
	} {
		if got := languages(ragtest.Passages("a", tt.texts...)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
