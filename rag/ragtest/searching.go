package ragtest

import (
	"fmt"
	"math"
	"slices"

	"footnote/rag"
)

func empty(x *tester) {
	for range 2 {
		x.same("hits", x.search("anything", 10, all), []rag.Hit{})
		files, err := x.ix.Files(x.Context())
		x.must(err)
		x.same("files", files, map[string]rag.FileState{})
		df, n, err := x.ix.DF(x.Context(), []string{"anything"})
		x.must(err)
		x.same("df and n", append(df, n), []int{0, 0})
		x.covers("of nothing", nil)
		x.must(x.ix.DropFormer(x.Context()))
		x.remove("never/was.txt")
		x.ix = x.open()
	}
}

func search(x *tester) {
	ps := x.put("a.txt", "The cat sleeps on the mat.", "A dog barks at night.", "Ships sail over the sea.")
	hits := x.search("sleeping cat", 1, all)
	if len(hits) == 0 {
		x.Fatal("no hits")
	}
	h := hits[0]
	x.same("best passage", h.Passage, ps[0])
	if h.Score != h.Lexical || h.Lexical <= 0 || h.Lexical > 1 || h.Dense <= 0 || h.Dense > 1.000001 {
		x.Errorf("scores of the best hit: %+v", h)
	}
	// The union: "night" by its word, the passage itself by its vector.
	hits, err := x.ix.Search(x.Context(), rag.Query{Text: "night", Vector: x.vector(ps[2].Text), Embedded: "bag"}, 1, all)
	x.must(err)
	x.same("union", texts(hits), []string{ps[1].Text, ps[2].Text})
	for _, h := range hits {
		if h.Dense == 0 {
			x.Errorf("%q has no cosine", h.Passage.Text)
		}
		if near := math.Abs(h.Dense-1) < 1e-5; near != (h.Passage.ID == ps[2].ID) {
			x.Errorf("%q has cosine %v", h.Passage.Text, h.Dense)
		}
	}
	if !slices.IsSortedFunc(hits, byScore) {
		x.Error("hits are not in order")
	}
}

func largeN(x *tester) {
	x.put("a.txt", "one fish", "two fish", "red fish")
	for _, n := range []int{3, 4, 1000} {
		if got := len(x.search("blue fish", n, all)); got != 3 {
			x.Errorf("n = %d: %d hits, want all 3", n, got)
		}
	}
	for _, n := range []int{0, -1} {
		if got := len(x.search("blue fish", n, all)); got != 0 {
			x.Errorf("n = %d: %d hits, want none", n, got)
		}
	}
}

// Boilerplate: the same words and the same vector many times over.
func tiesByID(x *tester) {
	for i := range 40 {
		x.put(fmt.Sprintf("f%02d.txt", i), "All rights reserved.")
	}
	hits := x.search("rights reserved", 100, all)
	if len(hits) != 40 || !slices.IsSortedFunc(hits, byScore) {
		x.Errorf("%d hits, want 40 in order of their IDs", len(hits))
	}
}

func tiesAtTheCut(x *tester) {
	x.put("best.txt", "rights reserved rights reserved")
	var ids []string
	for i := range 300 {
		ids = append(ids, x.put(fmt.Sprintf("f%03d.txt", i), "All rights are reserved here by the owner.")[0].ID)
	}
	slices.Sort(ids)
	for range 3 {
		hits := x.search("rights reserved", 6, all)
		var got []string
		for _, h := range hits[1:] {
			got = append(got, h.Passage.ID)
		}
		x.same("hits after the first", got, ids[:5])
		x.ix = x.open()
	}
}

