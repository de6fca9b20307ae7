package db

import (
	"bytes"
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
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) *DB {
	t.Helper()
	d, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func count(t *testing.T, db *sql.DB) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b", "c?d#e%20f", "ü")
	d := open(t, dir)
	exec(t, d.Index, "CREATE TABLE t (x)")
	if d.ReadOnly {
		t.Error("the first process is read only")
	}
	for name, want := range map[string]os.FileMode{".": 0o700, "index.db": 0o600, "state.db": 0o600, "lock": 0o600, "index.db-wal": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
}

func TestReaderBesideWriter(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir)
	exec(t, w.Index, "CREATE TABLE t (x)")
	r := open(t, dir)
	if !r.ReadOnly {
		t.Fatal("the second process is not read only")
	}
	for i := range 20 {
		exec(t, w.Index, "INSERT INTO t VALUES (?)", i)
		if n := count(t, r.Index); n != i+1 {
			t.Fatalf("the reader sees %d rows, want %d", n, i+1)
		}
	}
	if _, err := r.Index.ExecContext(t.Context(), "DELETE FROM t"); err == nil {
		t.Error("the reader can write")
	}

	// The writer's lock is free when it has gone; the reader stays as it was.
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, r.Index); n != 20 {
		t.Errorf("after the writer has gone: %d rows", n)
	}
	if next := open(t, dir); next.ReadOnly {
		t.Error("the next process is read only, though nobody holds the lock")
	}
}

// A process that starts together with the first waits for its files.
func TestReaderWaitsForNewFiles(t *testing.T) {
	dir := t.TempDir()
	held := &DB{}
	if _, err := held.takeLock(dir); err != nil {
		t.Fatal(err)
	}
	got := make(chan error)
	go func() {
		d, err := Open(context.Background(), dir)
		if err == nil {
			err = d.Close()
		}
		got <- err
	}()
	for _, f := range []file{indexFile(dir), stateFile(dir)} {
		time.Sleep(30 * time.Millisecond) // so that it has to wait; the result does not depend on it
		db, err := openFile(t.Context(), f, writable)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
	if err := held.Close(); err != nil {
		t.Error(err)
	}
}

func TestUnusable(t *testing.T) {
	// make spoils a directory that holds both files, closed.
	write := func(name, content string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(name, query string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			db, err := sql.Open("sqlite", filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			exec(t, db, query)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	truncate := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, name), 1017); err != nil {
				t.Fatal(err)
			}
		}
	}
	remake := func(name, query string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			change(name, query)(t, dir)
		}
	}
	tests := []struct {
		name  string
		spoil func(*testing.T, string)
		file  string
		want  error
	}{
		{"text for an index", write("index.db", strings.Repeat("not a database ", 400)), "index.db", ErrDamaged},
		{"text for a state", write("state.db", strings.Repeat("not a database ", 400)), "state.db", ErrDamaged},
		{"short text", write("index.db", "hello"), "index.db", ErrDamaged},
		{"truncated state", truncate("state.db"), "state.db", ErrDamaged},
		{"newer index", change("index.db", "PRAGMA user_version = 99"), "index.db", ErrNewer},
		{"newer state", change("state.db", "PRAGMA user_version = 99"), "state.db", ErrNewer},
		{"somebody else's index", remake("index.db", "CREATE TABLE bookmarks (url)"), "index.db", ErrForeign},
		{"somebody else's mark", change("state.db", "PRAGMA application_id = 1"), "state.db", ErrForeign},
		{"state for an index", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "state.db"), filepath.Join(dir, "index.db")); err != nil {
				t.Fatal(err)
			}
		}, "index.db", ErrForeign},
		{"folder for a lock", func(t *testing.T, dir string) {
			if err := errors.Join(os.Remove(filepath.Join(dir, "lock")), os.Mkdir(filepath.Join(dir, "lock"), 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "lock", nil},
		{"folder for an index", func(t *testing.T, dir string) {
			if err := errors.Join(os.Remove(filepath.Join(dir, "index.db")), os.Mkdir(filepath.Join(dir, "index.db"), 0o700)); err != nil {
				t.Fatal(err)
			}
		}, "index.db", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := open(t, dir).Close(); err != nil {
				t.Fatal(err)
			}
			tt.spoil(t, dir)
			path := filepath.Join(dir, tt.file)
			before, _ := os.ReadFile(path)

			d, err := Open(t.Context(), dir)
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			var e *Error
			if !errors.As(err, &e) || e.Path != path || e.Remedy == "" {
				t.Fatalf("got %v, want an *Error for %s with a remedy", err, path)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if strings.Contains(e.Remedy, "delete") != (tt.file == "index.db" && tt.want == ErrDamaged) {
				t.Errorf("remedy %q for %s", e.Remedy, tt.file)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if left, err := Open(t.Context(), filepath.Join(dir, "other")); err != nil {
				t.Errorf("another folder: %v", err)
			} else {
				left.Close()
			}
		})
	}
}

// Damage that Open does not meet is found when it is read.
func TestDamagedLater(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "state.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(b); i++ {
		b[i] = 0xff
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	d := open(t, dir)
	_, readErr := d.AllFeedback(t.Context())
	for _, err := range []error{readErr, d.AddFeedback(t.Context(), Feedback{})} {
		var e *Error
		if !errors.Is(err, ErrDamaged) || !errors.As(err, &e) || e.Path != path || strings.Contains(err.Error(), "delete") {
			t.Errorf("got %v, want damage of %s with the remedy to keep it", err, path)
		}
	}
	if damaged(nil) || damaged(context.Canceled) {
		t.Error("other errors are damage")
	}
}

func TestFileInTheWay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{path, filepath.Join(path, "below")} {
		var e *Error
		if _, err := Open(t.Context(), dir); !errors.As(err, &e) || e.Path != dir {
			t.Errorf("Open(%s) = %v, want an *Error that names it", dir, err)
		}
	}
}

func TestEmptyFileIsNew(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	exec(t, open(t, dir).Index, "CREATE TABLE t (x)")
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// What was deleted is nowhere in the files any more, and read-only processes
// read them as ever.
func TestDeletedTextIsGone(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	var secrets []string
	for _, f := range []*sql.DB{d.Index, d.State} {
		exec(t, f, "CREATE TABLE t (x)")
		for i := range 60 {
			secret := fmt.Sprintf("secret %d of %p", i, f)
			secrets = append(secrets, secret)
			exec(t, f, "INSERT INTO t VALUES (?)", strings.Repeat(secret+", ", 1+9*i))
			exec(t, f, "INSERT INTO t VALUES ('public')")
		}
		exec(t, f, "UPDATE t SET x = 'short' WHERE x LIKE 'secret 7%'")
		exec(t, f, "DELETE FROM t WHERE x LIKE 'secret%'")
	}
	r := open(t, dir)
	if !r.ReadOnly || count(t, r.Index) < 60 {
		t.Error("the reader does not see what is left")
	}
	if err := errors.Join(r.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"index.db", "state.db"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s still holds %q", name, secret)
			}
		}
	}
}

