package eval

import "testing"

func TestCitations(t *testing.T) {
	for _, c := range []struct {
		name                     string
		cited, gold              []string
		precision, recall, right float64
	}{
		{"one of three, one of two", []string{"a#1", "b#1", "c#1"}, []string{"a#1", "d#1"}, 1. / 3, .5, 1},
		{"all", []string{"b#1", "a#1"}, []string{"a#1", "b#1"}, 1, 1, 1},
		{"cited twice", []string{"a#1", "a#1", "b#1"}, []string{"a#1"}, .5, 1, 1},
		{"gold twice", []string{"a#1"}, []string{"a#1", "a#1", "b#1"}, 1, .5, 1},
		{"another paragraph", []string{"a#2"}, []string{"a#1"}, 0, 0, 0},
		{"nothing cited", nil, []string{"a#1"}, 0, 0, 0},
		{"no gold", []string{"a#1"}, nil, 0, 0, 0},
	} {
		precision, recall, right := Citations(c.cited, c.gold)
		if precision != c.precision || recall != c.recall || right != c.right {
			t.Errorf("%s: %v %v %v, want %v %v %v", c.name, precision, recall, right, c.precision, c.recall, c.right)
		}
	}
}
