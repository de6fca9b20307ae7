package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
	"footnote/rag/bge"
)

// TestReadme holds that the README's transcripts are what the program says: it
// asks their questions of ../seeds, with the real embedder.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	seeds, err := filepath.Abs("../seeds")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	run := func(stdin string, args ...string) string {
		var stdout, stderr bytes.Buffer
		p := &program{stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
			getenv: func(string) string { return "" }, embedder: func() (rag.Embedder, error) { return bge.New() }}
		if code := p.run(t.Context(), append(args, "--docs", seeds)); code != 0 {
			t.Fatalf("%v: exit %d, %s", args, code, &stderr)
		}
		return strings.ReplaceAll(stdout.String(), seeds, "./seeds")
	}
	run("", "index") // otherwise the first answers may rest on words alone
	all := transcripts(string(readme))
	if len(all) != 2 {
		t.Fatalf("the README has %d transcripts, want 2", len(all))
	}
	for command, want := range all {
		var typed string
		for line := range strings.Lines(want) {
			if rest, ok := strings.CutPrefix(line, "> "); ok {
				typed += rest
			}
		}
		args := strings.SplitN(strings.ReplaceAll(command, `"`, ""), " ", 2)
		got := strings.TrimSuffix(run(typed, args...), "> \n")
		if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(got)); diff != "" {
			t.Errorf("%s (-README +program):\n%s", command, diff)
		}
	}
}

// transcripts returns the indented blocks that begin with "$ go run ./bot", by
// the rest of that line.
func transcripts(readme string) map[string]string {
	all, command := map[string]string{}, ""
	for line := range strings.Lines(readme) {
		code, indented := strings.CutPrefix(line, "    ")
		switch rest, begins := strings.CutPrefix(code, "$ go run ./bot "); {
		case indented && begins:
			command = strings.TrimSpace(rest)
		case !indented && strings.TrimSpace(line) != "":
			command = ""
		case command != "":
			all[command] += code
		}
	}
	return all
}
