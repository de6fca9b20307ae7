package rag

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// table is an Index that only stores, which is all that Sync needs.
type table struct {
	files    map[string]FileState
	passages map[string][]Passage
	vectors  map[string][]Vectors
	replaced []string
}

func newTable() *table {
	return &table{map[string]FileState{}, map[string][]Passage{}, map[string][]Vectors{}, nil}
}

func (x *table) Replace(_ context.Context, f FileState, ps []Passage, vs []Vectors) error {
	x.replaced = append(x.replaced, f.ID)
	if len(ps) == 0 && f.Refused == "" {
		delete(x.files, f.ID)
		delete(x.passages, f.ID)
		return nil
	}
	f.Passages = len(ps)
	x.files[f.ID], x.passages[f.ID], x.vectors[f.ID] = f, ps, vs
	return nil
}
func (x *table) Files(context.Context) (map[string]FileState, error)      { return maps.Clone(x.files), nil }
func (x *table) Passages(_ context.Context, id string) ([]Passage, error) { return x.passages[id], nil }
func (x *table) Coverage(context.Context) (map[string]Coverage, error)    { return nil, nil }
func (x *table) DropFormer(context.Context) error                         { return nil }
func (x *table) Search(context.Context, Query, int, Scope) ([]Hit, error) { return nil, nil }
func (x *table) DF(context.Context, []string) ([]int, int, error)         { return nil, 0, nil }

// counting embeds a text as its length and counts texts.
type counting struct {
	texts []string
	fail  int // the batch at which it fails, from 1
	batch int
}

func (e *counting) Model() string { return "counting" }
func (e *counting) EmbedPassages(_ context.Context, texts []string) ([]Vector, error) {
	if e.batch++; e.batch == e.fail {
		return nil, errors.New("pulled the plug")
	}
	e.texts = append(e.texts, texts...)
	var vs []Vector
	for _, t := range texts {
		vs = append(vs, Vector{float32(len(t)), 1})
	}
	return vs, nil
}
func (e *counting) EmbedQuery(ctx context.Context, t string) (Vector, error) { return nil, nil }

// folder is files by name; a text that begins with "!" is refused.
type folder map[string]string

func (fs folder) walk(errs ...error) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(fs)) {
			text := fs[id]
			f := File{FileState: FileState{ID: id, Size: int64(len(text)), ModTime: time.Unix(int64(len(text)), 0)}}
			f.Load = func(context.Context) (Document, []Passage, error) {
				if reason, ok := strings.CutPrefix(text, "!"); ok {
					return Document{}, nil, &RefusedError{reason}
				}
				var ps []Passage
				for i, line := range strings.Split(text, "\n") {
					ps = append(ps, Passage{ID: fmt.Sprint(id, i, line), DocID: id, Title: id, Text: line})
				}
				return Document{ID: id, Title: id, Text: text}, ps, nil
			}
			if !yield(f, nil) {
				return
			}
		}
		for _, err := range errs {
			if !yield(File{}, err) {
				return
			}
		}
	}
}

