package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cenkalti/backoff/v5"

	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/eval"
	"footnote/rag/openai"
)

// judge returns who judges the answers, nil if nobody does. Its tokens count for the
// budget.
func (e *evaluation) judge() *eval.Judge {
	m := e.c.models
	if m.judge == nil {
		return nil
	}
	chat := m.judge.Generator(openai.Chat{Model: e.p.cfg.Eval.JudgeModel, MaxTokens: maxAnswer})
	return &eval.Judge{Generator: &metered{chat, e.c.db, m.limits, e.p.now, e.p.log}, Templates: m.templates, Private: m.private}
}

// judgedOnce has a row judged. A fault of the model is a failedCall.
func judgedOnce(ctx context.Context, j *eval.Judge, row *eval.Row) error {
	err := j.Score(ctx, row)
	var fault *rag.ModelError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fault):
		return failure(fault)
	}
	return backoff.Permanent(err)
}

// agreement says how far the judge agrees with the figures that need no model.
func agreement(rows []eval.Row) (said []string) {
	for _, c := range []struct{ metric, with string }{
		{"judged_correct", "passed"}, {"judged_support", "unverified = 0"},
	} {
		if same, kappa, n := eval.Judged(rows, c.metric); n > 0 {
			said = append(said, fmt.Sprintf("%s agrees with %s in %.3f of %s (Cohen's kappa %.2f).", c.metric, c.with, same, show.Count(n, "answer"), kappa))
		}
	}
	return said
}
