package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/eval"
)

// ask asks all cases that have no answer yet, several at a time. Each row is
// written as soon as it is there.
func (e *evaluation) ask(ctx context.Context) error {
	left := slices.DeleteFunc(slices.Clone(e.cases), func(c eval.Case) bool { return e.results.answered(c.ID) })
	if n := len(e.cases) - len(left); n > 0 {
		e.p.tell("%d of %s answered before: going on from there.", n, show.Count(len(e.cases), "question"))
	}
	workers := runtime.GOMAXPROCS(0)
	if e.c.models.llm != nil {
		workers = e.p.cfg.LLM.Parallel // more would only wait, and be measured at it
	}
	m := e.p.meter()
	defer m.end()
	todo := make(chan eval.Case, len(left))
	for _, c := range left {
		todo <- c
	}
	close(todo)
	var mu sync.Mutex // of the results
	done := 0
	keep := func(row eval.Row) error {
		mu.Lock()
		defer mu.Unlock()
		done++
		m.show(rag.Progress{Phase: asking, Done: done, Total: len(left)})
		return e.results.add(row)
	}
	group, ctx := errgroup.WithContext(ctx)
	for range workers {
		group.Go(func() error { return e.asker().all(ctx, todo, keep) })
	}
	return group.Wait()
}

// all asks cases as long as there are any.
func (a *asker) all(ctx context.Context, todo <-chan eval.Case, keep func(eval.Row) error) error {
	for c := range todo {
		row, err := a.row(ctx, c)
		if err != nil {
			return err
		}
		if err := keep(row); err != nil {
			return err
		}
	}
	return nil
}

// An asker asks one question after another and sees what goes wrong on the way,
// which an answer would make the best of.
type asker struct {
	e      *evaluation
	engine *rag.Engine
	seen   *witness
	judge  *eval.Judge // nil: nobody judges
}

// asker returns the engine that answers in chat and Slack, with a witness in it.
func (e *evaluation) asker() *asker {
	w := &witness{}
	own := *e.c
	if own.writer != nil {
		own.writer = &witnessedWriter{own.writer, w}
	}
	engine := own.engine(e.p.cfg)
	engine.Retriever = &witnessedSearch{engine.Retriever, w}
	return &asker{e, engine, w, e.judge()}
}

// A witness keeps what happened while one question was answered.
type witness struct {
	hits  []rag.Hit // of the first search
	fault error     // of a model
}

func (w *witness) blame(err error) {
	if w.fault == nil {
		w.fault = err
	}
}

// A witnessedSearch finds at least as many passages as are measured. The answer is
// written from as many as were asked for.
type witnessedSearch struct {
	rag.Retriever
	w *witness
}

// Retrieve implements rag.Retriever.
func (s *witnessedSearch) Retrieve(ctx context.Context, q rag.Question, n int) (rag.Retrieved, error) {
	r, err := s.Retriever.Retrieve(ctx, q, max(n, eval.Depth))
	if err != nil {
		return r, err
	}
	if r.Degraded != "" { // all vectors are made: it is the question's that is missing
		s.w.blame(errors.New(r.Degraded))
	}
	if s.w.hits == nil {
		s.w.hits = r.Hits
	}
	r.Hits = r.Hits[:min(n, len(r.Hits))]
	return r, nil
}

// A witnessedWriter is a language model whose faults are seen.
type witnessedWriter struct {
	rag.Generator
	w *witness
}

// Generate implements rag.Generator.
func (g *witnessedWriter) Generate(ctx context.Context, ms []rag.Message, emit func(string)) (rag.Completion, error) {
	c, err := g.Generator.Generate(ctx, ms, emit)
	if err != nil {
		g.w.blame(err)
	}
	return c, err
}

// tries is how often a question is asked before it counts as failed.
const tries = 5

// row answers a case. A failed call of a model is tried again, each time after a
// longer pause; in the end the row says why there is no answer. An error is one that
// the next question would have too.
func (a *asker) row(ctx context.Context, c eval.Case) (eval.Row, error) {
	answer, failed, err := patiently(ctx, a.e.p.retryAfter, func() (rag.Answer, error) { return a.try(ctx, c) })
	if err != nil {
		return eval.Row{}, fmt.Errorf("ask the case of line %d: %w", c.Line, err)
	}
	row, err := a.fill(ctx, c, answer, failed)
	if err != nil || failed != nil || a.judge == nil {
		return row, err
	}
	_, failed, err = patiently(ctx, a.e.p.retryAfter, func() (struct{}, error) { return struct{}{}, judgedOnce(ctx, a.judge, &row) })
	if err != nil {
		return row, fmt.Errorf("judge the case of line %d: %w", c.Line, err)
	}
	if failed != nil {
		return a.fill(ctx, c, rag.Answer{}, failed)
	}
	return row, nil
}

