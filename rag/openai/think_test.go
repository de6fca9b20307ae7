package openai

import (
	"strings"
	"testing"
)

func unthink(pieces ...string) string {
	var u unthinker
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(u.write(p))
	}
	return b.String() + u.end()
}

func TestUnthinker(t *testing.T) {
	for in, want := range map[string]string{
		"Yes.":                                   "Yes.",
		"  \n Yes. ":                             "Yes. ",
		"<think>Hm</think>Yes.":                  "Yes.",
		" <think>\nHm\n</think>\n\nYes.":         "Yes.",
		"<think></think><think>a</think>Yes.":    "Yes.",
		"<thinking>a</think>b</thinking>Yes.":    "Yes.",
		"<reasoning>a</reasoning> Yes.":          "Yes.",
		"[THINK]a[/THINK]Yes.":                   "Yes.",
		"<think>never ends":                      "",
		"<think>a</think>":                       "",
		"<thin":                                  "<thin",
		"<think":                                 "<think",
		"<thinker>":                              "<thinker>",
		"Yes <think>is a mark</think>":           "Yes <think>is a mark</think>",
		"<think>a</think>Yes <think>b</think>":   "Yes <think>b</think>",
		"<think>a</think><thinks>":               "<thinks>",
		"":                                       "",
		" ":                                      "",
		"<think><think>a</think>b</think>c":      "b</think>c",
		"<reasoning>a</reasoning><think>b":       "",
		"<think>" + strings.Repeat("</thin", 99): "",
	} {
		if got := unthink(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
		if got := unthink(strings.Split(in, "")...); got != want {
			t.Errorf("%q in single letters gives %q, want %q", in, got, want)
		}
	}
}

// Any split of a reply shows the same text.
func FuzzUnthinker(f *testing.F) {
	f.Add("<think>Hm</think> Yes.", uint64(0b1011))
	f.Add(" <thinking>Hm</thinking>\n<think>", uint64(0b1000100))
	f.Fuzz(func(t *testing.T, in string, cuts uint64) {
		var pieces []string
		last := 0
		for i := range len(in) {
			if cuts>>(i%64)&1 == 1 {
				pieces = append(pieces, in[last:i])
				last = i
			}
		}
		pieces = append(pieces, in[last:])
		if got, want := unthink(pieces...), unthink(in); got != want {
			t.Errorf("%q gives %q, in one piece %q", pieces, got, want)
		}
	})
}
