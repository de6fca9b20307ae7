package db

import (
	"bytes"
	"errors"
	"testing"
)

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	first, err := d.Secret(t.Context())
	if err != nil || len(first) != secretSize {
		t.Fatalf("%x, %v", first, err)
	}
	again, err := d.Secret(t.Context())
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("%x, %v, want %x", again, err, first)
	}
	beside, err := open(t, dir).Secret(t.Context())
	if err != nil || !bytes.Equal(first, beside) {
		t.Errorf("read only: %x, %v, want %x", beside, err, first)
	}
	if other, err := open(t, t.TempDir()).Secret(t.Context()); err != nil || bytes.Equal(first, other) {
		t.Errorf("two folders share a secret: %v", err)
	}
	exec(t, d.State, "UPDATE secret SET value = zeroblob(32)")
	if _, err := d.Secret(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged", err)
	}
}
