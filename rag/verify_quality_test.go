package rag_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// TestSharedVerify measures how many false sentences are marked, and how many
// true ones, and compares the table with testdata/verify_stats.txt. With -keep the
// sentences are written to claims.jsonl there, for another checker to be measured
// on, and those that were judged wrongly are logged.
func TestSharedVerify(t *testing.T) {
	if *sharedDir == "" {
		t.Skip("measures on tuning sets that are not part of the project: -shared DIR")
	}
	articles := readArticles(t, *sharedDir)
	claims := makeClaims(articles)
	answers := makeAnswers(articles)
	if *keepDir != "" {
		writeClaims(t, filepath.Join(*keepDir, "claims.jsonl"), append(claims, answers...))
	}
	var b strings.Builder
	b.WriteString("Share of sentences that are marked as unverified, by kind, on the half of the articles that was not tuned on.\n")
	for i, k := range claimKinds {
		switch i {
		case 0:
			b.WriteString("\ntrue:\n")
		case trueKinds:
			b.WriteString("\nfalse:\n")
		}
		n, marked := 0, 0
		for _, c := range claims {
			if c.Kind != k.kind || c.Half != "report" {
				continue
			}
			n++
			got, _ := rag.Verify(c.hits(), rag.Sentence{Text: c.Sentence, Cites: []int{1}})
			if got.Support == rag.Unverified {
				marked++
			}
			if *keepDir != "" && (got.Support == rag.Unverified) != (i >= trueKinds) {
				t.Logf("%s: %s\n%s %q\n%s", k.kind, c.Sentence, got.Support, got.Unsupported, c.Source)
			}
		}
		fmt.Fprintf(&b, "%-30s %.3f of %d\n", k.kind, float64(marked)/float64(n), n)
	}
	wrong, n := 0, 0
	for _, group := range byAnswer(answers) {
		if group[0].Half == "report" {
			n++
			wrong += btoi(anyMarked(group))
		}
	}
	fmt.Fprintf(&b, "\nanswers of 3 to 5 true sentences, with any of them marked: %.3f of %d\n", float64(wrong)/float64(n), n)
	const golden = "testdata/verify_stats.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(b.String())
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("figures changed; if for the better, go test ./rag -run SharedVerify -shared DIR -update (-want +got):\n%s", diff)
	}
}

// hits returns what is shown to the checker: the source that is cited, then others.
func (c claim) hits() []rag.Hit {
	var hits []rag.Hit
	for _, p := range append([]string{c.Source}, c.Others...) {
		hits = append(hits, rag.Hit{Passage: rag.Passage{Text: p, Span: rag.Span{End: len(p)}}})
	}
	return hits
}

// makeAnswers returns true sentences, verbatim and reworded, of which three to
// five in a row make an answer; Kind is the answer's name.
func makeAnswers(articles []article) []claim {
	var all []claim
	r := rand.New(rand.NewPCG(99, 7))
	for n, a := range articles {
		m := &mill{r: r, article: a}
		for k := 0; k < 8 && len(a.paragraphs) >= 8; k++ {
			size, made := 3+r.IntN(3), 0
			for range 40 {
				p := a.paragraphs[r.IntN(len(a.paragraphs))]
				s, ok := m.sentence(p)
				if !ok || made == size {
					continue
				}
				s, _ = m.sometimes(s, p)
				all = append(all, claim{Kind: fmt.Sprintf("answer %d.%d", n, k), Half: a.half, Sentence: s, Source: p})
				made++
			}
		}
	}
	return all
}

// byAnswer groups claims that stand together.
func byAnswer(claims []claim) [][]claim {
	var groups [][]claim
	for i, c := range claims {
		if i == 0 || claims[i-1].Kind != c.Kind {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], c)
	}
	return groups
}

// anyMarked tells whether a sentence of an answer is marked; all sources of the
// answer are shown.
func anyMarked(answer []claim) bool {
	var hits []rag.Hit
	for _, c := range answer {
		hits = append(hits, c.hits()...)
	}
	for i, c := range answer {
		if got, _ := rag.Verify(hits, rag.Sentence{Text: c.Sentence, Cites: []int{i + 1}}); got.Support == rag.Unverified {
			return true
		}
	}
	return false
}

func writeClaims(t *testing.T, path string, claims []claim) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := json.NewEncoder(f)
	for _, c := range claims {
		if err := lines.Encode(c); err != nil {
			t.Fatal(err)
		}
	}
}
