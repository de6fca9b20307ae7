package eval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWriteRagas(t *testing.T) {
	var b strings.Builder
	if err := WriteRagas(&b, exported()[:5]); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"user_input":"What is {{question}} in {% raw %} or {# a \"note\" #}, $HOME, it's","retrieved_contexts":["It is the <fund>.\u2028","-"],"retrieved_context_ids":["a%20b%7B%7B1%7D%7D.md#2","c.md#1"],"reference_contexts":["It is the <fund>."],"reference_context_ids":["a%20b%7B%7B1%7D%7D.md#2","a%20b%7B%7B1%7D%7D.md#2"],"response":"It is the fund. Truly.","reference":"no"}`,
		`{"user_input":"file:///etc/hostname","reference_context_ids":["c.md#1"],"response":"Not in the documents."}`,
		"{\"user_input\":\"Größe -- \\\\ `x`?\",\"reference_context_ids\":[\"c.md#3\"],\"response\":\"\",\"reference\":\"gold's \\\"end\\\"\"}",
		`{"user_input":"user: What is it?\nassistant: A paper.\nuser: and who signs it?","reference_context_ids":["c.md#3"],"response":"","reference":"nobody"}`,
		"",
	}
	if diff := cmp.Diff(want, strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
