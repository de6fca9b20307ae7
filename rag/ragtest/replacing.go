package ragtest

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"footnote/rag"
)

func badPassages(x *tester) {
	x.put("good.txt", "green apples", "red pears")
	dim := len(x.vector("x"))
	before := x.search("green pears", 10, all)
	nan, inf, zero := unit(dim), unit(dim), make(rag.Vector, dim)
	nan[0], inf[1] = float32(math.NaN()), float32(math.Inf(1))
	ps := Passages("good.txt", "new apples", "new pears")
	parted := Passages("good.txt", "new apples\n\nnew pears")
	for _, c := range []struct {
		name string
		f    rag.FileState
		ps   []rag.Passage
		vs   []rag.Vectors
	}{
		{"no ID", rag.FileState{}, Passages("", "x"), nil},
		{"NaN", rag.FileState{Embedded: "bag"}, ps, wholes(unit(dim), nan)},
		{"infinity", rag.FileState{Embedded: "bag"}, ps, wholes(unit(dim), inf)},
		{"zero vector", rag.FileState{Embedded: "bag"}, ps, wholes(unit(dim), zero)},
		{"empty vector", rag.FileState{Embedded: "bag"}, ps, wholes(unit(dim), rag.Vector{})},
		{"two lengths", rag.FileState{Embedded: "other"}, ps, wholes(unit(dim), unit(dim+1))},
		{"other length than in another file", rag.FileState{ID: "new.txt", Embedded: "bag"}, Passages("new.txt", "a", "b"), wholes(unit(dim+1), unit(dim+1))},
		{"too few vectors", rag.FileState{Embedded: "bag"}, ps, wholes(unit(dim))},
		{"too many vectors", rag.FileState{Embedded: "bag"}, ps[:1], wholes(unit(dim), unit(dim))},
		{"fewer vectors than blocks", rag.FileState{Embedded: "bag"}, parted, []rag.Vectors{{Whole: unit(dim), Blocks: []rag.Vector{unit(dim)}}}},
		{"more vectors than blocks", rag.FileState{Embedded: "bag"}, ps[:1], []rag.Vectors{{Whole: unit(dim), Blocks: []rag.Vector{unit(dim)}}}},
		{"vectors of blocks alone", rag.FileState{Embedded: "bag"}, parted, []rag.Vectors{{Blocks: []rag.Vector{unit(dim), unit(dim)}}}},
		{"zero vector of a block", rag.FileState{Embedded: "bag"}, parted, []rag.Vectors{{Whole: unit(dim), Blocks: []rag.Vector{zero, unit(dim)}}}},
		{"two lengths in a passage", rag.FileState{Embedded: "other"}, parted, []rag.Vectors{{Whole: unit(dim), Blocks: []rag.Vector{nil, unit(dim + 1)}}}},
		{"vectors of no model", rag.FileState{}, ps, wholes(unit(dim), unit(dim))},
		{"a model without vectors", rag.FileState{Embedded: "bag"}, ps, nil},
		{"one passage twice", rag.FileState{}, []rag.Passage{ps[0], ps[0]}, nil},
		{"passage of another file", rag.FileState{}, Passages("other.txt", "x"), nil},
		{"ID of another file's passage", rag.FileState{ID: "new.txt"}, []rag.Passage{{ID: Passages("good.txt", "green apples")[0].ID, DocID: "new.txt"}}, nil},
	} {
		if c.f.ID == "" && c.name != "no ID" {
			c.f.ID = "good.txt"
		}
		err := x.ix.Replace(x.Context(), c.f, c.ps, c.vs)
		if err == nil {
			x.Errorf("%s: no error", c.name)
		} else if !strings.Contains(err.Error(), c.f.ID) {
			x.Errorf("%s: the error does not name the file: %v", c.name, err)
		}
		x.same(c.name+": hits", x.search("green pears", 10, all), before)
	}
	err := x.ix.Replace(x.Context(), rag.FileState{ID: "good.txt", Embedded: "bag"}, ps, wholes(unit(dim), zero))
	if err == nil || !strings.Contains(err.Error(), ps[1].ID) {
		x.Errorf("the error does not name the passage: %v", err)
	}
	x.ix = x.open()
	x.same("hits after opening again", x.search("green pears", 10, all), before)
}

func cancelled(x *tester) {
	x.put("a.txt", "green apples", "red pears")
	before := x.search("green apples", 10, all)
	ctx, cancel := context.WithCancel(x.Context())
	cancel()
	ps := Passages("a.txt", "something else")
	v := x.vector("something else")
	if hits, err := x.ix.Search(ctx, rag.Query{Text: "green apples", Vector: v, Embedded: "bag"}, 10, all); err == nil {
		x.Errorf("Search: %d hits and no error", len(hits))
	}
	if files, err := x.ix.Files(ctx); err == nil {
		x.Errorf("Files: %d files and no error", len(files))
	}
	if df, n, err := x.ix.DF(ctx, []string{"apples"}); err == nil {
		x.Errorf("DF: %v of %d and no error", df, n)
	}
	if ps, err := x.ix.Passages(ctx, "a.txt"); err == nil {
		x.Errorf("Passages: %d and no error", len(ps))
	}
	if cs, err := x.ix.Coverage(ctx); err == nil {
		x.Errorf("Coverage: %v and no error", cs)
	}
	if err := x.ix.DropFormer(ctx); err == nil {
		x.Error("DropFormer: no error")
	}
	if err := x.ix.Replace(ctx, rag.FileState{ID: "a.txt", Embedded: "bag"}, ps, wholes(v)); err == nil {
		x.Error("Replace: no error")
	}
	x.same("hits", x.search("green apples", 10, all), before)
	x.ix = x.open()
	x.same("hits after opening again", x.search("green apples", 10, all), before)
}

