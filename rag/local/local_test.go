package local

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"footnote/bot/db"
	"footnote/rag"
	"footnote/rag/ragtest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		replaceForever(dir) // until it is killed
	}
	if dir := os.Getenv(killSync); dir != "" {
		syncForever(dir)
	}
	goleak.VerifyTestMain(m)
}

var all = rag.Scope{All: true}

func openDB(t testing.TB, dir string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// open returns the index in dir; the database is closed with the test.
func open(t testing.TB, dir string) (*Index, *db.DB) {
	t.Helper()
	d := openDB(t, dir)
	ix, err := Open(context.Background(), d.Index)
	if err != nil {
		t.Fatal(err)
	}
	return ix, d
}

func put(t testing.TB, ix *Index, e *ragtest.Embedder, doc string, texts ...string) []rag.Passage {
	t.Helper()
	ps := ragtest.Passages(doc, texts...)
	vs, err := ragtest.Vectors(t.Context(), e, ps)
	if err != nil {
		t.Fatal(err)
	}
	if err := ix.Replace(t.Context(), rag.FileState{ID: doc, Embedded: e.Model()}, ps, vs); err != nil {
		t.Fatal(err)
	}
	return ps
}

func TestIndex(t *testing.T) {
	ragtest.TestIndex(t, func(t *testing.T) func() rag.Index {
		dir := t.TempDir()
		var d *db.DB
		return func() rag.Index {
			if d != nil {
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
			}
			var ix *Index
			ix, d = open(t, dir)
			return ix
		}
	})
}

func TestPassagesAndSynced(t *testing.T) {
	dir := t.TempDir()
	ix, d := open(t, dir)
	ps := put(t, ix, &ragtest.Embedder{}, "a.txt", "two", "one", "three")
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("west", -3600))
	if zero, err := ix.Synced(t.Context()); err != nil || !zero.IsZero() {
		t.Errorf("before the first sync: %v, %v", zero, err)
	}
	if err := ix.SetSynced(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got, err := ix.Passages(t.Context(), "a.txt")
		if diff := cmp.Diff(ps, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
		if got, err := ix.Passages(t.Context(), "b.txt"); len(got) != 0 || err != nil {
			t.Errorf("an unknown document: %v, %v", got, err)
		}
		if got, err := ix.Synced(t.Context()); !got.Equal(at) || err != nil {
			t.Errorf("synced %v, %v; want %v", got, err, at)
		}
		d.Close()
		ix, d = open(t, dir)
	}
}

// A process beside the one that writes serves what it read, and cannot write.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	first := openDB(t, dir)
	early, _ := open(t, dir) // before there are tables
	if files, err := early.Files(t.Context()); err != nil || len(files) != 0 {
		t.Errorf("before there are tables: %v, %v", files, err)
	}
	w, err := Open(t.Context(), first.Index)
	if err != nil {
		t.Fatal(err)
	}
	e := &ragtest.Embedder{}
	put(t, w, e, "a.txt", "green apples")
	r, d := open(t, dir)
	if !d.ReadOnly {
		t.Fatal("the second process may write")
	}
	put(t, w, e, "a.txt", "red pears")
	for ix, want := range map[*Index]string{w: "red pears", r: "green apples"} {
		hits, err := ix.Search(t.Context(), rag.Query{Text: "apples pears"}, 10, all)
		if err != nil || len(hits) != 1 || hits[0].Passage.Text != want {
			t.Errorf("%v, %v; want %q", hits, err, want)
		}
	}
	if err := r.Replace(t.Context(), rag.FileState{ID: "a.txt"}, nil, nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Replace: got %v, want ErrReadOnly", err)
	}
	if err := r.SetSynced(t.Context(), time.Now()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("SetSynced: got %v, want ErrReadOnly", err)
	}
}

func TestFormats(t *testing.T) {
	setFormat := func(t *testing.T, d *db.DB, version int) {
		tx, err := d.Index.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(setMeta(t.Context(), tx, "format", fmt.Sprint(version)), tx.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("older", func(t *testing.T) {
		dir := t.TempDir()
		ix, d := open(t, dir)
		e := &ragtest.Embedder{}
		put(t, ix, e, "a.txt", "green apples")
		if _, err := ix.Cached(e).EmbedPassages(t.Context(), []string{"green apples"}); err != nil {
			t.Fatal(err)
		}
		if ix.Outdated() {
			t.Error("a new index is outdated")
		}
		setFormat(t, d, formatVersion-1)
		beside := openDB(t, dir)
		if _, err := Open(t.Context(), beside.Index); !errors.Is(err, ErrReadOnly) {
			t.Errorf("read only: got %v, want ErrReadOnly", err)
		}
		beside.Close()
		d.Close()

		ix, d = open(t, dir)
		if files, err := ix.Files(t.Context()); err != nil || len(files) != 0 || !ix.Outdated() {
			t.Errorf("files %v, %v, outdated %v; want none, and true", files, err, ix.Outdated())
		}
		fresh := &ragtest.Embedder{}
		if _, err := ix.Cached(fresh).EmbedPassages(t.Context(), []string{"green apples"}); err != nil || fresh.Texts() != 0 {
			t.Errorf("the cached vector is gone: %v", err)
		}
		put(t, ix, e, "a.txt", "green apples")
		d.Close()
		if ix, _ = open(t, dir); ix.Outdated() {
			t.Error("outdated after it was filled again")
		}
	})
	t.Run("newer", func(t *testing.T) {
		dir := t.TempDir()
		_, d := open(t, dir)
		setFormat(t, d, formatVersion+1)
		_, err := Open(t.Context(), d.Index)
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), filepath.Join(dir, "index.db")) {
			t.Errorf("got %v, want ErrNewer with the file's name", err)
		}
	})
}

// TestCancelledWrite says that it was cancelled, whatever database/sql makes of that.
func TestCancelledWrite(t *testing.T) {
	ix, _ := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	err := ix.write(ctx, func(tx *sql.Tx) error {
		cancel()
		for {
			if _, err := tx.Exec(`SELECT 1`); errors.Is(err, sql.ErrTxDone) {
				return err
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
