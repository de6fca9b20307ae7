package openai

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"footnote/rag"
)

// A Limit bounds how many calls run at once. Several Clients may share it.
type Limit struct{ slots chan struct{} }

// NewLimit returns a Limit of n calls, at least one.
func NewLimit(n int) *Limit { return &Limit{make(chan struct{}, max(n, 1))} }

// acquire waits for a place. It returns a failure when w runs out of time.
func (l *Limit) acquire(w *watch) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-w.Done():
		err := w.explain(w.Err())
		if f, ok := errors.AsType[*failure](err); ok {
			f.err = fmt.Errorf("busy: %d other calls were running for %v", cap(l.slots), w.waited())
		}
		return err
	}
}

// wait waits for a place as long as ctx runs.
func (l *Limit) wait(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Limit) release() { <-l.slots }

// A watch is a call's context: it ends with the caller's, or when time is up.
type watch struct {
	context.Context
	caller context.Context
	cancel context.CancelCauseFunc
	total  *time.Timer
	first  *time.Timer // nil if only the whole is bounded
	start  time.Time
	until  time.Time // until when there is no use in waiting
	end    time.Time // of the total
	begun  bool      // the reply has begun
}

// newWatch bounds a call by total, and by first until begin.
func newWatch(caller context.Context, total, first time.Duration) *watch {
	ctx, cancel := context.WithCancelCause(caller)
	now := time.Now()
	w := &watch{Context: ctx, caller: caller, cancel: cancel, start: now, end: now.Add(total), until: now.Add(total)}
	w.total = w.after(total, fmt.Errorf("the reply was not complete after %v", total))
	if first > 0 && first < total {
		w.until = now.Add(first)
		w.first = w.after(first, fmt.Errorf("no text came within %v", first))
	}
	return w
}

func (w *watch) after(d time.Duration, why error) *time.Timer {
	return time.AfterFunc(d, func() { w.cancel(&failure{fault: rag.Timeout, err: why}) })
}

// begin notes that the reply has begun: only the total counts now.
func (w *watch) begin() {
	w.begun = true
	w.whole()
}

// whole drops the bound on the beginning.
func (w *watch) whole() {
	w.until = w.end
	if w.first != nil {
		w.first.Stop()
	}
}

// finish gives a reply that is complete a moment for what may follow it, its
// usage, on a connection that is left open.
func (w *watch) finish() {
	if w.total.Stop() {
		w.total.Reset(min(2*time.Second, time.Until(w.end)))
	}
}

func (w *watch) waited() time.Duration { return time.Since(w.start).Round(time.Millisecond) }

func (w *watch) stop() {
	w.total.Stop()
	if w.first != nil {
		w.first.Stop()
	}
	w.cancel(nil)
}

// explain returns why the call that failed with err ended: the caller's own
// error if the caller gave up, the timeout if time was up, else err.
func (w *watch) explain(err error) error {
	if err == nil {
		return nil
	}
	if w.caller.Err() != nil {
		return w.caller.Err()
	}
	if late, ok := errors.AsType[*failure](context.Cause(w)); ok {
		f := *late
		return &f
	}
	return err
}

// sleep waits and tells whether ctx still runs.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func newBackOff(first, most time.Duration) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = first, most, 2
	return b
}

// retry attempts up to tries times, with pauses that double or are as long as
// the endpoint says. It gives up where the pause would outlast what w allows.
func retry(w *watch, tries int, attempt func() error) error {
	pauses := newBackOff(250*time.Millisecond, 5*time.Second)
	for n := 1; ; n++ {
		err := w.explain(attempt())
		f, ok := errors.AsType[*failure](err)
		if !ok || !f.again || n == tries {
			return err
		}
		pause := max(pauses.NextBackOff(), f.after)
		if time.Now().Add(pause).After(w.until) {
			return err
		}
		if !sleep(w, pause) {
			return w.explain(w.Err())
		}
	}
}

// A breaker keeps a dead endpoint from costing every user a timeout (Nygard,
// Release It!): after two calls in a row that found it dead, calls fail at once
// for a while; then one call tries, and the others wait for its result.
type breaker struct {
	off bool

	mu      sync.Mutex
	dead    int       // calls in a row
	until   time.Time // zero: closed
	probing bool
	last    *failure
}

const (
	breakerCalls = 2
	breakerPause = 30 * time.Second
)

// blocked returns a failure while the endpoint is not to be asked.
func (b *breaker) blocked() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.isBlocked()
}

func (b *breaker) isBlocked() error {
	now := time.Now()
	if b.off || b.until.IsZero() || now.After(b.until) && !b.probing {
		return nil
	}
	f := *b.last
	f.again, f.after = false, max(b.until.Sub(now), 0)
	f.err = fmt.Errorf("not asked again before %s: %w", b.until.Format(time.TimeOnly), b.last.err)
	return &f
}

// enter tells whether a call may go on, and whether it is the probe.
func (b *breaker) enter() (probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.isBlocked(); err != nil {
		return false, err
	}
	b.probing = !b.until.IsZero()
	return b.probing, nil
}

// leave notes how a call ended. A caller who gave up says nothing about the
// endpoint; any reply of it, even a refusal, says that it lives. Permanent faults
// do not open the breaker: they come quickly, and end when somebody acts.
func (b *breaker) leave(w *watch, probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	f, failed := errors.AsType[*failure](err)
	switch {
	case err != nil && !failed:
	case failed && !w.begun && (f.fault == rag.Unreachable || f.fault == rag.Timeout):
		b.dead++
		b.last = f
		if probe || b.dead >= breakerCalls {
			b.until = time.Now().Add(breakerPause)
		}
	default:
		b.dead, b.until, b.last = 0, time.Time{}, nil
	}
}

// enter waits for a place among the calls and returns what to do at the end.
func (c *Client) enter(w *watch) (leave func(error), err error) {
	if err := c.breaker.blocked(); err != nil {
		return nil, err
	}
	if err := c.opt.Limit.acquire(w); err != nil {
		return nil, err
	}
	probe, err := c.breaker.enter() // those ahead may have found it dead
	if err != nil {
		c.opt.Limit.release()
		return nil, err
	}
	return func(err error) {
		c.opt.Limit.release()
		c.breaker.leave(w, probe, err)
	}, nil
}

// outward returns err as the caller sees it: a *rag.ModelError, or the error
// of the caller's own context.
func (c *Client) outward(err error) error {
	f, ok := errors.AsType[*failure](err)
	if !ok {
		return err
	}
	out := &rag.ModelError{Fault: f.fault, Host: c.host, Err: f.err, Remedy: f.remedy}
	if key := c.opt.Key; key != "" && f.err != nil && strings.Contains(f.err.Error(), key) {
		out.Err = errors.New(strings.ReplaceAll(f.err.Error(), key, "(key)"))
	}
	if f.after > 0 {
		out.Until = time.Now().Add(f.after)
	}
	return out
}