// A state file of an older version gets what it lacks, and keeps what it has.
func TestMigrate(t *testing.T) {
	f := stateFile(t.TempDir())
	f.migrations = []string{"CREATE TABLE t (x);", "ALTER TABLE t ADD COLUMN y;", "CREATE TABLE u (z);"}
	for v := 1; v <= len(f.migrations); v++ {
		g := f
		g.migrations = f.migrations[:v]
		db, err := openFile(t.Context(), g, writable)
		if err != nil {
			t.Fatal(err)
		}
		exec(t, db, "INSERT INTO t (x) VALUES (?)", v)
		if n := count(t, db); n != v {
			t.Errorf("version %d: %d rows, want %d", v, n, v)
		}
		db.Close()
	}

	bad := f
	bad.migrations = append(bad.migrations[:3:3], "CREATE TABLE v (x); nonsense;")
	if db, err := openFile(t.Context(), bad, writable); err == nil {
		db.Close()
		t.Fatal("a migration that fails is not an error")
	}
	db, err := openFile(t.Context(), f, writable)
	if err != nil {
		t.Fatalf("after a migration that failed: %v", err)
	}
	defer db.Close()
	if n := count(t, db); n != 3 {
		t.Errorf("after a migration that failed: %d rows", n)
	}
}

// A file is never seen between two versions: its migrations are one transaction.
func TestMigrateAtOnce(t *testing.T) {
	f := stateFile(t.TempDir())
	whole := f.migrations
	f.migrations = append(whole[:len(whole):len(whole)], "nonsense;")
	if db, err := openFile(t.Context(), f, writable); err == nil {
		db.Close()
		t.Fatal("a migration that fails is not an error")
	}
	f.migrations = whole
	if _, err := openOnce(t.Context(), f, beside); !errors.Is(err, errUnmade) {
		t.Errorf("a reader after it: %v, want %v", err, errUnmade)
	}
}

func TestFeedback(t *testing.T) {
	d := open(t, t.TempDir())
	var want []Feedback
	for i := range 3 {
		f := Feedback{AnswerID: fmt.Sprint("a", i), Question: "Who\x00 is ü?", Verdict: "answered", Vote: i - 1,
			Comment: strings.Repeat("x", i), At: time.Date(2026, 1, 2, 3, 4, i, 5, time.UTC)}
		if err := d.AddFeedback(t.Context(), f); err != nil {
			t.Fatal(err)
		}
		want = append(want, f)
	}
	got, err := d.AllFeedback(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, damage := range []string{"question = 'What?'", "vote = 1", "at = '2026-01-02T03:04:09Z'", "crc = crc + 1",
		"answer_id = answer_id || question, question = ''"} {
		exec(t, d.State, "UPDATE feedback SET "+damage+" WHERE id = (SELECT min(id) + 1 FROM feedback)")
		if _, err := d.AllFeedback(t.Context()); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", damage, err)
		} else if strings.Contains(err.Error(), "delete") {
			t.Errorf("%s: the error says to delete what cannot be rebuilt: %v", damage, err)
		}
		exec(t, d.State, "DELETE FROM feedback")
		for _, f := range want {
			if err := d.AddFeedback(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
	}
}
