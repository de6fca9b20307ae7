package load

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"footnote/rag"
	"footnote/rag/text"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// check holds for every document: spans in order, none overlapping, trimmed,
// and every byte that is not white space in a block or a dropped range.
func check(t *testing.T, d rag.Document) {
	t.Helper()
	type owned struct {
		rag.Span
		what string
	}
	var all []owned
	line, from := 1, 0
	for i, b := range d.Blocks {
		all = append(all, owned{b.Span, "block"})
		if i > 0 && b.Span.Start < d.Blocks[i-1].Span.End {
			t.Fatalf("block %d at %v is not after %v", i, b.Span, d.Blocks[i-1].Span)
		}
		line += text.LineEnds(d.Text[from:b.Span.Start])
		if from = b.Span.Start; b.Line != line {
			t.Fatalf("block %d is in line %d, want %d", i, b.Line, line)
		}
	}
	for i, dr := range d.Dropped {
		all = append(all, owned{dr.Span, dr.Why})
		if i > 0 && dr.Span.Start < d.Dropped[i-1].Span.End {
			t.Fatalf("dropped %d at %v is not after %v", i, dr.Span, d.Dropped[i-1].Span)
		}
		if dr.Why == "" {
			t.Fatalf("dropped %v for no reason", dr.Span)
		}
	}
	slices.SortFunc(all, func(a, b owned) int { return a.Start - b.Start })
	at := 0
	for _, o := range all {
		if o.Start < at || o.End <= o.Start || o.End > len(d.Text) {
			t.Fatalf("%s at %v overlaps or is empty; the one before ends at %d of %d", o.what, o.Span, at, len(d.Text))
		}
		if s := d.Text[o.Start:o.End]; strings.TrimSpace(s) != s || !utf8.ValidString(s) {
			t.Fatalf("%s at %v is not trimmed or cuts a character: %q", o.what, o.Span, s)
		}
		if gap := strings.TrimSpace(d.Text[at:o.Start]); gap != "" {
			t.Fatalf("lost before %v: %q", o.Span, gap)
		}
		at = o.End
	}
	if gap := strings.TrimSpace(d.Text[at:]); gap != "" {
		t.Fatalf("lost at the end: %q", gap)
	}
}

// show writes a document as the golden files have it: what is in each block and
// dropped range, in order, with the line and the heading.
func show(d rag.Document) string {
	var s strings.Builder
	fmt.Fprintf(&s, "title %q\n", d.Title)
	if d.Date != "" {
		fmt.Fprintf(&s, "date %s from %s\n", d.Date, d.DateFrom)
	}
	if d.URL != "" {
		fmt.Fprintf(&s, "url %s\n", d.URL)
	}
	dropped := d.Dropped
	drop := func(before int) {
		for len(dropped) > 0 && dropped[0].Span.Start < before {
			span := dropped[0].Span
			fmt.Fprintf(&s, "- %s %q\n", dropped[0].Why, d.Text[span.Start:span.End])
			dropped = dropped[1:]
		}
	}
	for _, b := range d.Blocks {
		drop(b.Span.Start)
		kind := [...]string{rag.Paragraph: "paragraph", rag.List: "list", rag.Table: "table", rag.Code: "code"}[b.Kind]
		fmt.Fprintf(&s, "%d %s [%s] %q\n", b.Line, kind, b.Heading, d.Text[b.Span.Start:b.Span.End])
	}
	drop(len(d.Text))
	return s.String()
}

var update = flag.Bool("update", false, "write what documents are as the golden files")

// TestGolden reads the documents in testdata/*.txtar. Each is a pair of files,
// NAME and NAME.want. "\\r" at the end of a line stands for a carriage return.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		arc, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var out []txtar.File
		for i, f := range arc.Files {
			if strings.HasSuffix(f.Name, ".want") {
				continue
			}
			got := golden(t, f)
			out = append(out, f, txtar.File{Name: f.Name + ".want", Data: []byte(got)})
			if *update {
				continue
			}
			if i+1 == len(arc.Files) || arc.Files[i+1].Name != f.Name+".want" {
				t.Fatalf("%s: %s has no .want after it", path, f.Name)
			}
			if diff := cmp.Diff(string(arc.Files[i+1].Data), got); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", path, f.Name, diff)
			}
		}
		if *update {
			if err := os.WriteFile(path, txtar.Format(&txtar.Archive{Comment: arc.Comment, Files: out}), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func golden(t *testing.T, f txtar.File) string {
	t.Helper()
	d, err := document(f.Name, strings.ReplaceAll(string(f.Data), `\r`+"\n", "\r\n"), formatOf(f.Name))
	var refused *rag.RefusedError
	if errors.As(err, &refused) {
		return "refused: " + refused.Reason + "\n"
	}
	if err != nil {
		t.Fatal(err)
	}
	check(t, d)
	return show(d)
}

// TestSeeds reads the documents that ship with the program.
func TestSeeds(t *testing.T) {
	for f, err := range Dir(t.Context(), Root{Dir: "../../seeds"}) {
		if err != nil {
			t.Fatal(err)
		}
		d, err := f.Read(t.Context())
		if err != nil {
			t.Errorf("%s: %v", f.ID, err)
			continue
		}
		check(t, d)
	}
}

func TestTitleOf(t *testing.T) {
	for id, want := range map[string]string{
		"parental-leave_2026.md": "parental leave 2026",
		"kit/README.md":          "kit",
		"docs/my-kit/index.md":   "my kit",
		"README.md":              "README",
		"a%20b.txt":              "a b",
		"_.txt":                  "_",
	} {
		if got := titleOf(id); got != want {
			t.Errorf("titleOf(%s) = %q, want %q", id, got, want)
		}
	}
}
