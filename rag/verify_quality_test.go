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
// on, and those of the half to tune on that were judged wrongly are logged.
func TestSharedVerify(t *testing.T) {
	if *sharedDir == "" {
		t.Skip("measures on tuning sets that are not part of the project: -shared DIR")
	}
	articles := readArticles(t, *sharedDir)
	claims := makeClaims(articles)
	answers := makeAnswers(articles)
	if *keepDir != "" {
		writeClaims(t, filepath.Join(*keepDir, "claims.jsonl"), append(claims, answers...))
		tuned := verifyTable(claims, answers, "tune", func(c claim, got rag.CitedSentence) {
			t.Logf("%s: %s\n%s %q\n%s", c.Kind, c.Sentence, got.Support, got.Unsupported, c.Source)
		})
		t.Logf("tuned on:\n%s", tuned)
	}
	got := verifyTable(claims, answers, "report", nil)
	const golden = "testdata/verify_stats.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(got)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("figures changed; if for the better, go test ./rag -run SharedVerify -shared DIR -update (-want +got):\n%s", diff)
	}
}

// verifyTable checks the claims and answers of one half. It calls wrong, if any,
// for those that were misjudged with their source alone.
func verifyTable(claims, answers []claim, half string, wrong func(claim, rag.CitedSentence)) string {
	var b strings.Builder
	b.WriteString("Share of sentences that are marked as unverified, by kind, on the half of the articles that was not tuned on:\n" +
		"alone, where only the paragraph that a sentence cites is shown, and beside three others of its document.\n")
	for i, k := range claimKinds {
		switch i {
		case 0:
			fmt.Fprintf(&b, "\n%-30s alone  beside\n", "true:")
		case trueKinds:
			fmt.Fprintf(&b, "\n%-30s alone  beside\n", "false:")
		}
		var n, alone, beside int
		for _, c := range claims {
			if c.Kind != k.kind || c.Half != half {
				continue
			}
			n++
			s := rag.Sentence{Text: c.Sentence, Cites: []int{1}}
			got, _ := rag.Verify(hitsOf(c.Title, c.Source), s)
			alone += btoi(got.Support == rag.Unverified)
			if wrong != nil && (got.Support == rag.Unverified) != (i >= trueKinds) {
				wrong(c, got)
			}
			got, _ = rag.Verify(hitsOf(c.Title, append([]string{c.Source}, c.Others...)...), s)
			beside += btoi(got.Support == rag.Unverified)
		}
		fmt.Fprintf(&b, "%-30s %.3f  %.3f of %d\n", k.kind, share(alone, n), share(beside, n), n)
	}
	marked, n := 0, 0
	for _, group := range byAnswer(answers) {
		if group[0].Half == half {
			n++
			marked += btoi(anyMarked(group))
		}
	}
	fmt.Fprintf(&b, "\nanswers of 3 to 5 true sentences, with any of them marked: %.3f of %d\n", share(marked, n), n)
	return b.String()
}

func share(part, of int) float64 { return float64(part) / float64(of) }

// hitsOf returns what is shown to the checker.
func hitsOf(title string, texts ...string) []rag.Hit {
	var hits []rag.Hit
	for _, p := range texts {
		hits = append(hits, rag.Hit{Passage: rag.Passage{Title: title, Text: p, Span: rag.Span{End: len(p)}}})
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
				all = append(all, claim{Kind: fmt.Sprintf("answer %d.%d", n, k), Half: a.half, Sentence: s, Title: a.title, Source: p})
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
	var sources []string
	for _, c := range answer {
		sources = append(sources, c.Source)
	}
	for i, c := range answer {
		if got, _ := rag.Verify(hitsOf(answer[0].Title, sources...), rag.Sentence{Text: c.Sentence, Cites: []int{i + 1}}); got.Support == rag.Unverified {
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
