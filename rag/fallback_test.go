package rag

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answererFunc is an Answerer of one function.
type answererFunc func(hits []Hit, emit func(Sentence)) (Outcome, error)

func (f answererFunc) Answer(_ context.Context, _ Question, hits []Hit, emit func(Sentence)) (Outcome, error) {
	return f(hits, emit)
}

// TestFallback has a language model fail at different moments.
func TestFallback(t *testing.T) {
	hits := fixedHits(hitsOf("Leave is 16 weeks.", "Pay is full."))
	right := Sentence{Text: "Leave is 16 weeks.", Cites: []int{1}}
	wrong := Sentence{Text: "Leave is 99 weeks.", Cites: []int{1}}
	quotes := answererFunc(func(_ []Hit, emit func(Sentence)) (Outcome, error) {
		emit(Sentence{Text: "Pay is full.", Cites: []int{2}})
		return Outcome{Verdict: Answered, Model: "extractive"}, nil
	})
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		says     []Sentence
		fault    *ModelError
		verdict  Verdict
		shown    []string
		degraded string
	}{
		{"before the first sentence", nil, &ModelError{Fault: Quota, Host: "api.example.com"}, Answered, []string{"Pay is full."},
			"words only; the model did not answer (api.example.com: quota)"},
		{"when nothing has been shown", []Sentence{wrong}, &ModelError{Fault: Timeout, Host: "h"}, Answered, []string{"Pay is full."},
			"words only; the model did not answer (h: no reply in time)"},
		{"in the middle", []Sentence{right}, &ModelError{Fault: CutOff, Host: "h"}, Partial, []string{"Leave is 16 weeks."}, "words only; cut off"},
		{"out of budget", nil, &ModelError{Fault: OutOfBudget, Until: until}, Answered, []string{"Pay is full."},
			"words only; the language model is out of budget until 1 Dec 00:00"},
		{"private", nil, &ModelError{Fault: Private}, Answered, []string{"Pay is full."},
			"words only; these documents stay on this machine, so the answer is quotes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var shown []string
			e := Engine{Retriever: hits, Answerer: script{says: c.says, err: c.fault, out: Outcome{Usage: Usage{PromptTokens: 7}}}, Quotes: quotes, Top: 8}
			a, err := e.Ask(t.Context(), Question{Text: "How long?"}, func(s CitedSentence) { shown = append(shown, s.Text) })
			if err != nil {
				t.Fatal(err)
			}
			if a.Verdict != c.verdict || a.Degraded != c.degraded || a.Usage.PromptTokens != 7 {
				t.Errorf("verdict %s, degraded %q, usage %v", a.Verdict, a.Degraded, a.Usage)
			}
			if diff := cmp.Diff(c.shown, shown); diff != "" {
				t.Error(diff)
			}
		})
	}

	e := Engine{Retriever: hits, Answerer: script{err: &ModelError{Fault: Quota}}}
	var fault *ModelError
	if _, err := e.Ask(t.Context(), Question{Text: "x"}, nil); !errors.As(err, &fault) {
		t.Errorf("without quotes: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	e.Quotes = quotes
	if a, err := e.Ask(stopped, Question{Text: "x"}, nil); err == nil {
		t.Errorf("a cancelled question is answered: %+v", a)
	}
}

// TestInVain has a model of whose sentences none holds.
func TestInVain(t *testing.T) {
	wrong := Sentence{Text: "Leave is 99 weeks.", Cites: []int{1}}
	for _, verdict := range []Verdict{Answered, NotFound} {
		quotes := answererFunc(func(_ []Hit, emit func(Sentence)) (Outcome, error) {
			emit(Sentence{Text: "Pay is full.", Cites: []int{2}})
			return Outcome{Verdict: verdict, Model: "extractive"}, nil
		})
		e := Engine{Retriever: fixedHits(hitsOf("Leave is 16 weeks.", "Pay is full.")), Quotes: quotes, Top: 8,
			Answerer: script{says: []Sentence{wrong}, out: Outcome{Verdict: Answered, Usage: Usage{PromptTokens: 3}}}}
		a, err := e.Ask(t.Context(), Question{Text: "How long?"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := map[Verdict]Verdict{Answered: Passages, NotFound: NotFound}[verdict]
		if a.Verdict != want || a.Usage.PromptTokens != 3 || a.Degraded != "words only; nothing that the model wrote stands in the documents" {
			t.Errorf("%+v", a)
		}
	}
}

// TestCancelled keeps what was shown, with its citations.
func TestCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	answerer := answererFunc(func(_ []Hit, emit func(Sentence)) (Outcome, error) {
		emit(Sentence{Text: "Pay is full.", Cites: []int{2}})
		stop()
		return Outcome{Model: "m"}, ctx.Err()
	})
	e := Engine{Retriever: fixedHits(hitsOf("Leave is 16 weeks.", "Pay is full.")), Answerer: answerer, Top: 8}
	a, err := e.Ask(ctx, Question{Text: "How much?"}, nil)
	if !errors.Is(err, context.Canceled) || a.Verdict != Partial || len(a.Sentences) != 1 || len(a.Citations) != 1 {
		t.Errorf("%v: %+v", err, a)
	}
}

// wordHits finds the hits named by the question's text.
type wordHits map[string][]Hit

func (w wordHits) Retrieve(_ context.Context, q Question, _ int) (Retrieved, error) {
	return Retrieved{Hits: w[q.Text]}, nil
}

func TestSearchAgain(t *testing.T) {
	all := hitsOf("Leave is 16 weeks.", "Notice is 30 days.")
	all[0].Score, all[1].Score = .2, .9
	found := wordHits{"How much notice?": all[:1], "How much notice? period": all}
	tries := 0
	answerer := answererFunc(func(hits []Hit, emit func(Sentence)) (Outcome, error) {
		tries++
		out := Outcome{Verdict: NotFound, Search: "How much notice? period", Usage: Usage{PromptTokens: 10}}
		if len(hits) == 2 {
			emit(Sentence{Text: "Notice is 30 days.", Cites: []int{1}})
			out.Verdict = Answered
		}
		return out, nil
	})
	e := Engine{Retriever: found, Answerer: answerer, Top: 8}
	a, err := e.Ask(t.Context(), Question{Text: "How much notice?"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Verdict != Answered || tries != 2 || a.Usage.PromptTokens != 20 || a.Citations[0].Quote != "Notice is 30 days." {
		t.Errorf("%d tries: %+v", tries, a)
	}

	tries, found["How much notice? period"] = 0, all[:1]
	if a, _ = e.Ask(t.Context(), Question{Text: "How much notice?"}, nil); a.Verdict != NotFound || tries != 1 {
		t.Errorf("nothing new was found: %d tries, %s", tries, a.Verdict)
	}
}
