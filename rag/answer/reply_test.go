package answer

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
	"footnote/rag/ragtest"
)

type always []rag.Hit

func (a always) Retrieve(context.Context, rag.Question, int) (rag.Retrieved, error) {
	return rag.Retrieved{Hits: a}, nil
}

var yard = index("yard.md: Bicycles are kept in cellar B, behind the boiler room. Each costs 12 EUR per month.", "gate.md: The gate closes at 22:30 on weekdays.")

// asks answers from yard with what a model replies, in pieces. It returns what
// was shown, with the documents cited, and the answer.
func asks(t *testing.T, reply string, piece int) ([]string, rag.Answer) {
	t.Helper()
	l := llm(t, yard, &ragtest.Generator{Text: reply, Piece: piece})
	e := rag.Engine{Retriever: always(yard.hits(.9, .9, all)), Answerer: l, Quotes: NewExtractive(yard), Top: 8}
	var shown []string
	a, err := e.Ask(t.Context(), rag.Question{Text: "Where are bicycles kept, and when does the gate close?", Scope: all}, func(s rag.CitedSentence) {
		shown = append(shown, strings.TrimSpace(s.Text))
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range a.Sentences {
		for _, n := range s.Citations {
			shown[i] += " " + a.Citations[n-1].DocID
		}
	}
	return shown, a
}

// TestGenerousReading has replies of models that say something true in a form that
// they were not asked for.
func TestGenerousReading(t *testing.T) {
	const kept, closes = "Bicycles are kept in cellar B, behind the boiler room.", "The gate closes at 22:30 on weekdays."
	const body = "Bicycles are kept in cellar B, behind the boiler room [1]. The gate closes at 22:30 on weekdays [2]."
	both := []string{kept + " yard.md", closes + " gate.md"}
	for _, c := range []struct {
		name, reply string
		want        []string
	}{
		{"as asked", "ANSWER\n" + body, both},
		{"a greeting", "Hello there!\n\nANSWER\n" + body, both},
		{"a promise", "Certainly, I have read the sources [1].\nHere you are:\n\n**ANSWER**\n" + body, both},
		{"a heading", "Let me see.\n## Verdict: ANSWER\n\n" + body, both},
		{"a fence", "```markdown\nANSWER\n" + body + "\n```\n", both},
		{"a fence without a verdict", "```\n" + body + "\n```", both},
		{"a greeting in a fence", "```text\nSure!\nANSWER\n" + body + "\n```", both},
		{"no verdict", body, both},
		{"thoughts", "<think>Cellar A? [1]</think>ANSWER\n" + body, both},
		{"thoughts not opened", "Bicycles are kept in cellar B, behind the boiler room [1]. Or A?\n</think>\n\nANSWER\n" + body, both},
		{"thoughts with a draft", "Draft:\nANSWER\nThe gate closes at 22:30 on weekdays [2]. Hm.\n</THINK>\n" + body, both},
		{"thoughts of a verdict", "NOT_FOUND: the cellar? No.\n◁/think▷ANSWER: " + body, both},
		{"thoughts of another verdict", "ANSWER or PARTIAL? The gate closes at 22:30 on weekdays [2].\n</seed:think>\nANSWER\n" + body, both},
		{"thoughts of a refusal", "The documents do not mention it. Wait.\n</think>\n" + body, both},
		{"thoughts behind the verdict", "ANSWER\n<think>The gate closes at 22:30 on weekdays [2]?</think>\n" + body, both},
		{"channels", "<|channel|>analysis<|message|>Cellar A? [1]<|end|><|start|>assistant<|channel|>final<|message|>ANSWER\n" + body + "<|return|>", both},
		{"the last channel", "<|channel|>final<|message|>" + body, both},
		{"an end token", "ANSWER\n" + body + "</s>", both},
		{"another turn", "ANSWER\n" + body + "\n<|im_end|>\n<|im_start|>user\nBicycles are kept in cellar B [1].", both},
		{"an end token, spaced", "ANSWER\n" + body + " <|eot_id|>", both},
		{"numbers with a word", "ANSWER\nBicycles are kept in cellar B, behind the boiler room [ID:1]. The gate closes at 22:30 on weekdays [Source 2].", both},
		{"daggers", "ANSWER\nBicycles are kept in cellar B, behind the boiler room【1†source】. The gate closes at 22:30 on weekdays 【Doc 2】.", both},
		{"links", "ANSWER\nBicycles are kept in cellar B, behind the boiler room [1](yard.md). The gate closes at 22:30 on weekdays [[2]](https://x.example/gate).", both},
		{"names", "ANSWER\nBicycles are kept in cellar B, behind the boiler room [Source: yard.md]. The gate closes at 22:30 on weekdays [source: Gate].", both},
		{"round brackets", "ANSWER\nBicycles are kept in cellar B, behind the boiler room (source 1). The gate closes at 22:30 on weekdays (2).", both},
		{"raised", "ANSWER\nBicycles are kept in cellar B, behind the boiler room.¹ The gate closes at 22:30 on weekdays ².", both},
		{"bold marks", "ANSWER\nBicycles are kept in cellar B, behind the boiler room **[1]**. The gate closes at 22:30 on weekdays ([2]).", both},
		{"wrong numbers", "ANSWER\nBicycles are kept in cellar B, behind the boiler room [2]. The gate closes at 22:30 on weekdays [1].", both},
		{"numbers of nothing", "ANSWER\nBicycles are kept in cellar B, behind the boiler room [7]. The gate closes at 22:30 on weekdays [0].", both},
		{"a numbered list", "ANSWER\n1. Bicycles: in cellar B, behind the boiler room [2]\n2. Gate: closes at 22:30 on weekdays [2]",
			[]string{"1. Bicycles: in cellar B, behind the boiler room yard.md", "2. Gate: closes at 22:30 on weekdays gate.md"}},
		{"a table with a wrong number", "ANSWER\n| what | where |\n|---|---|\n| Bicycles | kept in cellar B, behind the boiler room [2] |",
			[]string{"| what | where |\n|---|---|\n| Bicycles | kept in cellar B, behind the boiler room | yard.md"}},
		{"a loop", "ANSWER\n" + strings.Repeat("The gate closes at 22:30 on weekdays [2].\n", 5) + body, []string{closes + " gate.md", closes + " gate.md"}},
		{"a loop of two", "ANSWER\n" + strings.Repeat(body+"\n\n", 4), slices.Concat(both, both)},
		{"a loop in a list", "ANSWER\n" + strings.Repeat("- The gate closes at 22:30 on weekdays [2]\n", 9), []string{"- The gate closes at 22:30 on weekdays gate.md", "- The gate closes at 22:30 on weekdays gate.md"}},
	} {
		for _, piece := range []int{0, 1, 5} {
			shown, a := asks(t, c.reply, piece)
			if diff := cmp.Diff(c.want, shown); diff != "" || a.Verdict != rag.Answered || a.Degraded != "" {
				t.Errorf("%s in pieces of %d: %s, %q (-want +got):\n%s", c.name, piece, a.Verdict, a.Degraded, diff)
			}
		}
	}
}

// What stands in no document is still said to be in vain.
func TestInVain(t *testing.T) {
	for _, reply := range []string{"ANSWER\nThe gate closes at 23:45 on weekdays [1].", "Sure!\nANSWER\nBicycles are kept in cellar D [Source 1].</s>", "Hm [1].\n</think>\nANSWER\nEach bicycle costs 19 EUR [1]."} {
		if _, a := asks(t, reply, 3); !strings.Contains(a.Degraded, rag.InVain) || a.Verdict == rag.Answered {
			t.Errorf("%q: %s, %q", reply, a.Verdict, a.Degraded)
		}
	}
}

// A reply that begins as asked is emitted while it comes; any other waits for its
// end, and one that is cut off may be thoughts.
func TestHeldBack(t *testing.T) {
	const body = "Bicycles are kept in cellar B [1]. The gate closes at 22:30 [2]. Each costs 12 EUR [1]."
	for head, want := range map[string]int{"ANSWER\n": 2, "**ANSWER**\n\n": 2, "PARTIAL: the key\n": 2, "": 0, "ANSWER: ": 0, "Sure!\nANSWER\n": 0, "ANSWER or not?\n": 0} {
		said := 0
		w := &writing{l: llm(t, yard, nil), in: []int{0, 1}, hits: yard.hits(.9, .9, all), times: map[string]int{}, emit: func(rag.Sentence) { said++ }}
		w.scan = newScanner(2, w.say)
		w.hear(w.think.Write(head + body))
		if said != want {
			t.Errorf("%q: %d sentences at once, want %d", head, said, want)
		}
		g := &ragtest.Generator{Text: head + body, Stop: func(int) bool { return true }}
		says, _, err := writes(t, llm(t, yard, g), howLong, yard.hits(.9, .9, all))
		if cut := want == 0; cut != (faultOf(err) == rag.CutOff) || cut != (len(says) == 0) {
			t.Errorf("%q, cut off: says %q, %v", head, says, err)
		}
	}
}
