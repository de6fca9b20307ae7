package eval

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"footnote/rag"
	"footnote/rag/load"
	"footnote/rag/split"
)

// readSeeds returns the cases about seeds/ and its passages.
func readSeeds(t *testing.T) (cases []Case, passages []rag.Passage) {
	t.Helper()
	f, err := os.Open("testdata/seeds.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	for {
		var c Case
		if err := dec.Decode(&c); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("case %d: %v", len(cases)+1, err)
		}
		cases = append(cases, c)
	}
	for file, err := range load.Dir(t.Context(), load.Root{Dir: "../../seeds"}) {
		if err != nil {
			t.Fatal(err)
		}
		d, err := file.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		passages = append(passages, split.Document(d)...)
	}
	return cases, passages
}

// TestSeedCases holds that each gold text still stands in its document, in one
// paragraph and once, with a right answer beside it, and that there are as many
// cases of each kind as the yardstick wants.
func TestSeedCases(t *testing.T) {
	cases, passages := readSeeds(t)
	var unanswerable, followups int
	ids := make(map[string]bool)
	for _, c := range cases {
		if c.ID == "" || ids[c.ID] || c.Question == "" || c.Type == "" || c.Answerable == nil {
			t.Errorf("%q: no id, or not its own, or no question, type or answerable", c.ID)
			continue
		}
		ids[c.ID] = true
		if !*c.Answerable {
			unanswerable++
			if len(c.Gold)+len(c.Answers) > 0 {
				t.Errorf("%s has no answer, and still gold or answers", c.ID)
			}
			continue
		}
		if len(c.History) > 0 {
			followups++
		}
		if len(c.Gold) == 0 || len(c.Answers) == 0 {
			t.Errorf("%s has an answer, but no gold or no answers", c.ID)
		}
		for _, g := range c.Gold {
			in := slices.DeleteFunc(slices.Clone(passages), func(p rag.Passage) bool {
				return p.DocID != g.Doc || !strings.Contains(p.Text, g.Text)
			})
			if len(in) != 1 || strings.Count(in[0].Text, g.Text) != 1 || g.Paragraph != 0 {
				t.Errorf("%s: %q stands in %d passages of %s, want one, named by its text alone", c.ID, g.Text, len(in), g.Doc)
			} else if Contained(in[0].Text, c.Answers) == 0 {
				t.Errorf("%s: none of %q is in paragraph %d of %s", c.ID, c.Answers, in[0].Paragraph, g.Doc)
			}
		}
	}
	if len(cases) < 40 || unanswerable < 12 || followups < 10 {
		t.Errorf("%d cases, %d without an answer, %d follow-ups; want at least 40, 12 and 10", len(cases), unanswerable, followups)
	}
}
