package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/rag"
	"footnote/rag/ragtest"
)

// wantDamage checks for an error that says which file is damaged and what to do.
func wantDamage(t *testing.T, err error, path, row string) {
	t.Helper()
	switch {
	case !errors.Is(err, ErrDamaged):
		t.Errorf("got %v, want ErrDamaged", err)
	case !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), row):
		t.Errorf("the error does not name %s and %q: %v", path, row, err)
	case !strings.Contains(err.Error(), "delete it: it can be rebuilt from the documents"):
		t.Errorf("the error does not name the remedy: %v", err)
	}
}

// Every column of every row is under a checksum.
func TestDamagedRows(t *testing.T) {
	text := func(col string) string { return "UPDATE %T SET " + col + " = " + col + " || 'x'" }
	number := func(col string) string { return "UPDATE %T SET " + col + " = " + col + " + 1" }
	blob := func(col string) string {
		return "UPDATE %T SET " + col + " = CAST(substr(" + col + ", 1, 4) || x'55' || substr(" + col + ", 6) AS BLOB)"
	}
	tests := []struct {
		table, row string
		damage     []string
	}{
		{"files", "b.txt", []string{text("title"), number("size"), "UPDATE %T SET mtime = '2026-01-01T00:00:00Z'", text("mtime"),
			text("hash"), text("refused"), text("embedded"), number("passages"), number("crc"), text("id"), "DELETE FROM %T"}},
		{"passages", "b.txt", []string{text("id"), text("file"), number("ord"), text("title"), text("heading"), text("url"),
			text("date"), number("start"), number(`"end"`), number("paragraph"), number("line"), number("page"), blob("text"),
			blob("hash"), text("lang"), number("length"), blob("terms"), blob("vectors"), "UPDATE %T SET vectors = NULL",
			number("crc"), "DELETE FROM %T"}},
		{"former", "b.txt", []string{text("file"), text("recipe"), blob("vectors"), number("crc"), "UPDATE %T SET vectors = x'00'"}},
		{"meta", "", []string{"UPDATE %T SET value = '2026-02-02T00:00:00Z' WHERE key = 'synced'",
			"UPDATE %T SET crc = crc + 1 WHERE key = 'format'", "UPDATE %T SET value = '01' WHERE key = 'format'"}},
	}
	for _, tt := range tests {
		for _, damage := range tt.damage {
			query := strings.ReplaceAll(damage, "%T", tt.table)
			switch tt.table {
			case "files":
				query += " WHERE id = 'b.txt'"
			case "former":
				query += " WHERE file = 'b.txt'"
			case "passages":
				query += " WHERE file = 'b.txt' AND ord = 1"
			}
			t.Run(query, func(t *testing.T) {
				dir := t.TempDir()
				ix, d := open(t, dir)
				for _, doc := range []string{"a.txt", "b.txt", "c.txt"} {
					put(t, ix, &ragtest.Embedder{Name: "other"}, doc, "green apples", "red pears from "+doc)
					put(t, ix, &ragtest.Embedder{}, doc, "green apples", "red pears from "+doc)
				}
				if err := ix.SetSynced(t.Context(), time.Now()); err != nil {
					t.Fatal(err)
				}
				res, err := d.Index.ExecContext(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				if n, err := res.RowsAffected(); n != 1 || err != nil {
					t.Fatalf("damaged %d rows, %v", n, err)
				}
				_, err = Open(t.Context(), d.Index)
				row := tt.row
				if strings.Contains(query, "|| 'x'") && (strings.Contains(query, "SET id") || strings.Contains(query, "SET file")) || strings.Contains(query, "DELETE FROM files") {
					row = "" // the row has lost its name
				}
				wantDamage(t, err, filepath.Join(dir, "index.db"), row)
			})
		}
	}
}

func TestDamagedCache(t *testing.T) {
	for _, query := range []string{
		"UPDATE vectors SET vector = CAST(substr(vector, 1, 4) || x'55' || substr(vector, 6) AS BLOB)",
		"UPDATE vectors SET day = day + 1", "UPDATE vectors SET crc = crc + 1"} {
		dir := t.TempDir()
		ix, d := open(t, dir)
		e := ix.Cached(&ragtest.Embedder{})
		if _, err := e.EmbedPassages(t.Context(), []string{"green apples"}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Index.ExecContext(t.Context(), query); err != nil {
			t.Fatal(err)
		}
		_, err := e.EmbedPassages(t.Context(), []string{"green apples"})
		wantDamage(t, err, filepath.Join(dir, "index.db"), "vector")
	}
}

// Damage that SQLite itself finds looks the same.
func TestDamagedPages(t *testing.T) {
	dir := t.TempDir()
	ix, d := open(t, dir)
	for range 20 {
		put(t, ix, &ragtest.Embedder{Dim: 500}, "a.txt", "green apples", "red pears", "blue plums")
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "index.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(t.Context(), openDB(t, dir).Index)
	wantDamage(t, err, path, "")
}

// A Replace that fails leaves the file as it was, on disk and in memory.
func TestFailedWrite(t *testing.T) {
	dir := t.TempDir()
	ix, d := open(t, dir)
	put(t, ix, &ragtest.Embedder{}, "a.txt", "green apples")
	if _, err := d.Index.ExecContext(t.Context(), `CREATE TRIGGER full BEFORE INSERT ON passages WHEN new.ord = 2
		BEGIN SELECT RAISE(FAIL, 'disk full'); END`); err != nil {
		t.Fatal(err)
	}
	ps := ragtest.Passages("a.txt", "one", "two", "three")
	if err := ix.Replace(t.Context(), rag.FileState{ID: "a.txt"}, ps, nil); err == nil || !strings.Contains(err.Error(), ps[2].ID) {
		t.Errorf("got %v, want an error that names the passage", err)
	}
	for range 2 {
		got, err := ix.Passages(t.Context(), "a.txt")
		if err != nil || len(got) != 1 || got[0].Text != "green apples" {
			t.Errorf("%v, %v", got, err)
		}
		d.Close()
		ix, d = open(t, dir)
	}
}