func scopes(x *tester) {
	for _, doc := range []string{"hr/a.txt", "hr/sub/b.txt", "hr-private/c.txt", "hr", "hrx", "top.txt", "other/hr/d.txt", "Ärzte/ü.txt", "in/in.txt"} {
		x.put(doc, "the salary of "+doc)
	}
	for _, c := range []struct {
		scope rag.Scope
		want  []string
	}{
		{rag.Scope{}, nil},
		{rag.Scope{Folders: []string{}}, nil},
		{rag.Scope{Folders: []string{""}}, nil},
		{rag.Scope{Folders: []string{"/"}}, nil},
		{rag.Scope{Folders: []string{"."}}, nil},
		{rag.Scope{Folders: []string{"h"}}, nil},
		{rag.Scope{Folders: []string{"hr"}}, []string{"hr", "hr/a.txt", "hr/sub/b.txt"}},
		{rag.Scope{Folders: []string{"hr/"}}, []string{"hr", "hr/a.txt", "hr/sub/b.txt"}},
		{rag.Scope{Folders: []string{"hr/sub", "hr", "hr/sub", "nowhere"}}, []string{"hr", "hr/a.txt", "hr/sub/b.txt"}},
		{rag.Scope{Folders: []string{"hr/sub"}}, []string{"hr/sub/b.txt"}},
		{rag.Scope{Folders: []string{"hr/../hr-private"}}, nil},
		{rag.Scope{Folders: []string{"hr-private", "other"}}, []string{"hr-private/c.txt", "other/hr/d.txt"}},
		{rag.Scope{Folders: []string{"Ärzte", "in"}}, []string{"in/in.txt", "Ärzte/ü.txt"}},
		{rag.Scope{Folders: []string{"top.txt"}}, []string{"top.txt"}},
	} {
		var got []string
		for _, h := range x.search("salary", 20, c.scope) {
			got = append(got, h.Passage.DocID)
		}
		slices.Sort(got)
		x.same(fmt.Sprintf("scope %q", c.scope.Folders), got, c.want)
	}
	if got := len(x.search("salary", 20, all)); got != 9 {
		x.Errorf("scope all: %d hits, want 9", got)
	}
}

// A scope's passages are ranked among themselves, not among all.
func smallScope(x *tester) {
	for i := range 200 {
		x.put(fmt.Sprintf("big/%d.txt", i), "holiday holiday rules", "more holiday rules")
	}
	ps := x.put("small/a.txt", "About other things entirely, and once about a holiday.", "Nothing of the sort.", "Also nothing.")
	hits := x.search("holiday rules", 3, rag.Scope{Folders: []string{"small"}})
	x.same("hits", texts(hits), texts([]rag.Hit{{Passage: ps[0]}, {Passage: ps[1]}, {Passage: ps[2]}}))
}

func wordsOnly(x *tester) {
	ps := Passages("a.txt", "green apples", "red pears")
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt"}, ps, nil))
	x.put("b.txt", "green grass")
	for range 2 {
		hits := x.search("green apples", 10, all)
		x.same("found by words, and b by its vector", texts(hits), []string{"green apples", "green grass"})
		for _, h := range hits {
			if (h.Dense == 0) != (h.Passage.DocID == "a.txt") {
				x.Errorf("%s has cosine %v", h.Passage.DocID, h.Dense)
			}
		}
		x.ix = x.open()
	}
	x.put("a.txt", "green apples", "red pears")
	if got := len(x.search("green apples", 10, all)); got != 3 {
		x.Errorf("with vectors: %d hits, want all 3", got)
	}
}

func nilVectors(x *tester) {
	ps := Passages("a.txt", "green apples", "red pears", "blue plums")
	vs := x.vectors(ps)
	vs[1] = rag.Vectors{}
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Embedded: "bag"}, ps, vs))
	for range 2 {
		x.same("hits", texts(x.search("yellow lemons", 10, all)), []string{"blue plums", "green apples"})
		x.same("hits", texts(x.search("pears", 1, all))[1:], []string{"red pears"})
		x.ix = x.open()
	}
	none := make([]rag.Vectors, 3)
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Embedded: "bag"}, ps, none))
	x.same("hits", texts(x.search("pears", 3, all)), []string{"red pears"})
}

func noQueryVector(x *tester) {
	x.put("a.txt", "green apples", "red pears")
	hits, err := x.ix.Search(x.Context(), rag.Query{Text: "pears", Embedded: "bag"}, 10, all)
	x.must(err)
	x.same("hits", texts(hits), []string{"red pears"})
	if len(hits) == 1 && hits[0].Dense != 0 {
		x.Errorf("cosine %v without a vector", hits[0].Dense)
	}
}

