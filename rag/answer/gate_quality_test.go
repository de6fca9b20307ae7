package answer

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"footnote/bot/db"
	"footnote/rag"
	"footnote/rag/bge"
	"footnote/rag/load"
	"footnote/rag/local"
	"footnote/rag/retrieve"
	"footnote/rag/split"
)

var (
	sharedDir = flag.String("shared", "", "measure on the tuning sets in this folder (minutes)")
	keepDir   = flag.String("keep", "", "keep the index of -shared in this folder, to be used again")
)

// searcher indexes a folder of documents, in -keep if it is given.
func searcher(t *testing.T, docs, name string) (*local.Index, *retrieve.Hybrid) {
	t.Helper()
	dir := t.TempDir()
	if *keepDir != "" {
		dir = filepath.Join(*keepDir, name)
	}
	files, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	ix, err := local.Open(t.Context(), files.Index)
	if err != nil {
		t.Fatal(err)
	}
	e, err := bge.New()
	if err != nil {
		t.Fatal(err)
	}
	all := func(yield func(rag.File, error) bool) {
		for f, err := range load.Dir(t.Context(), load.Root{Dir: docs}) {
			file := rag.File{FileState: f.FileState, Load: func(ctx context.Context) (rag.Document, []rag.Passage, error) {
				d, err := f.Read(ctx)
				return d, split.Document(d), err
			}}
			if !yield(file, err) {
				return
			}
		}
	}
	if _, err := rag.Sync(t.Context(), ix, ix.Cached(e), all, rag.SyncOptions{Roots: []string{""}}); err != nil {
		t.Fatal(err)
	}
	return ix, retrieve.New(ix, e)
}

// TestSharedHopeless measures which questions a language model is not asked: next
// to none that the documents answer.
func TestSharedHopeless(t *testing.T) {
	if *sharedDir == "" {
		t.Skip("measures on a tuning set that is not part of the project: -shared DIR")
	}
	set := filepath.Join(*sharedDir, "squad_tune")
	ix, search := searcher(t, filepath.Join(set, "docs"), "squad_tune")
	f, err := os.Open(filepath.Join(set, "questions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	refused, total := map[bool]float64{}, map[bool]float64{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c struct {
			Question   string
			Answerable bool
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		q := rag.Question{Text: c.Question, Scope: all}
		found, err := search.Retrieve(t.Context(), q, 8)
		if err != nil {
			t.Fatal(err)
		}
		asked, err := read(t.Context(), ix, q)
		if err != nil {
			t.Fatal(err)
		}
		covered, dense := asked.nearness(found.Hits)
		if testing.Verbose() {
			t.Logf("DATA %v %.4f %.4f %.4f %s", c.Answerable, covered, dense, asked.known(), c.Question)
		}
		total[c.Answerable]++
		if asked.hopeless(q, found.Hits) {
			refused[c.Answerable]++
		}
	}
	t.Logf("not asked: %.4f of the answerable, %.3f of the others", refused[true]/total[true], refused[false]/total[false])
	if refused[true]/total[true] > .005 {
		t.Error("more than .005 of the answerable questions are refused")
	}
}
