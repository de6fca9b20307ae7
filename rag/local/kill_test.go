package local

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/bot/db"
	"footnote/rag"
	"footnote/rag/ragtest"
)

// These name the environment variables that make the test binary a writer.
const (
	killDir  = "FOOTNOTE_TEST_KILL_DIR"
	killSync = "FOOTNOTE_TEST_KILL_SYNC" // the same, for syncForever
)

func mustOpen(ctx context.Context, dir string) *Index {
	d, err := db.Open(ctx, dir)
	if err != nil {
		panic(err)
	}
	ix, err := Open(ctx, d.Index)
	if err != nil {
		panic(err)
	}
	return ix
}

// replaceForever writes generation after generation of a few files, and a line
// to standard output for each Replace that was committed.
func replaceForever(dir string) {
	ctx := context.Background()
	ix := mustOpen(ctx, dir)
	e := ix.Cached(&ragtest.Embedder{})
	for g := time.Now().UnixNano(); ; g++ {
		doc := fmt.Sprintf("f%d.txt", g%5)
		ps := ragtest.Passages(doc, generation(g)...)
		vs, err := ragtest.Vectors(ctx, e, ps)
		if err != nil {
			panic(err)
		}
		if err := ix.Replace(ctx, rag.FileState{ID: doc, Hash: fmt.Sprint(g), Embedded: "bag"}, ps, vs); err != nil {
			panic(err)
		}
		fmt.Println(doc, g)
	}
}

func generation(g int64) []string {
	texts := make([]string, 1+g%7)
	for i := range texts {
		texts[i] = fmt.Sprintf("part %d of generation %d\n\nand a paragraph", i, g)
	}
	return texts
}

// Killed at any moment, the index opens, holds what was committed, and each file
// wholly of one generation.
func TestKill(t *testing.T) {
	kills := 12
	if testing.Short() {
		kills = 3
	}
	dir := t.TempDir()
	for range kills {
		committed := writeAndKill(t, killDir, dir)
		ix, d := open(t, dir)
		if d.ReadOnly {
			t.Fatal("a killed process holds the lock")
		}
		files, err := ix.Files(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for doc, g := range committed {
			if files[doc].Hash < g { // the numbers have one length
				t.Errorf("%s: generation %s was committed, found %s", doc, g, files[doc].Hash)
			}
		}
		for doc, f := range files {
			var g int64
			fmt.Sscan(f.Hash, &g)
			ps, err := ix.Passages(t.Context(), doc)
			if err != nil {
				t.Fatal(err)
			}
			if want := generation(g); len(ps) != len(want) || ps[0].Text != want[0] {
				t.Errorf("%s: %d passages of generation %s, want %d", doc, len(ps), f.Hash, len(want))
			}
		}
		d.Close()
	}
}

// writeAndKill runs a writer, kills it at a random moment, and returns what it
// said to have committed: generations by document.
func writeAndKill(t *testing.T, how, dir string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), how+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	committed := map[string]string{}
	lines := bufio.NewScanner(out)
	lines.Scan() // the first commit
	kill := time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { cmd.Process.Kill() })
	defer kill.Stop()
	for lines.Scan() {
		var doc, g string
		if n, _ := fmt.Sscan(lines.Text(), &doc, &g); n == 2 {
			committed[doc] = g
		}
	}
	cmd.Wait()
	if len(committed) == 0 {
		t.Log("killed before its second commit")
	}
	return committed
}

// syncForever brings the same files up to date, each time with another model, and
// writes a line to standard output for each Sync.
func syncForever(dir string) {
	ctx := context.Background()
	ix := mustOpen(ctx, dir)
	for n := 0; ; n++ {
		if _, err := rag.Sync(ctx, ix, ix.Cached(killModel(n)), killFiles, rag.SyncOptions{Roots: []string{""}}); err != nil {
			panic(err)
		}
		fmt.Println("sync", n)
	}
}

func killModel(n int) *ragtest.Embedder {
	return &ragtest.Embedder{Name: fmt.Sprint("model ", n%3), Dim: 64 + n%3/2}
}

const killPassages = 8 * 5

func killFiles(yield func(rag.File, error) bool) {
	for i := range 8 {
		f := rag.File{FileState: rag.FileState{ID: fmt.Sprintf("f%d.txt", i)}}
		f.Load = func(context.Context) (rag.Document, []rag.Passage, error) {
			var texts []string
			for j := range 5 {
				texts = append(texts, fmt.Sprintf("part %d of file %d, which has words enough for a vector\n\nof its own, and so has what is in the paragraph below that one", j, i))
			}
			return rag.Document{ID: f.ID}, ragtest.Passages(f.ID, texts...), nil
		}
		if !yield(f, nil) {
			return
		}
	}
}

// Killed while it goes from one model to another, the index has at any time the
// vectors of one model for all passages; and the next Sync ends as if nothing had
// been.
func TestKillSync(t *testing.T) {
	kills := 12
	if testing.Short() {
		kills = 3
	}
	fresh, _ := open(t, t.TempDir())
	finish := func(ix *Index) (map[string]rag.Coverage, map[string]rag.FileState) {
		if _, err := rag.Sync(t.Context(), ix, ix.Cached(killModel(0)), killFiles, rag.SyncOptions{Roots: []string{""}}); err != nil {
			t.Fatal(err)
		}
		cs, err := ix.Coverage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		files, err := ix.Files(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return cs, files
	}
	wantCoverage, wantFiles := finish(fresh)
	dir := t.TempDir()
	between := 0
	for range kills {
		writeAndKill(t, killSync, dir)
		ix, d := open(t, dir)
		cs, err := ix.Coverage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		most := 0
		for _, c := range cs {
			most = max(most, c.Passages)
		}
		if most != killPassages {
			t.Errorf("no model has vectors for all %d passages: %v", killPassages, cs)
		}
		if len(cs) > 1 {
			between++
		}
		coverage, files := finish(ix)
		if diff := cmp.Diff(wantCoverage, coverage) + cmp.Diff(wantFiles, files); diff != "" {
			t.Error("after the kill and a Sync:", diff)
		}
		d.Close()
	}
	t.Logf("%d of %d kills fell between two models", between, kills)
}
