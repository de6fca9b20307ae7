package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/rag"
)

// spender is a Generator that uses up tokens and says nothing.
type spender struct {
	usage rag.Usage
	err   error
	calls int
}

func (s *spender) Model() string { return "spender" }

func (s *spender) Generate(context.Context, []rag.Message, func(string)) (rag.Completion, error) {
	s.calls++
	return rag.Completion{Usage: s.usage}, s.err
}

func TestBudget(t *testing.T) {
	now := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		limit config.Budget
		calls int       // that go through, of five
		until time.Time // for the one that does not
	}{
		{"no limit", config.Budget{}, 5, time.Time{}},
		{"day", config.Budget{Day: 250}, 3, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"day, exactly", config.Budget{Day: 200}, 2, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"month", config.Budget{Month: 150, Day: 1000}, 2, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := db.Open(t.Context(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			s := &spender{usage: rag.Usage{PromptTokens: 90, CachedTokens: 30, CompletionTokens: 10}}
			m := &metered{s, d, limitsOf(c.limit), func() time.Time { return now }, slog.New(slog.DiscardHandler)}
			for range 5 {
				_, err = m.Generate(t.Context(), nil, nil)
			}
			if s.calls != c.calls {
				t.Errorf("%d calls, want %d", s.calls, c.calls)
			}
			var fault *rag.ModelError
			if stopped := errors.As(err, &fault) && fault.Fault == rag.OutOfBudget; stopped != (c.calls < 5) {
				t.Errorf("the last one: %v", err)
			} else if stopped && !fault.Until.Equal(c.until) {
				t.Errorf("until %v, want %v", fault.Until, c.until)
			}
		})
	}
}

// TestBudgetOfFailures counts what a failed or cancelled answer has used up.
func TestBudgetOfFailures(t *testing.T) {
	d, err := db.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	cut := &rag.ModelError{Fault: rag.CutOff}
	m := &metered{&spender{rag.Usage{PromptTokens: 5}, cut, 0}, d, limitsOf(config.Budget{}), time.Now, slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := m.Generate(ctx, nil, nil); !errors.Is(err, cut) {
		t.Errorf("the model's fault is lost: %v", err)
	}
	if used, err := d.TokensSince(t.Context(), time.Now().AddDate(0, 0, -1), time.Now()); err != nil || used.Prompt != 5 {
		t.Errorf("used %v, %v", used, err)
	}
}

// TestBudgetBeside does not spend where the count cannot be written.
func TestBudgetBeside(t *testing.T) {
	dir := t.TempDir()
	first, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := db.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	s := &spender{usage: rag.Usage{PromptTokens: 5}}
	for _, c := range []struct {
		limit config.Budget
		calls int
	}{{config.Budget{Day: 100}, 0}, {config.Budget{}, 1}} {
		s.calls = 0
		m := &metered{s, second, limitsOf(c.limit), time.Now, slog.New(slog.DiscardHandler)}
		if _, err := m.Generate(t.Context(), nil, nil); (err == nil) != (c.calls == 1) || s.calls != c.calls {
			t.Errorf("%v: %v, %d calls", c.limit, err, s.calls)
		}
	}
}