func badQueryVectors(x *tester) {
	x.put("a.txt", "green apples", "red pears")
	dim := len(x.vector("x"))
	nan := unit(dim)
	nan[3] = float32(math.NaN())
	for name, v := range map[string]rag.Vector{"NaN": nan, "zero": make(rag.Vector, dim)} {
		if hits, err := x.ix.Search(x.Context(), rag.Query{Text: "pears", Vector: v, Embedded: "bag"}, 10, all); err == nil {
			x.Errorf("%s: %d hits and no error", name, len(hits))
		}
	}
	// One of another model finds by words only.
	for _, v := range []rag.Vector{{}, unit(dim - 1), unit(dim + 1)} {
		hits, err := x.ix.Search(x.Context(), rag.Query{Text: "pears", Vector: v, Embedded: "bag"}, 10, all)
		x.must(err)
		x.same("hits", texts(hits), []string{"red pears"})
	}
	// Any length of the vector gives the same cosine.
	v := x.vector("green apples")
	for i := range v {
		v[i] *= 3
	}
	hits, err := x.ix.Search(x.Context(), rag.Query{Text: "green apples", Vector: v, Embedded: "bag"}, 1, all)
	x.must(err)
	if len(hits) == 0 || math.Abs(hits[0].Dense-1) > 1e-5 {
		x.Errorf("three times the vector of a passage: %+v", hits)
	}
}

func documentFrequency(x *tester) {
	x.put("a.txt", "green apples are green", "red apples")
	x.put("b.txt", "blue plums and an apple")
	ps := Passages("c.txt", "nothing")
	ps[0].Title, ps[0].Heading = "Kiwi", "Setup > Melon"
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "c.txt"}, ps, nil))
	words := []string{"green", "apples", "lemon", "kiwi", "Melon", ""}
	for range 2 {
		df, n, err := x.ix.DF(x.Context(), words)
		x.must(err)
		x.same("df and n", append(df, n), []int{1, 3, 0, 1, 1, 0, 4})
		x.ix = x.open()
	}
	x.remove("b.txt")
	df, n, err := x.ix.DF(x.Context(), []string{"plums", "apples"})
	x.must(err)
	x.same("df and n without b", append(df, n), []int{0, 2, 3})
}

func titlesAreSearched(x *tester) {
	ps := Passages("a.txt", "It opens at nine.", "It closes at five.")
	ps[0].Title, ps[1].Title, ps[1].Heading = "Library", "Library", "Closing > Sunday"
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt"}, ps, nil))
	x.put("b.txt", "The library is closed on Sunday.")
	hits := x.search("Library Sunday", 10, all)
	if len(hits) != 3 || hits[0].Passage.DocID != "b.txt" || hits[1].Passage.ID != ps[1].ID {
		x.Errorf("want the text's words first, then title and heading, then the title: %+v", hits)
	}
}

func spelling(x *tester) {
	if _, ok := x.ix.(rag.Speller); !ok {
		return
	}
	spell := func(words []string, in rag.Scope, but ...string) []string {
		got, err := x.ix.(rag.Speller).Spell(x.Context(), words, in, rag.Scope{Folders: but})
		x.must(err)
		return got
	}
	x.put("hr/a.txt", "The password and the sabbatical are for all employees.", "Passwords expire. Ask Mr Hansen.")
	x.put("it/b.txt", "The passport office of Lomiville opens the budget on Monday.")
	words := []string{"pasword", "sabaticals", "passport", "buget", "Hanson", "E4017", "elephant", "employes", "Lomivile", "passwrod", "hr"}
	for range 2 {
		x.same("spelt", spell(words, all), []string{"password", "sabbatical", "passport", "budget", "Hanson", "E4017", "elephant", "employees", "Lomiville", "password", "hr"})
		x.ix = x.open()
	}
	// What is not in scope is not given away.
	x.same("spelt in scope", spell([]string{"buget", "pasword"}, rag.Scope{Folders: []string{"hr"}}), []string{"buget", "password"})
	x.same("spelt but after what is private", spell([]string{"pasword", "buget", "passport", "sabbatical"}, all, "hr"), []string{"pasword", "budget", "passport", "sabbatical"})
	x.same("spelt in no scope", spell([]string{"buget"}, rag.Scope{}), []string{"buget"})
}

// Words and their acronym are the same all over the document that has both.
func acronyms(x *tester) {
	x.put("a.txt", "The Service Level Agreement (SLA) is signed.", "The SLA covers nights.", "A service level agreement ends in May.", "A level of service.")
	x.put("b.txt", "The SLA of others is another.")
	df, _, err := x.ix.DF(x.Context(), []string{"SLA", "agreement"})
	x.must(err)
	x.same("passages with SLA, agreement", df, []int{4, 3})
}
