package local

import (
	"slices"
	"testing"
)

func TestPlainest(t *testing.T) {
	words := []string{"Budget", "budgets", "budget"}
	if slices.SortFunc(words, plainest); !slices.Equal(words, []string{"budget", "budgets", "Budget"}) {
		t.Error(words)
	}
}
