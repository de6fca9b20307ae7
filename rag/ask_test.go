package rag

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type fixedHits []Hit

func (f fixedHits) Retrieve(context.Context, Question, int) (Retrieved, error) {
	return Retrieved{Hits: f, Degraded: "words only"}, nil
}

type script struct {
	says []Sentence
	out  Outcome
	err  error
}

func (s script) Answer(_ context.Context, _ Question, _ []Hit, emit func(Sentence)) (Outcome, error) {
	for _, x := range s.says {
		emit(x)
	}
	return s.out, s.err
}

func TestAsk(t *testing.T) {
	hits := fixedHits(hitsOf("Leave is 16 weeks.", "Pay is full."))
	wrong := Sentence{Text: "Leave is 99 weeks.", Cites: []int{1}}
	right := Sentence{Text: " Leave is 16 weeks.", Cites: []int{1}}
	fixed := Sentence{Text: "Not in the documents.", Fixed: true}
	for _, c := range []struct {
		name    string
		says    []Sentence
		verdict Verdict
		strict  bool
		want    Verdict
		shown   []string
	}{
		{"right", []Sentence{right}, Answered, false, Answered, []string{" Leave is 16 weeks."}},
		{"held back until one holds", []Sentence{wrong, right}, Answered, false, Answered, []string{"Leave is 99 weeks.", " Leave is 16 weeks."}},
		{"strict leaves it out", []Sentence{wrong, right, wrong}, Answered, true, Answered, []string{" Leave is 16 weeks."}},
		{"in order", []Sentence{wrong, fixed, right}, Answered, false, Answered, []string{"Leave is 99 weeks.", "Not in the documents.", " Leave is 16 weeks."}},
		{"a lead-in does not go before it is known what follows", []Sentence{fixed, wrong}, Passages, false, NotFound, nil},
		{"none holds", []Sentence{wrong, wrong}, Answered, false, NotFound, nil},
		{"nothing said", nil, Answered, false, NotFound, nil},
		{"not found", []Sentence{fixed}, NotFound, false, NotFound, []string{"Not in the documents."}},
		{"chat", []Sentence{fixed}, Chat, false, Chat, []string{"Not in the documents."}},
	} {
		var shown []string
		e := Engine{Retriever: hits, Answerer: script{says: c.says, out: Outcome{Verdict: c.verdict}}, Strict: c.strict, AsOf: time.Unix(1, 0)}
		a, err := e.Ask(t.Context(), Question{Text: "How long?"}, func(s CitedSentence) { shown = append(shown, s.Text) })
		if err != nil {
			t.Fatal(err)
		}
		if a.Verdict != c.want {
			t.Errorf("%s: verdict %s, want %s", c.name, a.Verdict, c.want)
		}
		if diff := cmp.Diff(c.shown, shown); diff != "" {
			t.Errorf("%s: shown (-want +got):\n%s", c.name, diff)
		}
		if a.Verdict == NotFound && (len(a.Citations) > 0 || len(a.Nearest) != 1) {
			t.Errorf("%s: not found with %d citations, nearest %q", c.name, len(a.Citations), a.Nearest)
		}
		if a.ID == "" || a.Query != "How long?" || !strings.HasPrefix(a.Degraded, "words only") || !a.AsOf.Equal(time.Unix(1, 0)) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// TestAskUnread holds that only what is not found tells of files that were not read,
// and of no others than the question may see.
func TestAskUnread(t *testing.T) {
	refused := []FileState{{ID: "hr/a.rst", Refused: "no reader"}, {ID: "board/pay.pdf", Refused: "no reader"}}
	for verdict, want := range map[Verdict][]Unread{NotFound: {{".rst", 1}}, Answered: nil} {
		says := []Sentence{{Text: "Leave is 16 weeks.", Cites: []int{1}}}
		e := Engine{Retriever: fixedHits(hitsOf("Leave is 16 weeks.")), Answerer: script{says: says, out: Outcome{Verdict: verdict}}, Refused: refused}
		a, err := e.Ask(t.Context(), Question{Text: "How long?", Scope: Scope{Folders: []string{"hr"}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, a.Unread); diff != "" || a.Verdict != verdict {
			t.Errorf("%s, wanted %s (-want +got):\n%s", a.Verdict, verdict, diff)
		}
	}
}

func TestAskErrors(t *testing.T) {
	e := Engine{Retriever: fixedHits{}, Answerer: script{err: context.Canceled}}
	if _, err := e.Ask(t.Context(), Question{Text: " \n"}, nil); !errors.Is(err, ErrNoQuestion) {
		t.Errorf("empty question: %v", err)
	}
	if _, err := e.Ask(t.Context(), Question{Text: "x"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("answerer's error is lost: %v", err)
	}
}

func TestScopeHolds(t *testing.T) {
	for _, c := range []struct {
		folders []string
		doc     string
		want    bool
	}{
		{[]string{"hr"}, "hr/a.md", true},
		{[]string{"hr/"}, "hr/a.md", true},
		{[]string{"hr"}, "hr-private/a.md", false},
		{[]string{"hr/leave"}, "hr/a.md", false},
		{[]string{"hr", "it"}, "it/x/y.md", true},
		{nil, "a.md", false},
	} {
		if got := (Scope{Folders: c.folders}).Holds(c.doc); got != c.want {
			t.Errorf("%q holds %s: %v", c.folders, c.doc, got)
		}
	}
	if !(Scope{All: true}).Holds("x") || (Scope{}).Holds("x") {
		t.Error("the zero scope sees nothing, all sees everything")
	}
}

func TestPrevious(t *testing.T) {
	q := Question{Text: "And who pays?", History: []Turn{{Question: " How long is leave? "}, {Question: "thanks!"}, {Question: "and?"}}}
	if got := q.Previous(); got != "How long is leave?" {
		t.Errorf("got %q", got)
	}
	if got := (Question{}).Previous(); got != "" {
		t.Errorf("without history: %q", got)
	}
}
