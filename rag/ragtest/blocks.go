package ragtest

import (
	"fmt"
	"math"
	"slices"

	"footnote/rag"
)

// dense computes what a hit of this text should have as Dense and Block.
func (x *tester) dense(query, text string) (cosine float64, block int) {
	x.Helper()
	of := x.vectors(Passages("x", text))[0]
	v := x.vector(query)
	dot := func(w rag.Vector) (sum float64) {
		for i := range v {
			sum += float64(v[i]) * float64(w[i])
		}
		return sum
	}
	if len(of.Blocks) == 0 {
		return dot(of.Whole), 0
	}
	best := -1.
	for i, b := range of.Blocks {
		if c := dot(b); c > best {
			best, block = c, i
		}
	}
	return (dot(of.Whole) + best) / 2, block
}

// A passage is as near as it and its nearest block are on average, and a hit names
// that block.
func blocks(x *tester) {
	const lemons = "green apples fall\n\nyellow lemons are sour\n\nred pears rot"
	x.put("a.txt", lemons, "blue plums", "black cherries\n\nwhite currants")
	for range 2 {
		for query, want := range map[string]struct {
			text  string
			block int
		}{
			"sour yellow lemons": {lemons, 1}, "red pears": {lemons, 2}, "apples fall": {lemons, 0},
			"blue plums": {"blue plums", 0}, "white currants": {"black cherries\n\nwhite currants", 1},
		} {
			hits, err := x.ix.Search(x.Context(), rag.Query{Vector: x.vector(query), Embedded: "bag"}, 1, all)
			x.must(err)
			if x.same(query, texts(hits), []string{want.text}); len(hits) != 1 {
				continue
			}
			cosine, block := x.dense(query, want.text)
			if h := hits[0]; math.Abs(h.Dense-cosine) > 1e-5 || h.Block != block || block != want.block {
				x.Errorf("%q: cosine %v and block %d, want %v and %d", query, h.Dense, h.Block, cosine, want.block)
			}
		}
		x.covers("in passages", map[string]int{"bag": 3})
		x.ix = x.open()
	}
	// A block without a vector, and equal ones.
	ps := Passages("a.txt", "yellow lemons\n\nred pears\n\nred pears", "yellow lemons\n\nblue plums")
	vs := x.vectors(ps)
	vs[0].Blocks[0], vs[1].Blocks = nil, make([]rag.Vector, 2)
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Embedded: "bag"}, ps, vs))
	for range 2 {
		hits := x.search("yellow lemons", 5, all)
		slices.SortFunc(hits, func(a, b rag.Hit) int { return a.Passage.Paragraph - b.Passage.Paragraph })
		if len(hits) != 2 || hits[0].Block != 1 || hits[1].Block != 0 {
			x.Fatalf("want the first of equals and the first where there are none: %+v", hits)
		}
		whole, err := x.ix.Search(x.Context(), rag.Query{Vector: vs[1].Whole, Embedded: "bag"}, 1, all)
		x.must(err)
		if len(whole) != 1 || math.Abs(whole[0].Dense-1) > 1e-5 {
			x.Errorf("the vector of a passage without those of blocks: %+v", whole)
		}
		x.ix = x.open()
	}
	x.remove("a.txt")
	x.same("hits when it is gone", x.search("yellow lemons", 5, all), []rag.Hit{})
}

// However many blocks are nearer than the nearest passages, the n nearest passages
// are found.
func blocksAtTheCut(x *tester) {
	for i := range 40 { // each with twenty blocks that are near, and far as a whole
		text := fmt.Sprintf("far from all else, number %d", i)
		for range 20 {
			text += "\n\nyellow lemons here"
		}
		doc := fmt.Sprintf("f%d/%02d.txt", i%3, i)
		ps := Passages(doc, text)
		vs := x.vectors(ps)
		vs[0].Whole = x.vector(fmt.Sprintf("far from all else, number %d", i))
		x.must(x.ix.Replace(x.Context(), rag.FileState{ID: doc, Embedded: "bag"}, ps, vs))
	}
	var nearest []string
	for i, text := range []string{"yellow lemons are sour", "yellow lemons are sour fruit", "yellow lemons and their sour juice"} {
		x.put(fmt.Sprintf("f%d/n.txt", i), text)
		nearest = append(nearest, text)
	}
	for range 2 {
		for n := range len(nearest) + 1 {
			hits, err := x.ix.Search(x.Context(), rag.Query{Vector: x.vector("yellow lemons"), Embedded: "bag"}, n, all)
			x.must(err)
			x.same(fmt.Sprintf("the %d nearest", n), texts(hits), slices.Sorted(slices.Values(nearest[:n])))
		}
		hits, err := x.ix.Search(x.Context(), rag.Query{Vector: x.vector("yellow lemons"), Embedded: "bag"}, 1, rag.Scope{Folders: []string{"f2", "f7"}})
		x.must(err)
		x.same("the nearest in scope", texts(hits), nearest[2:3])
		x.ix = x.open()
	}
}

// Blocks of a document that is not in scope are not looked at.
func blocksInScope(x *tester) {
	x.put("hr/a.txt", "secret salaries\n\nyellow lemons")
	x.put("it/b.txt", "servers\n\npasswords", "yellow servers")
	for range 2 {
		for folder, want := range map[string][]string{"hr": {"secret salaries\n\nyellow lemons"}, "it": {"servers\n\npasswords", "yellow servers"}, "it/b.txt": {"servers\n\npasswords", "yellow servers"}, "no": nil} {
			x.same("in "+folder, texts(x.search("yellow lemons", 5, rag.Scope{Folders: []string{folder}})), want)
		}
		x.ix = x.open()
	}
}