// patiently does what may fail by a model's fault, again after ever longer pauses.
func patiently[T any](ctx context.Context, first time.Duration, do func() (T, error)) (T, *failedCall, error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.Multiplier = cmp.Or(first, 2*time.Second), 2
	v, err := backoff.Retry(ctx, do, backoff.WithBackOff(pauses), backoff.WithMaxTries(tries), backoff.WithMaxElapsedTime(0))
	var failed *failedCall
	var none T
	switch {
	case ctx.Err() != nil:
		return none, nil, ctx.Err()
	case errors.As(err, &failed):
		return none, failed, nil
	}
	return v, nil, err
}

// A failedCall is a model's fault.
type failedCall struct{ error }

func (f *failedCall) Unwrap() error { return f.error }

// try asks once. Documents that stay on the machine are no fault: then the answer is
// quotes, here as elsewhere.
func (a *asker) try(ctx context.Context, c eval.Case) (rag.Answer, error) {
	*a.seen = witness{}
	answer, err := a.engine.Ask(ctx, c.Ask(), nil)
	fault := a.seen.fault
	var model *rag.ModelError
	switch {
	case errors.As(err, &model):
		fault = cmp.Or[error](fault, model)
	case err != nil:
		return answer, backoff.Permanent(err)
	case fault == nil && answer.Fault != nil && answer.Fault.Fault != rag.Private:
		fault = answer.Fault
	}
	if fault == nil {
		return answer, nil
	}
	return answer, failure(fault)
}

// failure tells whether and when to try again after a model's fault.
func failure(fault error) error {
	failed := &failedCall{fault}
	var model *rag.ModelError
	if !errors.As(fault, &model) {
		return failed
	}
	const most = time.Minute
	switch wait := min(time.Until(model.Until), most); {
	case model.Fault.Permanent(), model.Fault == rag.TooLong:
		return backoff.Permanent(failed)
	case !model.Until.IsZero() && wait > 0:
		return errors.Join(failed, &backoff.RetryAfterError{Duration: wait})
	}
	return failed
}

// fill makes a row of an answer, or of what failed.
func (a *asker) fill(ctx context.Context, c eval.Case, answer rag.Answer, failed *failedCall) (eval.Row, error) {
	var row eval.Row
	var b bytes.Buffer
	err := show.JSON(&b, c.Question, answer) // the contract: one place decides what is in it
	if err == nil {
		err = json.Unmarshal(b.Bytes(), &row)
	}
	if err != nil {
		return row, fmt.Errorf("make a row of the answer: %w", err)
	}
	row.ID, row.Run, row.Type, row.Answerable = c.ID, a.e.run, c.Type, c.Answerable
	row.Tags, row.Gold, row.Answers, row.History = orEmpty(c.Tags), orEmpty(c.Gold), orEmpty(c.Answers), orEmpty(c.History)
	row.Case, row.Lost, row.Ranked = c.Hash, c.Lost, []eval.Ranked{}
	if failed != nil {
		row.Error = failed.Error()
		return row, nil
	}
	for _, h := range a.ranking(answer) {
		row.Ranked = append(row.Ranked, eval.Ranked{Doc: h.Passage.DocID, Paragraph: h.Passage.Paragraph, Last: h.Passage.Last(), Score: h.Score})
	}
	row.Score(func(q eval.Citation) bool { return a.e.texts.holds(ctx, q) })
	return row, ctx.Err()
}

// ranking returns what the answer was written from, and below it what else the
// search found.
func (a *asker) ranking(answer rag.Answer) []rag.Hit {
	all := append([]rag.Hit{}, answer.Hits...)
	used := map[string]bool{}
	for _, h := range all {
		used[h.Passage.ID] = true
	}
	for _, h := range a.seen.hits {
		if !used[h.Passage.ID] && len(all) < max(eval.Depth, len(answer.Hits)) {
			all = append(all, h)
		}
	}
	return all
}

// orEmpty returns s, never nil: no list of a row is null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
