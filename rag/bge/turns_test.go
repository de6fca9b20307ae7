package bge

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// Two passages share one turn; queries come in between their steps.
func TestQueriesOvertakePassages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns, ctx := newTurns(1), t.Context()
		var order []string
		begin := func(name string, u urgency) {
			go func() {
				if err := turns.take(ctx, u); err != nil {
					t.Error(err)
				}
				order = append(order, name)
				turns.give()
			}()
			synctest.Wait()
		}
		if err := turns.take(ctx, passage); err != nil {
			t.Fatal(err)
		}
		begin("second passage", passage)
		begin("first query", query)
		begin("second query", query)
		if err := turns.yield(ctx); err != nil {
			t.Error(err)
		}
		order = append(order, "first passage")
		turns.give()
		synctest.Wait()
		want := []string{"first query", "second query", "first passage", "second passage"}
		for i := range want {
			if i >= len(order) || order[i] != want[i] {
				t.Fatalf("order %q, want %q", order, want)
			}
		}
		if turns.free != 1 {
			t.Errorf("%d turns are free", turns.free)
		}
	})
}

// Whoever stops waiting leaves no turn behind and takes none along.
func TestTurnsSurviveCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		ctx, cancel := context.WithCancel(t.Context())
		if err := turns.take(ctx, passage); err != nil {
			t.Fatal(err)
		}
		for _, u := range []urgency{passage, query} {
			go func() {
				if err := turns.take(ctx, u); !errors.Is(err, context.Canceled) {
					t.Errorf("error %v", err)
				}
			}()
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		if err := turns.yield(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if err := turns.take(t.Context(), query); err != nil || turns.free != 0 {
			t.Errorf("error %v, %d turns are free", err, turns.free)
		}
	})
}
