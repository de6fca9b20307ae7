package db

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// asNobody makes file access of the calling goroutine that of a user without
// rights, for tests that run as root. The thread ends with the test.
func asNobody(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	runtime.LockOSThread()
	if err := syscall.Setfsuid(65534); err != nil {
		t.Skip("cannot change the user:", err)
	}
}

// A directory that cannot be written to is read, with and without a writer.
func TestFrozenDirectory(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, dir string)
		want    int // rows; -1: an error
	}{
		{"closed", func(t *testing.T, dir string) {}, 1},
		{"writer at work", func(t *testing.T, dir string) {
			exec(t, open(t, dir).Index, "INSERT INTO t VALUES (2)")
		}, 2},
		{"killed writer", func(t *testing.T, dir string) {
			// A copy of the files as a writer leaves them when it is killed.
			w := open(t, dir)
			exec(t, w.Index, "INSERT INTO t VALUES (2)")
			wal, err := os.ReadFile(filepath.Join(dir, "index.db-wal"))
			if err != nil {
				t.Fatal(err)
			}
			w.Close()
			if err := os.WriteFile(filepath.Join(dir, "index.db-wal"), wal, 0o644); err != nil {
				t.Fatal(err)
			}
		}, -1},
		{"no index", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "index.db")); err != nil {
				t.Fatal(err)
			}
		}, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			top, err := os.MkdirTemp("", "frozen")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(top) })
			dir := filepath.Join(top, "db")
			d := open(t, dir)
			exec(t, d.Index, "CREATE TABLE t (x); INSERT INTO t VALUES (1)")
			d.Close()
			tt.prepare(t, dir)
			freeze(t, top, dir)

			done := make(chan struct{})
			go func() { // a goroutine of its own: its thread has lost its rights
				defer close(done)
				asNobody(t)
				checkFrozen(t, dir, tt.want)
			}()
			<-done
		})
	}
}

func freeze(t *testing.T, top, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Chmod(filepath.Join(dir, e.Name()), 0o444); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(top, 0o755), os.Chmod(dir, 0o555)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o755) })
}

func checkFrozen(t *testing.T, dir string, want int) {
	d, err := Open(t.Context(), dir)
	var e *Error
	switch {
	case want < 0 && !errors.As(err, &e):
		t.Errorf("got %v, want an *Error", err)
	case want < 0:
		return
	case err != nil:
		t.Error(err)
		return
	}
	defer d.Close()
	var n int
	if err := d.Index.QueryRowContext(t.Context(), "SELECT count(*) FROM t").Scan(&n); err != nil || n != want || !d.ReadOnly {
		t.Errorf("%d rows, read only %v, %v; want %d rows, read only", n, d.ReadOnly, err, want)
	}
}
