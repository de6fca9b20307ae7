package db

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

func TestDelivery(t *testing.T) {
	d, ctx := open(t, t.TempDir()), t.Context()
	at := time.UnixMilli(1_700_000_000_000).UTC()
	first := Delivery{Key: "T/C/1.1", Channel: "C", Thread: "1.1", At: at, State: Waiting, Request: []byte(`{"text":"How long?"}`)}
	second := Delivery{Key: "T/C/1.2", Channel: "C", Thread: "1.1", At: at.Add(time.Second), State: Waiting, Request: []byte("{}"), Scope: rag.Scope{All: true}}
	for _, v := range []Delivery{second, first} {
		if ok, err := d.AddDelivery(ctx, v); !ok || err != nil {
			t.Fatalf("a new question: %v, %v", ok, err)
		}
	}
	again := first
	again.Request = []byte("something else")
	if ok, err := d.AddDelivery(ctx, again); ok || err != nil {
		t.Errorf("a known question: %v, %v", ok, err)
	}
	open, err := d.OpenDeliveries(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Delivery{first, second}, open); diff != "" {
		t.Error(diff)
	}

	first.State, first.Request, first.Posts, first.Docs = Posted, nil, []string{"1.3"}, []string{"a.md"}
	first.Scope = rag.Scope{Folders: []string{"hr"}}
	if err := d.SetDelivery(ctx, first); err != nil {
		t.Fatal(err)
	}
	thread, err := d.Deliveries(ctx, "C", "1.1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Delivery{first, second}, thread); diff != "" {
		t.Error(diff)
	}
	if open, err := d.OpenDeliveries(ctx); err != nil || len(open) != 1 {
		t.Errorf("open: %v, %v", open, err)
	}

	if err := d.ForgetDeliveries(ctx, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left, err := d.Deliveries(ctx, "C", "1.1"); err != nil || len(left) != 1 || left[0].Key != second.Key {
		t.Errorf("after forgetting: %v, %v: what has no outcome stays", left, err)
	}

	exec(t, d.State, "UPDATE delivery SET answer = '{}' WHERE key = 'T/C/1.2'")
	if _, err := d.Deliveries(ctx, "C", "1.1"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a row that was changed: %v", err)
	}
}
