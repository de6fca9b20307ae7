package db

import (
	"errors"
	"testing"
	"time"
)

func TestTokens(t *testing.T) {
	d := open(t, t.TempDir())
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		at time.Time
		t  Tokens
	}{
		{noon.AddDate(0, 0, -1), Tokens{1000, 0, 0}},
		{noon, Tokens{100, 40, 10}},
		{noon.Add(time.Hour), Tokens{7, 0, 3}},
		{noon.AddDate(0, 0, 1), Tokens{5, 5, 5}},
	} {
		if err := d.AddTokens(t.Context(), c.at, c.t); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		from, to time.Time
		want     Tokens
	}{
		{noon, noon, Tokens{107, 40, 13}},
		{noon, noon.AddDate(0, 0, 1), Tokens{112, 45, 18}},
		{noon.AddDate(0, -1, 0), noon.AddDate(1, 0, 0), Tokens{1112, 45, 18}},
		{noon.AddDate(0, 1, 0), noon.AddDate(1, 0, 0), Tokens{}},
	} {
		if got, err := d.TokensSince(t.Context(), c.from, c.to); err != nil || got != c.want {
			t.Errorf("%s to %s: %v, %v, want %v", c.from, c.to, got, err, c.want)
		}
	}
	for _, damage := range []string{"prompt = 0", "completion = completion - 1", "day = '2026-03-02'"} {
		exec(t, d.State, "DELETE FROM tokens")
		if err := d.AddTokens(t.Context(), noon, Tokens{100, 40, 10}); err != nil {
			t.Fatal(err)
		}
		exec(t, d.State, "UPDATE tokens SET "+damage)
		if _, err := d.TokensSince(t.Context(), noon, noon.AddDate(0, 0, 1)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v, want ErrDamaged", damage, err)
		}
	}
}
