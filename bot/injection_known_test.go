package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestGuideInjection keeps the guide's figures those of the suite.
func TestGuideInjection(t *testing.T) {
	page := guide(t, "models.md")
	all, _ := injections(t)
	poisoned := 0
	for _, in := range all {
		if in.Family != "honest" {
			poisoned++
		}
	}
	want := fmt.Sprintf("with %d poisoned documents and a model that obeys all of them, %d get something through", poisoned, len(knownLeaks(t, "code")))
	if !strings.Contains(page, want) {
		t.Errorf("models.md does not say %q", want)
	}
}
