package text

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		most int
		want int
	}{
		{"", "", 2, 0}, {"a", "", 2, 1}, {"pasword", "password", 2, 1}, {"recieve", "receive", 2, 1}, {"abcd", "badc", 2, 2},
		{"kitten", "sitting", 2, 3}, {"kitten", "sitting", 5, 3}, {"für", "fur", 1, 1}, {"abc", "abcdef", 2, 3},
	} {
		if got := Distance(c.a, c.b, c.most); got != c.want || Distance(c.b, c.a, c.most) != c.want {
			t.Errorf("Distance(%q, %q, %d) = %d, want %d", c.a, c.b, c.most, got, c.want)
		}
	}
}
