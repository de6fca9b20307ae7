package text

import "testing"

func TestSlips(t *testing.T) {
	for _, c := range []struct {
		typed, meant string
		want         int
	}{
		{"", "", 0}, {"pasword", "password", softSlip}, {"recieve", "receive", softSlip}, {"seperate", "separate", softSlip}, {"buget", "budget", hardSlip},
		{"mahor", "major", softSlip}, {"maintainance", "maintenance", TwoSlips}, {"povertly", "poverty", hardSlip}, {"foucs", "focus", softSlip},
		{"swill", "still", TwoSlips + 1}, {"freehold", "freehand", TwoSlips + 1}, {"lentils", "ventilated", TwoSlips + 1},
		{"proletariat", "proletarian", TwoSlips + 1}, {"", "b", TwoSlips + 1}, {"aspirin", "aspiring", TwoSlips + 1}, {"particulate", "articulate", TwoSlips + 1}, {"für", "fur", softSlip},
	} {
		if got := Slips(c.typed, c.meant, TwoSlips); got != c.want {
			t.Errorf("Slips(%q, %q) = %d, want %d", c.typed, c.meant, got, c.want)
		}
	}
}
