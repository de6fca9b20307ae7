package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/rag"
)

// A metered is a Generator whose tokens are counted in state.db. At the limit of
// the budget it says so instead of asking the model.
type metered struct {
	rag.Generator
	db     *db.DB
	limits func(now time.Time) []limit
	now    func() time.Time
	log    *slog.Logger
}

// Generate implements rag.Generator.
func (m *metered) Generate(ctx context.Context, ms []rag.Message, emit func(string)) (rag.Completion, error) {
	if err := m.within(ctx); err != nil {
		return rag.Completion{}, err
	}
	c, err := m.Generator.Generate(ctx, ms, emit)
	if m.db.ReadOnly || c.Usage == (rag.Usage{}) {
		return c, err
	}
	// What was used up counts, even if the question was cancelled meanwhile.
	used := db.Tokens{Prompt: c.Usage.PromptTokens, Cached: c.Usage.CachedTokens, Completion: c.Usage.CompletionTokens}
	if lost := m.db.AddTokens(context.WithoutCancel(ctx), m.now(), used); lost != nil {
		m.log.Error("count tokens", "error", lost) // the answer is there all the same
	}
	return c, err
}

// within returns an error if the budget is used up. A process that may not
// write the count does not spend: two could spend the budget twice.
func (m *metered) within(ctx context.Context) error {
	now := m.now()
	for _, l := range m.limits(now) {
		if l.tokens == 0 {
			continue
		}
		if m.db.ReadOnly {
			return &rag.ModelError{Fault: rag.OutOfBudget, Err: errors.New("another footnote process counts the tokens")}
		}
		used, err := m.db.TokensSince(ctx, l.from, now)
		if err != nil {
			return &rag.ModelError{Fault: rag.OutOfBudget, Err: err, Remedy: "the count of tokens cannot be read, see --verbose"}
		}
		if used.Total() >= l.tokens {
			return &rag.ModelError{Fault: rag.OutOfBudget, Until: l.until}
		}
	}
	return nil
}

// A limit is a number of tokens between two midnights.
type limit struct {
	tokens      int
	from, until time.Time
}

// limitsOf returns the limits of the month and of the day that now is in, the
// longer one first: it says until when there is nothing to spend.
func limitsOf(b config.Budget) func(now time.Time) []limit {
	return func(now time.Time) []limit {
		y, month, d := now.Date()
		date := func(month time.Month, d int) time.Time { return time.Date(y, month, d, 0, 0, 0, 0, now.Location()) }
		return []limit{
			{b.Month, date(month, 1), date(month+1, 1)},
			{b.Day, date(month, d), date(month, d+1)},
		}
	}
}
