package ragtest

import (
	"fmt"
	"math"
	"slices"

	"footnote/rag"
)

// Vectors of two recipes are never compared, also when they have one length, and
// each can be searched in full.
func recipes(x *tester) {
	first, other, longer := &Embedder{}, &Embedder{Name: "other"}, &Embedder{Name: "longer", Dim: 65}
	x.put("a.txt", "green apples")
	x.put("b.txt", "red pears")
	x.e = other
	x.put("c.txt", "blue plums")
	x.e = longer
	x.put("d.txt", "yellow lemons")
	for range 2 {
		for _, c := range []struct {
			e     *Embedder
			query string
			want  []string
		}{
			{first, "cherries", []string{"green apples", "red pears"}},
			{other, "cherries", []string{"blue plums"}},
			{longer, "cherries", []string{"yellow lemons"}},
			{&Embedder{Name: "none"}, "cherries", nil},
			{other, "pears", []string{"blue plums", "red pears"}},
		} {
			x.e = c.e
			hits := x.search(c.query, 10, all)
			x.same(c.e.Model()+" for "+c.query, texts(hits), c.want)
			for _, h := range hits {
				if byWords := h.Lexical > 0; (h.Dense == 0) != byWords {
					x.Errorf("%s, %s: cosine %v, words %v", c.e.Model(), h.Passage.DocID, h.Dense, h.Lexical)
				}
			}
		}
		x.ix = x.open()
	}
	x.covers("of three recipes", map[string]int{"bag": 2, "other": 1, "longer": 1})
	// Without a recipe that has vectors of its length, nothing is near.
	v := x.vector("blue plums")
	for _, recipe := range []string{"", "longer", "Other", "unknown"} {
		hits, err := x.ix.Search(x.Context(), rag.Query{Text: "cherries", Vector: v, Embedded: recipe}, 10, all)
		x.must(err)
		x.same("hits of "+recipe, hits, []rag.Hit{})
	}
}

// A file whose passages are the same keeps its former vectors beside the new ones
// until they are dropped.
func formerVectors(x *tester) {
	first, other := &Embedder{}, &Embedder{Name: "other"}
	x.put("a.txt", "green apples", "red\n\npears")
	x.put("b.txt", "blue plums")
	before := x.search("green pears", 10, all)
	x.e = other
	x.put("a.txt", "green apples", "red\n\npears")
	for range 2 {
		x.e = first
		x.same("hits by the former recipe", x.search("green pears", 10, all), before)
		x.covers("half way", map[string]int{"bag": 3, "other": 2})
		x.e = other
		x.same("nearest by the new one", texts(x.search("lemons", 10, all)), []string{"green apples", "red\n\npears"})
		files, err := x.ix.Files(x.Context())
		x.must(err)
		x.same("recipe of a.txt", files["a.txt"].Embedded, "other")
		x.ix = x.open()
	}
	x.put("b.txt", "blue plums")
	after := x.search("green pears", 10, all)
	x.must(x.ix.DropFormer(x.Context()))
	for range 2 {
		x.covers("at the end", map[string]int{"other": 3})
		x.e = first
		x.same("by the former recipe", texts(x.search("lemons", 10, all)), []string{})
		x.e = other
		x.same("hits by the new one", x.search("green pears", 10, all), after)
		x.ix = x.open()
	}
}

// Former vectors go with their passages; a file without new vectors, for which
// there shall be none, keeps them.
func formerVectorsGo(x *tester) {
	for _, c := range []struct {
		name string
		then func()
		want map[string]int
	}{
		{"other passages", func() { x.put("a.txt", "green apples", "red grapes") }, map[string]int{"third": 2}},
		{"fewer passages", func() { x.put("a.txt", "green apples") }, map[string]int{"third": 1}},
		{"the same passages", func() { x.put("a.txt", "green apples", "red pears") }, map[string]int{"bag": 2, "other": 2, "third": 2}},
		{"back to the first", func() { x.e = &Embedder{}; x.put("a.txt", "green apples", "red pears") }, map[string]int{"bag": 2, "other": 2}},
		{"the same passages in other blocks", func() {
			ps := Passages("a.txt", "green apples", "red pears")
			ps[0].Blocks = []rag.Block{{Span: ps[0].Span}}
			x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Embedded: "third"}, ps, x.vectors(ps)))
		}, map[string]int{"third": 2}},
		{"gone", func() { x.remove("a.txt") }, nil},
		{"refused", func() {
			x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Refused: "why"}, nil, nil))
		}, nil},
		{"words first", func() {
			x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt"}, Passages("a.txt", "green apples", "red pears"), nil))
		}, nil},
		{"none wanted", func() {
			ps := Passages("a.txt", "green apples", "red pears")
			x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Embedded: "none"}, ps, make([]rag.Vectors, 2)))
		}, map[string]int{"bag": 2, "other": 2}},
	} {
		x.remove("a.txt")
		for _, name := range []string{"", "other", "third"} {
			x.e = &Embedder{Name: name}
			if name != "third" {
				x.put("a.txt", "green apples", "red pears")
			}
		}
		c.then()
		for range 2 {
			x.covers("after "+c.name, c.want)
			x.ix = x.open()
		}
		files, err := x.ix.Files(x.Context())
		x.must(err)
		x.must(x.ix.DropFormer(x.Context()))
		for recipe := range x.coverage() {
			if recipe != files["a.txt"].Embedded {
				x.Errorf("%s: vectors of %s are still there", c.name, recipe)
			}
		}
	}
}

// Coverage depends on the vectors only, not on how they came.
func coverage(x *tester) {
	var docs []string
	for i := range 60 {
		docs = append(docs, fmt.Sprintf("f%02d.txt", i))
		x.put(docs[i], fmt.Sprintf("passage number %d of many", i), fmt.Sprintf("another, %d", i*i))
	}
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "words.txt"}, Passages("words.txt", "words only"), nil))
	want := x.coverage()
	if c := want["bag"]; len(want) != 1 || c.Passages != 120 || c.Mean <= 0 || c.Mean >= 1 || c.Deviation <= 0 || c.Deviation > .5 {
		x.Errorf("%+v", want)
	}
	x.ix = x.open()
	x.same("coverage, opened again", x.coverage(), want)
	slices.Reverse(docs)
	for i, doc := range docs {
		x.put(doc, "something else", fmt.Sprint(i))
	}
	for i := range docs {
		x.put(fmt.Sprintf("f%02d.txt", i), fmt.Sprintf("passage number %d of many", i), fmt.Sprintf("another, %d", i*i))
	}
	x.same("coverage, replaced and back", x.coverage(), want)
	for _, doc := range docs[2:] {
		x.remove(doc)
	}
	if c := x.coverage()["bag"]; c.Passages != 4 || math.Abs(c.Mean)+c.Deviation != 0 {
		x.Errorf("of too few: %+v", c)
	}
}

func passages(x *tester) {
	want := x.put("a.txt", "two", "one", "three", "two")
	x.put("b.txt", "four")
	for range 2 {
		for doc, ps := range map[string][]rag.Passage{"a.txt": want, "unknown.txt": nil, "": nil} {
			got, err := x.ix.Passages(x.Context(), doc)
			x.must(err)
			x.same("passages of "+doc, got, ps)
			if len(got) > 0 {
				got[0].Text = "changed"
			}
		}
		x.ix = x.open()
	}
	x.remove("a.txt")
	got, err := x.ix.Passages(x.Context(), "a.txt")
	x.must(err)
	x.same("passages of a document that is gone", got, []rag.Passage{})
}
