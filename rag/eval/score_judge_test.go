package eval

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/prompts"
	"footnote/rag"
)

// entails is a model that says a sentence is supported if its words that are in capitals
// stand in the sources, and that an answer is what its first word says.
type entails struct{ asked *[]string }

func (e entails) Model() string { return "judge" }

func (e entails) Generate(_ context.Context, ms []rag.Message, emit func(string)) (rag.Completion, error) {
	user := ms[1].Text
	*e.asked = append(*e.asked, user)
	if _, rest, ok := strings.Cut(user, "ANSWER TO JUDGE\n\""); ok {
		word, _, _ := strings.Cut(rest, " ")
		emit("**" + word)
		emit("**, since ...")
		return rag.Completion{}, nil
	}
	sources, rest, _ := strings.Cut(user, "SENTENCE\n")
	claim, _, _ := strings.Cut(rest, "\n\nRULES")
	for _, w := range strings.Fields(strings.Trim(claim, `".`)) {
		if w == strings.ToUpper(w) && !strings.Contains(strings.TrimPrefix(sources, "SOURCES"), w) {
			emit("Not supported.")
			return rag.Completion{}, nil
		}
	}
	emit("supported")
	return rag.Completion{}, nil
}

func judgeOf(t *testing.T, g rag.Generator) *Judge {
	t.Helper()
	ts, err := prompts.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return &Judge{Generator: g, Templates: ts, Private: rag.Scope{Folders: []string{"hr"}}}
}

func TestJudgeRow(t *testing.T) {
	cites := []Citation{{N: 1, Doc: "a.md", Paragraph: 1, Quote: "A"}, {N: 2, Doc: "a.md", Paragraph: 2, Quote: "B"},
		{N: 3, Doc: "a.md", Paragraph: 3, Quote: "A B"}, {N: 4, Doc: "a.md", Paragraph: 4, Quote: "C"}}
	contexts := []Context{{Doc: "a.md", Paragraph: 1, Text: "A and X"}, {Doc: "a.md", Paragraph: 2, Text: "other words"}}
	say := func(s string, ns ...int) Sentence { return Sentence{Text: s, Citations: ns, Support: rag.Checked} }
	for _, c := range []struct {
		name               string
		said               []Sentence
		support, precision float64
	}{
		{"supported", []Sentence{say("it is A.", 1)}, 1, 1},
		{"by the whole passage, not the quote alone", []Sentence{say("it is X.", 1)}, 1, 1},
		{"not supported", []Sentence{say("it is Y.", 1)}, 0, 0},
		{"cites nothing", []Sentence{say("it is A.")}, 0, 0},
		{"half", []Sentence{say("it is A.", 1), say("it is Y.", 1)}, .5, .5},
		{"both are needed", []Sentence{say("it is A B.", 1, 2)}, 1, 1},
		{"one is not needed", []Sentence{say("it is A.", 1, 2)}, 1, .5},
		{"either would do", []Sentence{say("it is A.", 1, 3)}, 1, 1},
		{"only three are judged", []Sentence{say("it is C.", 1, 2, 3, 4)}, 0, 0},
		{"lead-ins are not judged", []Sentence{{Text: "It says Y:", Support: rag.None}, say("it is A.", 1)}, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked []string
			r := Row{Verdict: rag.Answered, Sentences: c.said, Citations: cites, Contexts: contexts}
			r.Score(func(Citation) bool { return true })
			if err := judgeOf(t, entails{&asked}).Score(t.Context(), &r); err != nil {
				t.Fatal(err)
			}
			got := [2]float64{r.Metrics["judged_support"], r.Metrics["judged_precision"]}
			if diff := cmp.Diff([2]float64{c.support, c.precision}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if _, ok := r.Metrics["judged_correct"]; ok {
				t.Error("correct, but nothing is known")
			}
		})
	}
}

func TestJudgeCorrect(t *testing.T) {
	no := false
	for _, c := range []struct {
		name  string
		row   Row
		want  float64 // -1: not judged
		asked int
	}{
		{"correct", Row{Answers: []string{"x"}, Sentences: []Sentence{{Text: "CORRECT it is", Support: rag.Unverified}}}, 1, 1},
		{"partly", Row{Answers: []string{"x"}, Sentences: []Sentence{{Text: "PARTLY it is", Support: rag.Unverified}}}, .5, 1},
		{"wrong", Row{Answers: []string{"x"}, Sentences: []Sentence{{Text: "WRONG it is", Support: rag.Unverified}}}, 0, 1},
		{"refused", Row{Answers: []string{"x"}, Abstained: true}, 0, 0},
		{"unanswerable", Row{Answers: []string{"x"}, Answerable: &no, Sentences: []Sentence{{Text: "CORRECT it is", Support: rag.Unverified}}}, -1, 0},
		{"private", Row{Answers: []string{"x"}, Citations: []Citation{{Doc: "hr/a.md"}}, Sentences: []Sentence{{Text: "CORRECT it is", Support: rag.Unverified}}}, -1, 0},
		{"failed", Row{Answers: []string{"x"}, Error: "timeout"}, -1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked []string
			c.row.Score(func(Citation) bool { return true })
			if err := judgeOf(t, entails{&asked}).Score(t.Context(), &c.row); err != nil {
				t.Fatal(err)
			}
			got, ok := c.row.Metrics["judged_correct"]
			if !ok {
				got = -1
			}
			if got != c.want || len(asked) != c.asked {
				t.Errorf("%v after %d questions, want %v after %d", got, len(asked), c.want, c.asked)
			}
		})
	}
}

// says is a model that always says the same.
type says string

func (s says) Model() string { return "judge" }
func (s says) Generate(_ context.Context, _ []rag.Message, emit func(string)) (rag.Completion, error) {
	emit(string(s))
	return rag.Completion{}, nil
}

func TestJudgeReplies(t *testing.T) {
	for reply, want := range map[string]string{
		"SUPPORTED": "SUPPORTED", "\n **Not** supported": "NOT", "not": "NOT", "SUPPORTED? No.\n</think>\nNOT": "NOT", `"SUPPORTED."`: "SUPPORTED",
		"": "", "SUPPORTEDLY": "", "It is SUPPORTED": "", "NOTHING": "",
	} {
		got, err := judgeOf(t, says(reply)).ask(t.Context(), "", "", "SUPPORTED", "NOT")
		var fault *rag.ModelError
		if got != want || (want == "") != errors.As(err, &fault) {
			t.Errorf("%q: %q, %v; want %q", reply, got, err, want)
		}
	}
}

func TestJudged(t *testing.T) {
	rows := []Row{
		{Metrics: map[string]float64{"judged_correct": 1, "passed": 1, "judged_support": 1, "unverified": 0}},
		{Metrics: map[string]float64{"judged_correct": .5, "passed": 1, "judged_support": .5, "unverified": .5}},
		{Metrics: map[string]float64{"judged_correct": 0, "passed": 0}}, {},
	}
	if same, kappa, n := Judged(rows, "judged_correct"); n != 3 || math.Abs(same-2./3) > 1e-9 || math.Abs(kappa-.4) > 1e-9 {
		t.Errorf("%v, %v, %d", same, kappa, n)
	}
	if same, _, n := Judged(rows, "judged_support"); n != 2 || same != 1 {
		t.Errorf("%v, %d", same, n)
	}
	if _, _, n := Judged(rows[3:], "judged_correct"); n != 0 {
		t.Errorf("%d without a judge", n)
	}
}
