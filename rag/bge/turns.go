package bge

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// urgency is the kind of work that asks for a turn.
type urgency int

const (
	passage urgency = iota
	query
)

// turns shares a number of CPUs. Whoever computes has a turn; queries get the
// next one that is free, and passages offer theirs between two steps.
type turns struct {
	all     int          // turns there are
	hurried atomic.Int32 // len(waiting[query]), to be read without the lock

	mu      sync.Mutex
	free    int
	waiting [2][]chan struct{} // by urgency, in order; closed to give the turn
}

func newTurns(n int) *turns { return &turns{all: n, free: n} }

// take waits for a turn. An error is ctx's, and means that there is none.
func (t *turns) take(ctx context.Context, u urgency) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	t.waiting[u] = append(t.waiting[u], turn)
	t.countHurried()
	t.mu.Unlock()
	return t.await(ctx, turn, u)
}

// give ends a turn.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// yield is called between two steps of a passage. If a query waits, it gets the
// turn, and yield returns with the next one that no query wants. An error is
// ctx's, and means that the turn is lost.
func (t *turns) yield(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		t.give()
		return err
	}
	if t.hurried.Load() == 0 {
		// Whoever waits for a CPU with other work need not wait for the 10 ms
		// after which Go would interrupt.
		runtime.Gosched()
		return nil
	}
	t.mu.Lock()
	turn := make(chan struct{})
	// In front: what has been begun is ended first.
	t.waiting[passage] = slices.Insert(t.waiting[passage], 0, turn)
	t.pass()
	t.mu.Unlock()
	return t.await(ctx, turn, passage)
}

// pass hands a turn to the next who waits, a query if there is one.
func (t *turns) pass() {
	for _, u := range []urgency{query, passage} {
		if w := t.waiting[u]; len(w) > 0 {
			close(w[0])
			t.waiting[u] = w[1:]
			t.countHurried()
			return
		}
	}
	t.free++
}

// await waits until turn is given.
func (t *turns) await(ctx context.Context, turn chan struct{}, u urgency) error {
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.waiting[u], turn); i >= 0 {
		t.waiting[u] = slices.Delete(t.waiting[u], i, i+1)
		t.countHurried()
	} else {
		t.pass() // it was given at the same moment
	}
	return ctx.Err()
}

func (t *turns) countHurried() { t.hurried.Store(int32(len(t.waiting[query]))) }
