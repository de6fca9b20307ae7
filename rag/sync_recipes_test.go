package rag_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/bot/db"
	"footnote/rag"
	"footnote/rag/local"
	"footnote/rag/ragtest"
)

// A library is documents by ID, a passage on each line.
type library map[string]string

func (l library) files() iter.Seq2[rag.File, error] {
	return func(yield func(rag.File, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(l)) {
			f := rag.File{FileState: rag.FileState{ID: id, Size: int64(len(l[id])), ModTime: time.Unix(1, 0)}}
			f.Load = func(context.Context) (rag.Document, []rag.Passage, error) {
				ps := ragtest.Passages(id, strings.Split(l[id], "\n")...)
				for i := range ps {
					ps[i].Title = "title of " + id
				}
				return rag.Document{ID: id, Title: "title of " + id}, ps, nil
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// passages is how many there are outside of a scope.
func (l library) passages(private rag.Scope) int {
	n := 0
	for id, text := range l {
		if !private.Holds(id) {
			n += 1 + strings.Count(text, "\n")
		}
	}
	return n
}

// someDocuments are more than a batch of passages, some of them in hr/.
func someDocuments() library {
	l := library{}
	for i := range 12 {
		id := fmt.Sprintf("%s/%02d.txt", []string{"it", "hr", "hr-open"}[i%3], i)
		var lines []string
		for j := range 9 {
			lines = append(lines, fmt.Sprintf("%s says %d about subject%d", id, j, i*j))
		}
		l[id] = strings.Join(lines, "\n")
	}
	return l
}

// A spy embeds as ragtest.Embedder does, keeps what it is shown, and fails when
// it has embedded so many texts.
type spy struct {
	ragtest.Embedder
	left  int // texts until it fails; below 0: never
	err   error
	watch func()
	shown []string
	calls int
}

func newSpy(model string) *spy { return &spy{Embedder: ragtest.Embedder{Name: model}, left: -1} }

func (s *spy) EmbedPassages(ctx context.Context, texts []string) ([]rag.Vector, error) {
	s.calls++
	s.shown = append(s.shown, texts...)
	if s.watch != nil {
		s.watch()
	}
	if s.left >= 0 {
		if s.left -= len(texts); s.left < 0 {
			s.left = 0
			return nil, s.err
		}
	}
	return s.Embedder.EmbedPassages(ctx, texts)
}

func openIn(t *testing.T, dir string) (*local.Index, func()) {
	t.Helper()
	d, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ix, err := local.Open(t.Context(), d.Index)
	if err != nil {
		t.Fatal(err)
	}
	return ix, func() { d.Close() }
}

func syncAll(t *testing.T, ix *local.Index, e rag.Embedder, l library, opt rag.SyncOptions) rag.SyncReport {
	t.Helper()
	opt.Roots = []string{""}
	r, err := rag.Sync(t.Context(), ix, ix.Cached(e), l.files(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// answers are what some searches find by the vectors of a model.
func answers(t *testing.T, ix rag.Index, model string) (all []rag.Hit) {
	t.Helper()
	e := &ragtest.Embedder{Name: model}
	for _, q := range []string{"says 4", "subject18", "anything"} {
		v, err := e.EmbedQuery(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		hits, err := ix.Search(t.Context(), rag.Query{Text: q, Vector: v, Embedded: rag.Recipe(e)}, 7, rag.Scope{All: true})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, hits...)
	}
	return all
}

// covered is how many passages have vectors, by model.
func covered(t *testing.T, ix rag.Index, models ...string) map[string]int {
	t.Helper()
	cs, err := ix.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, model := range models {
		recipe := rag.Recipe(&ragtest.Embedder{Name: model})
		if c, ok := cs[recipe]; ok {
			got[model] = c.Passages
		}
		delete(cs, recipe)
	}
	for recipe := range cs {
		t.Errorf("vectors of %s", recipe)
	}
	return got
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Another model's vectors are built beside the old ones, which answer as before
// until all are made.
func TestSyncAnotherModel(t *testing.T) {
	docs := someDocuments()
	ix, closed := openIn(t, t.TempDir())
	defer closed()
	syncAll(t, ix, newSpy("old"), docs, rag.SyncOptions{})
	before := answers(t, ix, "old")
	e, last := newSpy("new"), 0
	e.watch = func() {
		same(t, "answers meanwhile", answers(t, ix, "old"), before)
		now := covered(t, ix, "old", "new")
		if now["old"] != docs.passages(rag.Scope{}) || now["new"] < last {
			t.Errorf("coverage %v after %d", now, last)
		}
		last = now["new"]
	}
	done := -1
	r := syncAll(t, ix, e, docs, rag.SyncOptions{Progress: func(p rag.Progress) {
		if p.Phase != rag.Embedding {
			return
		}
		if p.Done <= done || p.Total != docs.passages(rag.Scope{}) {
			t.Errorf("progress %+v after %d", p, done)
		}
		done = p.Done
	}})
	n := docs.passages(rag.Scope{})
	if r.Passages != n || r.Unchanged != len(docs) || r.Changed != 0 || done != n || last == 0 {
		t.Errorf("%+v; progress to %d, coverage to %d", r, done, last)
	}
	same(t, "coverage", covered(t, ix, "old", "new"), map[string]int{"new": n})
	same(t, "answers", answers(t, ix, "new"), freshAnswers(t, docs, "new"))
}

func freshAnswers(t *testing.T, docs library, model string) []rag.Hit {
	t.Helper()
	ix, closed := openIn(t, t.TempDir())
	defer closed()
	syncAll(t, ix, newSpy(model), docs, rag.SyncOptions{})
	return answers(t, ix, model)
}

// An Embedder that fails anywhere stops the Sync there and then: words and former
// vectors stay, what it made is kept, and the next Sync embeds the rest only.
func TestSyncGoesOn(t *testing.T) {
	docs := someDocuments()
	changed := maps.Clone(docs)
	changed["hr/01.txt"] = "all of it was written anew"
	changed["zz/new.txt"] = "came later\nand has two lines"
	whole := newSpy("new")
	{
		ix, closed := openIn(t, t.TempDir())
		defer closed()
		syncAll(t, ix, whole, changed, rag.SyncOptions{})
	}
	want := freshAnswers(t, changed, "new")
	for _, fault := range []rag.Fault{rag.Auth, rag.RateLimited} {
		for _, n := range []int{0, 1, 10, 31, 65, 100, whole.Texts() - 1} {
			for _, first := range []string{"", "old"} {
				t.Run(fmt.Sprintf("%s after %d over %q", fault, n, first), func(t *testing.T) {
					dir := t.TempDir()
					ix, closed := openIn(t, dir)
					if first != "" {
						syncAll(t, ix, newSpy(first), docs, rag.SyncOptions{})
					}
					e := newSpy("new")
					e.left, e.err = n, &rag.ModelError{Fault: fault, Host: "h"}
					_, err := rag.Sync(t.Context(), ix, ix.Cached(e), changed.files(), rag.SyncOptions{Roots: []string{""}})
					var got *rag.ModelError
					if !errors.As(err, &got) || got.Fault != fault {
						t.Fatalf("got %v", err)
					}
					if calls := e.calls; e.left != 0 || calls == 0 {
						t.Errorf("%d calls, %d texts left", calls, e.left)
					}
					closed()
					ix, closed = openIn(t, dir)
					defer closed()
					hits, err := ix.Search(t.Context(), rag.Query{Text: "written anew"}, 1, rag.Scope{All: true})
					if err != nil || len(hits) != 1 || hits[0].Passage.DocID != "hr/01.txt" {
						t.Errorf("by words: %v, %v", hits, err)
					}
					if got := covered(t, ix, "old", "new")["old"]; first != "" && got != docs.passages(rag.Scope{})-9 {
						t.Errorf("%d former vectors, want all but those of the changed file", got)
					}
					again := newSpy("new")
					syncAll(t, ix, again, changed, rag.SyncOptions{})
					if again.Texts() != whole.Texts()-e.Texts() {
						t.Errorf("embedded %d texts, then %d; want %d in all", e.Texts(), again.Texts(), whole.Texts())
					}
					same(t, "coverage", covered(t, ix, "old", "new"), map[string]int{"new": changed.passages(rag.Scope{})})
					same(t, "answers", answers(t, ix, "new"), want)
				})
			}
		}
	}
}

// A permanent fault is not tried again with the next file.
func TestSyncStopsAtOnce(t *testing.T) {
	ix, closed := openIn(t, t.TempDir())
	defer closed()
	e := newSpy("new")
	e.left, e.err = 0, &rag.ModelError{Fault: rag.NoModel}
	if _, err := rag.Sync(t.Context(), ix, ix.Cached(e), someDocuments().files(), rag.SyncOptions{}); err == nil || e.calls != 1 {
		t.Errorf("asked %d times, %v", e.calls, err)
	}
}

// No byte of a private document reaches the Embedder, however the setting, the
// model and the documents change, and what is private has no vectors after a Sync.
func TestSyncPrivate(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 2))
	docs := someDocuments()
	for id := range docs {
		docs[id] = strings.ReplaceAll(docs[id], "says", "secret-of-"+id)
	}
	scopes := []rag.Scope{{}, {Folders: []string{"hr"}}, {Folders: []string{"hr", "it/"}}, {Folders: []string{"it/00.txt"}}, {All: true}}
	ix, closed := openIn(t, t.TempDir())
	defer closed()
	for step := range 40 {
		private := scopes[rnd.IntN(len(scopes))]
		model := []string{"one", "two"}[rnd.IntN(2)]
		if ids := slices.Sorted(maps.Keys(docs)); rnd.IntN(2) == 0 {
			id := ids[rnd.IntN(len(ids))]
			docs[id] = fmt.Sprintf("secret-of-%s, version %d\nand more", id, step)
		}
		for again := range 2 {
			e := newSpy(model)
			r := syncAll(t, ix, e, docs, rag.SyncOptions{Private: private})
			for _, text := range e.shown {
				for id := range docs {
					if private.Holds(id) && strings.Contains(text, id) {
						t.Fatalf("step %d, private %v: shown %q", step, private, text)
					}
				}
			}
			if again == 1 && (len(e.shown) > 0 || r.Passages > 0 || r.Changed > 0) {
				t.Errorf("step %d: something is left to do: %q, %+v", step, e.shown, r)
			}
		}
		want := map[string]int{}
		if n := docs.passages(private); n > 0 {
			want[model] = n
		}
		same(t, fmt.Sprintf("step %d, private %v", step, private), covered(t, ix, "one", "two"), want)
		files, err := ix.Files(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for id, f := range files {
			if (f.Embedded == rag.Withheld) != private.Holds(id) || f.Embedded == "" {
				t.Errorf("step %d, private %v: %s is embedded by %q", step, private, id, f.Embedded)
			}
		}
	}
	hits, err := ix.Search(t.Context(), rag.Query{Text: "secret"}, 3, rag.Scope{Folders: []string{"hr"}})
	if err != nil || len(hits) != 3 {
		t.Errorf("by words: %v, %v", hits, err)
	}
}

// A file whose time changed while another model's vectors are made keeps the
// former ones until then.
func TestSyncTouched(t *testing.T) {
	docs := someDocuments()
	ix, closed := openIn(t, t.TempDir())
	defer closed()
	syncAll(t, ix, newSpy("old"), docs, rag.SyncOptions{})
	touched := func(yield func(rag.File, error) bool) {
		for f, err := range docs.files() {
			f.ModTime = f.ModTime.Add(time.Hour)
			if !yield(f, err) {
				return
			}
		}
	}
	e := newSpy("new")
	e.watch = func() {
		if got := covered(t, ix, "old", "new")["old"]; got != docs.passages(rag.Scope{}) {
			t.Errorf("%d former vectors are left", got)
		}
	}
	r, err := rag.Sync(t.Context(), ix, ix.Cached(e), touched, rag.SyncOptions{Roots: []string{""}})
	if err != nil || r.Changed != 0 || r.Unchanged != len(docs) || e.calls == 0 {
		t.Errorf("%+v, %v after %d calls", r, err, e.calls)
	}
	same(t, "coverage", covered(t, ix, "old", "new"), map[string]int{"new": docs.passages(rag.Scope{})})
	files, err := ix.Files(t.Context())
	if err != nil || files["it/00.txt"].ModTime.Unix() != 3601 {
		t.Errorf("%+v, %v", files["it/00.txt"], err)
	}
}
