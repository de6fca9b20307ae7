package main

import (
	"context"
	"fmt"
	"time"

	"footnote/bot/show"
	"footnote/rag"
)

// took says what an answer took: "2.31 s, 1,200 tokens read (1,000 of them
// cached), 34 written".
func took(total time.Duration, u rag.Usage) string {
	said := fmt.Sprintf("%.2f s", total.Seconds())
	if u == (rag.Usage{}) {
		return said
	}
	said += fmt.Sprintf(", %s tokens read", show.Number(u.PromptTokens))
	if u.CachedTokens > 0 {
		said += fmt.Sprintf(" (%s of them cached)", show.Number(u.CachedTokens))
	}
	return said + fmt.Sprintf(", %s written", show.Number(u.CompletionTokens))
}

// Stats implements chat.Library.
func (l *library) Stats(ctx context.Context, answers []rag.Answer) error {
	var all rag.Usage
	var total time.Duration
	for _, a := range answers {
		all, total = all.Add(a.Usage), total+a.Timing.Total
	}
	last := answers[len(answers)-1]
	fmt.Fprintf(l.p.stdout, "Last answer: %s; first words after %.2f s; by %s.\n", took(last.Timing.Total, last.Usage), last.Timing.First.Seconds(), show.Line(last.Model))
	fmt.Fprintf(l.p.stdout, "All %s: %s.\n", show.Count(len(answers), "answer"), took(total, all))
	if l.c.models.llm == nil {
		return nil
	}
	for _, b := range l.c.models.limits(l.p.now()) {
		used, err := l.c.db.TokensSince(ctx, b.from, l.p.now())
		if err != nil {
			return err
		}
		said := fmt.Sprintf("Since %s: %s tokens", b.from.Format("2 Jan"), show.Number(used.Total()))
		if b.tokens > 0 {
			said += fmt.Sprintf(" of %s", show.Number(b.tokens))
		}
		fmt.Fprintln(l.p.stdout, said+".")
	}
	return nil
}