func sync(t *testing.T, x *table, e Embedder, files iter.Seq2[File, error], opt SyncOptions) SyncReport {
	t.Helper()
	if opt.Roots == nil {
		opt.Roots = []string{""}
	}
	r, err := Sync(t.Context(), x, e, files, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSyncWordsFirst(t *testing.T) {
	x, e := newTable(), &counting{}
	var phases []Phase
	r := sync(t, x, e, folder{"a": "one\ntwo", "b": "three", "c": "!binary"}.walk(), SyncOptions{Progress: func(p Progress) {
		phases = append(phases, p.Phase)
		if p.Phase == Embedding && p.Done == 0 {
			if len(x.passages["a"]) != 2 || len(x.passages["b"]) != 1 || x.vectors["a"] != nil {
				t.Error("words are not all in before the first vector is made")
			}
		}
	}})
	if !slices.IsSorted(phases) || r.Files != 2 || r.Changed != 2 || r.Passages != 3 || len(r.Refused) != 1 {
		t.Errorf("phases %v, report %+v", phases, r)
	}
	if len(x.vectors["a"]) != 2 || x.files["a"].Embedded == "" || x.files["c"].Refused != "binary" {
		t.Errorf("files %+v", x.files)
	}
	if diff := cmp.Diff([]string{"a\none", "a\ntwo", "b\nthree"}, e.texts); diff != "" {
		t.Errorf("embedded, titles in front (-want +got):\n%s", diff)
	}
}

func TestSyncAgainDoesNothing(t *testing.T) {
	x, e := newTable(), &counting{}
	files := folder{"a": "one", "b": "two", "c": "!binary"}
	sync(t, x, e, files.walk(), SyncOptions{})
	x.replaced, e.texts = nil, nil
	r := sync(t, x, e, files.walk(), SyncOptions{})
	if len(x.replaced) != 0 || len(e.texts) != 0 || r.Unchanged != 2 || len(r.Refused) != 1 {
		t.Errorf("replaced %v, embedded %v, report %+v", x.replaced, e.texts, r)
	}
	files["a"] = "other"
	r = sync(t, x, e, files.walk(), SyncOptions{})
	if diff := cmp.Diff([]string{"a", "a"}, x.replaced); diff != "" || r.Changed != 1 {
		t.Errorf("one change replaced %v, report %+v", x.replaced, r)
	}
}

func TestSyncResumes(t *testing.T) {
	x, files := newTable(), folder{"a": "one", "b": "two", "c": "three"}
	if _, err := Sync(t.Context(), x, &counting{fail: 2}, files.walk(), SyncOptions{Roots: []string{""}}); err == nil {
		t.Fatal("the embedder's error is lost")
	}
	e := &counting{}
	sync(t, x, e, files.walk(), SyncOptions{})
	if diff := cmp.Diff([]string{"b\ntwo", "c\nthree"}, e.texts); diff != "" {
		t.Errorf("resumed with (-want +got):\n%s", diff)
	}
	whole := newTable()
	sync(t, whole, &counting{}, files.walk(), SyncOptions{})
	if diff := cmp.Diff(whole.vectors, x.vectors); diff != "" {
		t.Errorf("resumed index differs:\n%s", diff)
	}
}

// TestSyncProgress holds that what a former run has done counts.
func TestSyncProgress(t *testing.T) {
	x, files := newTable(), folder{"a": "one\ntwo", "b": "three", "c": "four"}
	if _, err := Sync(t.Context(), x, &counting{fail: 2}, files.walk(), SyncOptions{Roots: []string{""}}); err == nil {
		t.Fatal("no error")
	}
	var got [][2]int
	sync(t, x, &counting{}, files.walk(), SyncOptions{Progress: func(p Progress) {
		if p.Phase == Embedding {
			got = append(got, [2]int{p.Done, p.Total})
		}
	}})
	if diff := cmp.Diff([][2]int{{2, 4}, {3, 4}, {4, 4}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSyncWithoutEmbedderThenWith(t *testing.T) {
	x, files := newTable(), folder{"a": "one"}
	sync(t, x, nil, files.walk(), SyncOptions{})
	if x.vectors["a"] != nil {
		t.Error("vectors without an embedder")
	}
	sync(t, x, &counting{}, files.walk(), SyncOptions{})
	if len(x.vectors["a"]) != 1 {
		t.Error("no vectors with an embedder")
	}
}

func TestSyncGuard(t *testing.T) {
	many := folder{}
	for i := range 50 {
		many[fmt.Sprintf("n/%02d", i)] = "text"
	}
	without := func(n int) folder {
		m := maps.Clone(many)
		for i := range n {
			delete(m, fmt.Sprintf("n/%02d", i))
		}
		return m
	}
	missing := &FolderError{Prefix: "", Err: errors.New("no such folder")}
	for _, c := range []struct {
		name  string
		then  iter.Seq2[File, error]
		prune bool
		left  int
		kept  int
	}{
		{"a few", without(5).walk(), false, 45, 0},
		{"ten", without(10).walk(), false, 40, 0},
		{"eleven of fifty", without(11).walk(), false, 50, 1},
		{"eleven, confirmed", without(11).walk(), true, 39, 0},
		{"suddenly empty", folder{}.walk(), false, 50, 1},
		{"missing", folder{}.walk(missing), false, 50, 0},
		{"missing, even confirmed", folder{}.walk(missing), true, 50, 0},
		{"part unreadable", without(40).walk(&FolderError{Prefix: "n/", Err: errors.New("permission denied")}), false, 50, 0},
	} {
		x := newTable()
		sync(t, x, nil, many.walk(), SyncOptions{})
		r := sync(t, x, nil, c.then, SyncOptions{Prune: c.prune})
		if len(x.files) != c.left || len(r.Kept) != c.kept {
			t.Errorf("%s: %d files left, want %d; kept %+v", c.name, len(x.files), c.left, r.Kept)
		}
	}
}

func TestSyncGuardsEachRoot(t *testing.T) {
	x := newTable()
	opt := SyncOptions{Roots: []string{"hr/", "it/"}}
	sync(t, x, nil, folder{"hr/a": "1", "hr/b": "2", "it/c": "3"}.walk(), opt)
	r := sync(t, x, nil, folder{"hr/a": "1"}.walk(), opt)
	if _, ok := x.files["hr/b"]; ok {
		t.Error("hr/b is still there")
	}
	if _, ok := x.files["it/c"]; !ok || len(r.Kept) != 1 || r.Kept[0].Root != "it/" {
		t.Errorf("it/ was emptied: kept %+v", r.Kept)
	}
	r = sync(t, x, nil, folder{"hr/a": "1"}.walk(), SyncOptions{Roots: []string{"hr/"}})
	if len(r.Kept) != 1 || r.Kept[0].Why != "their folder is no longer given" {
		t.Errorf("kept %+v", r.Kept)
	}
}

func TestSyncCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := newTable()
	if _, err := Sync(ctx, x, nil, folder{"a": "one"}.walk(), SyncOptions{}); !errors.Is(err, context.Canceled) || len(x.files) != 0 {
		t.Errorf("%v, %v", err, x.files)
	}
}

func TestEmbedded(t *testing.T) {
	for want, p := range map[string]Passage{
		"Leave Parental\n| Who | Weeks |\n| all | 16 |": {Title: "Leave", Heading: "Parental", Lead: "| Who | Weeks |", Text: "| all | 16 |"},
		"Leave\nIt is 16 weeks.":                        {Title: "Leave", Text: "It is 16 weeks."},
		"It is 16 weeks.":                               {Text: "It is 16 weeks."},
	} {
		if got := embedded(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A passage's blocks of a dozen words have vectors where there are several; a batch
// may end between them.
func TestSyncBlocks(t *testing.T) {
	long := func(word string) string { return strings.TrimSpace(strings.Repeat(word+" ", 12)) }
	section := func(id string, blocks ...string) Passage {
		p := Passage{ID: id, DocID: "a", Title: "T", Heading: "H", Lead: "Lead:", Text: strings.Join(blocks, "\n\n"), Span: Span{Start: 7}}
		at := p.Span.Start
		for _, b := range blocks {
			p.Blocks = append(p.Blocks, Block{Span: Span{at, at + len(b)}})
			at += len(b) + 2
		}
		p.Span.End = at - 2
		return p
	}
	ps := []Passage{
		section("several", long("one"), "short, with a [link](and/where/it/leads/to)", long("three")+" [x](y)"),
		section("one long", long("one"), "short"), section("one", long("one")), {ID: "none", DocID: "a", Text: "no blocks"},
	}
	for i := range 30 {
		ps = append(ps, section(fmt.Sprint(i), long("one"), long("two")))
	}
	files := func(yield func(File, error) bool) {
		yield(File{FileState: FileState{ID: "a"}, Load: func(context.Context) (Document, []Passage, error) { return Document{ID: "a"}, ps, nil }}, nil)
	}
	x, e, done := newTable(), &counting{}, []int{}
	sync(t, x, e, files, SyncOptions{Progress: func(p Progress) {
		if p.Phase == Embedding && p.File != "" {
			done = append(done, p.Done)
		}
	}})
	want := []string{embedded(ps[0]), "T H\nLead:\n" + long("one"), "T H\n" + long("three") + " [x]", embedded(ps[1])}
	if diff := cmp.Diff(want, e.texts[:4]); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	// 6 texts and 3 for each of 30 passages, in batches of 30.
	if diff := cmp.Diff([]int{12, 22, 32, 34}, done); diff != "" {
		t.Errorf("passages done (-want +got):\n%s", diff)
	}
	for i, v := range x.vectors["a"] {
		vector := func(s string) Vector { return Vector{float32(len(s)), 1} }
		want := Vectors{Whole: vector(embedded(ps[i]))}
		switch {
		case i == 0:
			want.Blocks = []Vector{vector(e.texts[1]), nil, vector(e.texts[2])}
		case i > 3:
			want.Blocks = []Vector{vector("T H\nLead:\n" + long("one")), vector("T H\n" + long("two"))}
		}
		if diff := cmp.Diff(want, v); diff != "" {
			t.Errorf("%s (-want +got):\n%s", ps[i].ID, diff)
		}
	}
}
