package rag

import (
	"strings"
	"testing"
)

func unthink(pieces ...string) string {
	var u Unthinker
	text := ""
	add := func(s string, anew bool) {
		if anew {
			text = ""
		}
		text += s
	}
	for _, p := range pieces {
		add(u.Write(p))
	}
	add(u.End())
	return text
}

// TestUnthink has thoughts and tokens of other kinds; each text comes in single
// letters, too.
func TestUnthink(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"not opened", "The bike is red, I think. [1]\n</think>\n\nThe bike is blue [2].", "The bike is blue [2]."},
		{"not opened, twice", "Red?\n</think>\nBlue?\n</think>\nGreen.", "Green."},
		{"not opened, no line end", "So I answer</think>**Blue**.", "**Blue**."},
		{"not opened, other names", "Red?</thinking>\nGreen?</seed:think>Blue.", "Blue."},
		{"upper case", "Red?\n</THINK>\nBlue.", "Blue."},
		{"upper case, opened", "<Think>Red?</THINK>Blue.", "Blue."},
		{"Kimi", "◁think▷Red?◁/think▷Blue.", "Blue."},
		{"Kimi, not opened", "Red?◁/think▷ Blue.", "Blue."},
		{"Seed", "<seed:think>\nRed?\n</seed:think>\nBlue.", "Blue."},
		{"behind the first line", "ANSWER\n<think>Red? [1]</think>\nBlue [2].", "ANSWER\n\nBlue [2]."},
		{"behind a sentence", "Blue [2]. <think>Or red?</think> Green.", "Blue [2].  Green."},
		{"at the end, not finished", "Blue [2].\n<think>Or red?", "Blue [2].\n"},
		{"channels", "<|channel|>analysis<|message|>Red?<|end|><|start|>assistant<|channel|>final<|message|>Blue.<|return|>", "Blue."},
		{"the last channel alone", "<|channel|>final<|message|>Blue.<|end|>", "Blue."},
		{"a channel of tools", "<|start|>assistant<|channel|>commentary<|message|>Red<|end|><|start|>assistant<|channel|>final<|message|>Blue.", "Blue."},
		{"channels without tokens", "analysisIs it red?assistantfinalBlue.", "Blue."},
		{"Gemma's channel", "<|channel>thought\nRed?<channel|>Blue.", "Blue."},
		{"end tokens", "Blue.</s>", "Blue."},
		{"end tokens on a line", "Blue.\n<|im_end|>\n", "Blue.\n"},
		{"another message", "Blue.<|eot_id|><|start_header_id|>user<|end_header_id|>And red?", "Blue."},
		{"DeepSeek's", "Blue.<｜end▁of▁sentence｜>", "Blue."},
		{"tokens before", "<s><|im_start|>assistant\nBlue.<|im_end|>", "Blue."},
		{"a sentence about marks", "The marks <think> and </think> enclose it [1].", "The marks <think> and </think> enclose it [1]."},
		{"a sentence about tokens", "Add <|im_end|> to the list, or `</s>` [1].", "Add <|im_end|> to the list, or `</s>` [1]."},
		{"quoted marks", "It ends with \"</think>\" or `◁/think▷`: both.", "It ends with \"</think>\" or `◁/think▷`: both."},
		{"no marks", "If a < b, <|x and [THIN or an assistant final.", "If a < b, <|x and [THIN or an assistant final."},
	} {
		if got := Unthink(c.in); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.name, c.in, got, c.want)
		}
		if got := unthink(strings.Split(c.in, "")...); got != c.want {
			t.Errorf("%s: %q in single letters gives %q, want %q", c.name, c.in, got, c.want)
		}
	}
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
		"<think><think>a</think>b</think>c":      "c",
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
	f.Add("Hm `</think>` ◁/think▷\n<|channel|>final<|message|>Yes.<｜end▁of｜>", uint64(0b1000100))
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