func gone(x *tester) {
	x.put("a.txt", "green apples", "red pears")
	x.put("b.txt", "blue plums")
	x.remove("a.txt")
	for range 2 {
		x.same("hits", texts(x.search("green apples", 10, all)), []string{"blue plums"})
		files, err := x.ix.Files(x.Context())
		x.must(err)
		if len(files) != 1 || files["b.txt"].Passages != 1 {
			x.Errorf("files: %v", files)
		}
		x.ix = x.open()
	}
	x.remove("b.txt")
	x.same("hits", x.search("blue plums", 10, all), []rag.Hit{})
	x.put("a.txt", "green apples")
	x.same("hits", texts(x.search("green apples", 10, all)), []string{"green apples"})
}

func refused(x *tester) {
	x.put("a.txt", "green apples")
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Refused: "not text: it has a NUL byte"}, nil, nil))
	for range 2 {
		x.same("hits", x.search("green apples", 10, all), []rag.Hit{})
		files, err := x.ix.Files(x.Context())
		x.must(err)
		x.same("reason", files["a.txt"].Refused, "not text: it has a NUL byte")
		x.ix = x.open()
	}
	x.remove("a.txt")
	files, err := x.ix.Files(x.Context())
	x.must(err)
	x.same("files", files, map[string]rag.FileState{})
}

func files(x *tester) {
	zone := time.FixedZone("east", 5*60*60)
	want := map[string]rag.FileState{
		"a.txt": {ID: "a.txt", Title: "A ü\x00", Size: 1 << 40, ModTime: time.Date(2026, 1, 2, 3, 4, 5, 678, zone), Hash: "h\xff", Embedded: "bag"},
		"b.txt": {ID: "b.txt"},
		"c.txt": {ID: "c.txt", Refused: "why", ModTime: time.Now()},
	}
	for id, f := range want {
		var ps []rag.Passage
		var vs []rag.Vectors
		if f.Refused == "" {
			ps = Passages(id, "one", "two")
		}
		if f.Embedded != "" {
			vs = x.vectors(ps)
		}
		x.must(x.ix.Replace(x.Context(), f, ps, vs))
		f.Passages = len(ps)
		want[id] = f
	}
	for range 2 {
		got, err := x.ix.Files(x.Context())
		x.must(err)
		x.same("files", got, want)
		delete(got, "a.txt")
		x.ix = x.open()
	}
}

// An Index keeps nothing of its caller's.
func reusedSlices(x *tester) {
	ps := Passages("a.txt", "green apples\n\nyellow lemons", "red pears")
	vs := x.vectors(ps)
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: "a.txt", Embedded: "bag"}, ps, vs))
	before := x.search("green apples", 10, all)
	for i := range ps {
		ps[i] = rag.Passage{ID: "changed", Text: "changed"}
		for _, v := range append(vs[i].Blocks, vs[i].Whole) {
			for j := range v {
				v[j] = 7
			}
		}
		clear(vs[i].Blocks)
		vs[i] = rag.Vectors{}
	}
	x.same("hits", x.search("green apples", 10, all), before)

	v := x.vector("green apples")
	w := slices.Clone(v)
	_, err := x.ix.Search(x.Context(), rag.Query{Text: "apples", Vector: v, Embedded: "bag"}, 2, all)
	x.must(err)
	x.same("the question's vector after a search", v, w)
}

func mutatedResults(x *tester) {
	x.put("a.txt", "green apples", "red pears")
	before := x.search("green apples", 10, all)
	for i, hits := 0, x.search("green apples", 10, all); i < len(hits); i++ {
		hits[i].Passage.Text, hits[i].Passage.DocID, hits[i].Score = "changed", "changed", 7
	}
	files, err := x.ix.Files(x.Context())
	x.must(err)
	clear(files)
	x.same("hits", x.search("green apples", 10, all), before)
	files, err = x.ix.Files(x.Context())
	x.must(err)
	if len(files) != 1 {
		x.Errorf("%d files after the caller cleared its map", len(files))
	}
}

// Every byte of a passage comes back.
func anyBytes(x *tester) {
	doc := "ordner ü/\x01\"'`;--%00 файл.txt"
	ps := Passages(doc, "nul \x00 byte", "", "\xff\xfe not UTF-8", "emoji 🏳️‍🌈 and 漢字かな", "tab\tcr\r\nend")
	for i := range ps {
		ps[i].Title, ps[i].Heading, ps[i].URL, ps[i].Date = "t\x00ü", "a > \x00b", "https://x/?a=b&c#d", "2026-01-02"
		ps[i].Page, ps[i].Line = i*1000, 1<<30
	}
	x.must(x.ix.Replace(x.Context(), rag.FileState{ID: doc, Embedded: "bag"}, ps, x.vectors(ps)))
	for range 2 {
		hits := x.search("byte", 10, rag.Scope{Folders: []string{"ordner ü"}})
		got := make([]rag.Passage, 0, len(ps))
		for _, h := range hits {
			got = append(got, h.Passage)
		}
		slices.SortFunc(got, func(a, b rag.Passage) int { return a.Paragraph - b.Paragraph })
		x.same("passages", got, ps)
		x.ix = x.open()
	}
}
