package rag_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

var update = flag.Bool("update", false, "rewrite testdata/rank_stats.txt")

// TestSeeds answers the questions of testdata/questions.txt from seeds/ and
// compares ranks and verdicts with testdata/rank_stats.txt, so that a change of
// retrieval is a diff to read. Ranks, not scores: those differ in the last bits
// between machines.
func TestSeeds(t *testing.T) {
	c := openCorpus(t, "../seeds", t.TempDir())
	lines, err := os.ReadFile("testdata/questions.txt")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	var asked, first, third, answered, none, refused int
	for line := range strings.Lines(string(lines)) {
		doc, question, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if !ok {
			continue
		}
		a, err := c.engine.Ask(t.Context(), rag.Question{Text: question, Scope: rag.Scope{All: true}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		rank := rankOf(doc, a.Hits)
		if doc == "" {
			none++
			if a.Verdict != rag.Answered {
				refused++
			}
		} else {
			asked++
			first += btoi(rank == 1)
			third += btoi(rank > 0 && rank <= 3)
			answered += btoi(a.Verdict == rag.Answered)
		}
		fmt.Fprintf(&b, "%s\n  wants %s: rank %d, %s\n", question, orNothing(doc), rank, a.Verdict)
		for i, h := range a.Hits[:min(3, len(a.Hits))] {
			fmt.Fprintf(&b, "  %d %s#%d\n", i+1, h.Passage.DocID, h.Passage.Paragraph)
		}
	}
	stats := fmt.Sprintf("%d questions with an answer: first %d, in the first three %d, answered %d\n%d without: not answered %d\n\n",
		asked, first, third, answered, none, refused)
	got := stats + b.String()
	const golden = "testdata/rank_stats.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("ranks changed; if for the better, go test ./rag -run Seeds -update (-want +got):\n%s", diff)
	}
}

// rankOf returns the place of a document's first hit, 0 without one.
func rankOf(doc string, hits []rag.Hit) int {
	for i, h := range hits {
		if h.Passage.DocID == doc {
			return i + 1
		}
	}
	return 0
}

func orNothing(doc string) string {
	if doc == "" {
		return "nothing"
	}
	return doc
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
