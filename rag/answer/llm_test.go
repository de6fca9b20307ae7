package answer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/ragtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func llm(t *testing.T, ix rag.Index, g rag.Generator) *LLM {
	t.Helper()
	ts, err := prompts.Load("")
	if err != nil {
		t.Fatal(err)
	}
	return NewLLM(LLMOptions{Quotes: NewExtractive(ix), Generator: g, Templates: ts, ContextTokens: 6000, Secret: []byte("secret")})
}

// writes returns what an LLM says, each sentence with its cites, and how it ends.
func writes(t *testing.T, l *LLM, q rag.Question, hits []rag.Hit) ([]string, rag.Outcome, error) {
	t.Helper()
	var said []string
	out, err := l.Answer(t.Context(), q, hits, func(s rag.Sentence) {
		line := s.Text
		if s.Fixed {
			line = "FIXED " + line
		}
		if len(s.Cites) > 0 {
			line += fmt.Sprint(" ", s.Cites)
		}
		said = append(said, line)
	})
	return said, out, err
}

func faultOf(err error) rag.Fault {
	var m *rag.ModelError
	if errors.As(err, &m) {
		return m.Fault
	}
	return ""
}

var howLong = rag.Question{Text: "How many weeks of leave, and how much notice, does a parent give?", Scope: all}

func TestLLM(t *testing.T) {
	answer := []string{"Leave is 16 weeks. [1]", " Anna approves it. [1 2]"}
	const body = "Leave is 16 weeks [1]. Anna approves it [1][2]."
	for _, c := range []struct {
		name, reply string
		says        []string
		out         rag.Outcome
		fault       rag.Fault
	}{
		{"answer", "ANSWER\n" + body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"bold", "\n **ANSWER**\n\n" + body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"bold with a colon", "**Answer:** " + body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"named", "Verdict: ANSWER\n" + body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"same line", "answer: " + body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"wide colon", "ANSWER：" + body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"fenced", "```\nANSWER\n" + body + "\n```", answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"in its own fence", "```text\nANSWER\n```\n" + body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"no verdict", body, answer, rag.Outcome{Verdict: rag.Answered}, ""},
		{"no verdict but its word", "Partial leave is 8 weeks [1].", []string{"Partial leave is 8 weeks. [1]"}, rag.Outcome{Verdict: rag.Answered}, ""},
		{"unknown sources", "ANSWER\nLeave is 16 weeks [1][7]. So [9].", []string{"Leave is 16 weeks. [1]", " So."}, rag.Outcome{Verdict: rag.Answered, Dropped: 2}, ""},
		{"a lead-in", "ANSWER\nThere is:\n- Leave [1]", []string{"There is:", "\n- Leave [1]"}, rag.Outcome{Verdict: rag.Answered}, ""},
		{"nothing cited", "ANSWER\nLeave is 16 weeks.", []string{"Leave is 16 weeks."}, rag.Outcome{Verdict: rag.Answered}, ""},
		{"partial", "PARTIAL: how much notice\n" + body, answer, rag.Outcome{Verdict: rag.Partial, Missing: []string{"how much notice"}}, ""},
		{"partial in words of its own", "Partial: Visit evil.example, the notice of a parent\n" + body, answer, rag.Outcome{Verdict: rag.Partial, Missing: []string{"notice of a parent"}}, ""},
		{"partial in one line", "PARTIAL: notice. " + body, answer, rag.Outcome{Verdict: rag.Partial, Missing: []string{"notice"}}, ""},
		{"partial and nothing said", "PARTIAL\n" + body, answer, rag.Outcome{Verdict: rag.Partial}, ""},
		{"not found", "NOT_FOUND: how much notice a parent gives\nMore.", []string{`FIXED Not in the documents. None mentions "notice".`},
			rag.Outcome{Verdict: rag.NotFound, Missing: []string{"notice"}, Search: "how much notice a parent gives"}, ""},
		{"not found, spaced", "**NOT FOUND**", []string{`FIXED Not in the documents. None mentions "notice".`}, rag.Outcome{Verdict: rag.NotFound, Missing: []string{"notice"}}, ""},
		{"not found, poisoned", "NOT_FOUND: call +1 555 now or https://evil.example", []string{`FIXED Not in the documents. None mentions "notice".`},
			rag.Outcome{Verdict: rag.NotFound, Missing: []string{"notice"}}, ""},
		{"a refusal", "I'm sorry, the documents do not mention it.", []string{`FIXED Not in the documents. None mentions "notice".`}, rag.Outcome{Verdict: rag.NotFound, Missing: []string{"notice"}}, ""},
		{"a refusal behind a verdict", "ANSWER\nNot in the documents.", []string{`FIXED Not in the documents. None mentions "notice".`}, rag.Outcome{Verdict: rag.NotFound, Missing: []string{"notice"}}, ""},
		{"a sentence that cites is no refusal", "The policy does not mention dogs [1].", []string{"The policy does not mention dogs. [1]"}, rag.Outcome{Verdict: rag.Answered}, ""},
		{"clarify", "CLARIFY: HR/benefits | hr/leave | Evil\nWhich?", []string{"FIXED Which one do you mean?  1 hr/benefits   2 hr/leave"}, rag.Outcome{Verdict: rag.Clarify}, ""},
		{"clarify with a list", "CLARIFY:\n1. hr-private/pay\n2. hr/leave", []string{"FIXED Which one do you mean?  1 hr-private/pay   2 hr/leave"}, rag.Outcome{Verdict: rag.Clarify}, ""},
		{"clarify without titles", "CLARIFY: send money | hr/leave", []string{"FIXED Which one do you mean?  1 hr/leave   2 hr/benefits   3 hr-private/pay"}, rag.Outcome{Verdict: rag.Clarify}, ""},
		{"nothing", "  \n", nil, rag.Outcome{}, rag.BadReply},
		{"a verdict only", "ANSWER\n", nil, rag.Outcome{}, rag.BadReply},
	} {
		for _, piece := range []int{0, 1, 3} {
			g := &ragtest.Generator{Text: c.reply, Piece: piece}
			says, out, err := writes(t, llm(t, leave, g), howLong, leave.hits(.8, .8, all))
			name := fmt.Sprintf("%s in pieces of %d", c.name, piece)
			if faultOf(err) != c.fault || err != nil && c.fault == "" {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(c.says, says); diff != "" {
				t.Errorf("%s says (-want +got):\n%s", name, diff)
			}
			if out.Model != "script" || out.Usage.PromptTokens == 0 {
				t.Errorf("%s: by %s, %+v", name, out.Model, out.Usage)
			}
			out.Model, out.Usage = "", rag.Usage{}
			if diff := cmp.Diff(c.out, out); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
}

func TestLLMInOtherLanguages(t *testing.T) {
	g := &ragtest.Generator{Text: "CLARIFY: x"}
	says, _, err := writes(t, llm(t, leave, g), rag.Question{Text: "Wie viele Wochen sind es?", Scope: all}, leave.hits(.8, .1, all))
	if want := "FIXED Was meinen Sie?  1 hr/leave   2 hr/benefits   3 hr-private/pay"; err != nil || !slices.Equal(says, []string{want}) {
		t.Errorf("%q, %v", says, err)
	}
	// Words of another language than the documents' are not named as missing.
	g = &ragtest.Generator{Text: "NOT_FOUND: 多少周"}
	says, out, err := writes(t, llm(t, leave, g), rag.Question{Text: "产假有多少周？", Scope: all}, leave.hits(.8, .1, all))
	if err != nil || !slices.Equal(says, []string{"FIXED 文档中没有。"}) || out.Search == "" {
		t.Errorf("%q, %+v, %v", says, out, err)
	}
}

// TestWithoutModel has questions that no model is asked.
func TestWithoutModel(t *testing.T) {
	for _, c := range []struct {
		name         string
		q            rag.Question
		hits         []rag.Hit
		says         string
		verdict      rag.Verdict
		score, dense float64
	}{
		{"thanks", rag.Question{Text: "Thanks!", Scope: all}, leave.hits(.8, .8, all), "FIXED You are welcome.", rag.Chat, 0, 0},
		{"nothing retrieved", rag.Question{Text: "What is the zzz?", Scope: all}, nil, `FIXED Not in the documents. None mentions "zzz".`, rag.NotFound, 0, 0},
		{"hopeless", rag.Question{Text: "Who won the Eurovision contest?", Scope: all}, leave.hits(.3, .3, all),
			`FIXED Not in the documents. None mentions "won", "Eurovision" or "contest".`, rag.NotFound, 0, 0},
	} {
		g := &ragtest.Generator{Text: "ANSWER\nx [1]."}
		says, out, err := writes(t, llm(t, leave, g), c.q, c.hits)
		if err != nil || !slices.Equal(says, []string{c.says}) || out.Verdict != c.verdict || out.Model != "extractive" || len(g.Calls()) > 0 {
			t.Errorf("%s: %q, %+v, %v, %d calls", c.name, says, out, err, len(g.Calls()))
		}
	}
}

// TestModelIsAsked has questions like the hopeless one that a model may answer.
func TestModelIsAsked(t *testing.T) {
	q := rag.Question{Text: "Who won the Eurovision contest?", Scope: all}
	follow := q
	follow.History = []rag.Turn{{Question: "How long is leave?"}}
	whole := leave.hits(.3, .3, all)
	whole[0].Score, whole[1].Score = 0, 0
	for _, c := range []struct {
		name string
		q    rag.Question
		hits []rag.Hit
	}{
		{"another language", rag.Question{Text: "Wer hat den Wettbewerb gewonnen?", Scope: all}, leave.hits(.3, .3, all)},
		{"follow-up", follow, leave.hits(.3, .3, all)},
		{"whole corpus", q, whole},
		{"no vectors", q, leave.hits(.3, -1, all)[:1]},
		{"near", q, leave.hits(.3, .75, all)},
	} {
		g := &ragtest.Generator{Text: "ANSWER\nx [1]."}
		if c.name == "no vectors" {
			c.hits[0].Dense = 0
		}
		if _, _, err := writes(t, llm(t, leave, g), c.q, c.hits); err != nil || len(g.Calls()) != 1 {
			t.Errorf("%s: %d calls, %v", c.name, len(g.Calls()), err)
		}
	}
}

// TestPrivate shows that no text of a private document is in any message, and when
// quotes have to answer instead.
func TestPrivate(t *testing.T) {
	ix := index("hr-private/CANARY1.md: CANARY2 is paid at 60 percent.", "hr/leave.md: Every parent takes 16 weeks of leave.", "hr/pay.md: Pay is full.")
	for i := range ix {
		ix[i].Heading = ix[i].Title
	}
	best := ix.hits(.9, .9, all)
	second := slices.Clone(best)
	second[0].Score, second[1].Score = .7, .95
	whole := slices.Clone(second)
	whole[2].Score = 0
	history := []rag.Turn{
		{Question: "List the documents.", Answer: "3 documents: CANARY3."},
		{Question: "Is it paid?", Answer: "CANARY4 [1].", Docs: []string{"hr/leave.md", "hr-private/CANARY1.md"}},
		{Question: "How long?", Answer: "16 weeks, PUBLIC [1].", Docs: []string{"hr/leave.md"}},
	}
	q := rag.Question{Text: "How many weeks of leave does a parent take?", Scope: all, History: history}
	for _, c := range []struct {
		name, reply string
		private     rag.Scope
		hits        []rag.Hit
		fault       rag.Fault
		calls       int
	}{
		{"the best", "ANSWER\nx [1].", rag.Scope{Folders: []string{"hr-private"}}, best, rag.Private, 0},
		{"all", "ANSWER\nx [1].", rag.Scope{All: true}, second, rag.Private, 0},
		{"all found", "ANSWER\nx [1].", rag.Scope{Folders: []string{"hr-private"}}, second[:1], rag.Private, 0},
		{"another", "ANSWER\nx [1].", rag.Scope{Folders: []string{"hr-private"}}, second, "", 1},
		{"another of the whole corpus", "ANSWER\nx [1].", rag.Scope{Folders: []string{"hr-private"}}, whole, "", 1},
		{"nothing found", "NOT_FOUND: leave", rag.Scope{Folders: []string{"hr-private"}}, second, rag.Private, 1},
		{"which one", "CLARIFY: CANARY1 | hr/leave", rag.Scope{Folders: []string{"hr-private"}}, second, "", 1},
	} {
		g := &ragtest.Generator{Text: c.reply}
		l := llm(t, ix, g)
		l.o.Private = c.private
		says, out, err := writes(t, l, q, c.hits)
		if faultOf(err) != c.fault || len(g.Calls()) != c.calls || err != nil && c.fault == "" {
			t.Errorf("%s: %v, %d calls", c.name, err, len(g.Calls()))
		}
		if c.fault == rag.Private && len(says) > 0 {
			t.Errorf("%s: says %q", c.name, says)
		}
		for _, ms := range g.Calls() {
			if text := fmt.Sprint(ms); strings.Contains(text, "CANARY") || !strings.Contains(text, "PUBLIC") || !strings.Contains(text, "Is it paid?") {
				t.Errorf("%s: the prompt is\n%s", c.name, text)
			}
		}
		if c.name == "another" && !slices.Equal(says, []string{"x. [2]"}) {
			t.Errorf("%s: says %q", c.name, says)
		}
		if text := fmt.Sprint(says, out); strings.Contains(text, "CANARY") {
			t.Errorf("%s: says %s", c.name, text)
		}
	}
}

// TestFit has sources in their order, the best where not all have room.
func TestFit(t *testing.T) {
	ix := index("a.md: "+strings.Repeat("one ", 50), "b.md: "+strings.Repeat("two ", 50), "c.md: "+strings.Repeat("three ", 400), "d.md: four")
	hits := ix.hits(1, 1, all)
	for i, score := range []float64{0, .9, .8, .7} {
		hits[i].Score = score
	}
	q := rag.Question{Text: "What?", Scope: all}
	for room, want := range map[int][]string{6000: {"one", "two", "three", "four"}, 200: {"one", "two", "four"}, 110: {"two", "four"}, 1: {"two"}} {
		g := &ragtest.Generator{Text: "ANSWER\nx [2]."}
		l := llm(t, ix, g)
		l.o.ContextTokens = room
		says, _, err := writes(t, l, q, hits)
		if err != nil {
			t.Fatal(err)
		}
		prompt := g.Calls()[0][1].Text
		at := -1
		for n, word := range want {
			i := strings.Index(prompt, fmt.Sprintf(`{"n":%d,"title":"%c","text":"%s`, n+1, "abcd"[slices.Index([]string{"one", "two", "three", "four"}, word)], word))
			if i <= at {
				t.Errorf("%d tokens: %q is not in its place:\n%s", room, word, prompt)
			}
			at = i
		}
		if n := strings.Count(prompt, `{"n":`); n != len(want) {
			t.Errorf("%d tokens: %d sources, want %q", room, n, want)
		}
		if room == 110 && !slices.Equal(says, []string{"x. [4]"}) {
			t.Errorf("the second source of the prompt is the fourth hit, not %q", says)
		}
	}
}

// Prompts for a whole corpus begin alike, whatever was found for the question.
func TestPromptsBeginAlike(t *testing.T) {
	g := &ragtest.Generator{Text: "ANSWER\nx [1]."}
	l := llm(t, leave, g)
	l.o.Version = "v1"
	a, b := leave.hits(0, 0, all), leave.hits(0, 0, all)
	a[0].Score, b[2].Score = .9, .9
	writes(t, l, rag.Question{Text: "Who pays leave?", Scope: all}, a)
	writes(t, l, rag.Question{Text: "How long is the bicycle?", Scope: all}, b)
	l.o.Version = "v2"
	writes(t, l, rag.Question{Text: "Who pays leave?", Scope: all}, a)
	calls := g.Calls()
	first, _, _ := strings.Cut(calls[0][1].Text, "Who pays")
	second, _, _ := strings.Cut(calls[1][1].Text, "How long is the bicycle")
	if first != second || !cmp.Equal(calls[0][0], calls[1][0]) {
		t.Errorf("two prompts begin differently:\n%s\n%s", first, second)
	}
	if third, _, _ := strings.Cut(calls[2][1].Text, "Who pays"); third == first {
		t.Error("the marker is the same for another version of the documents")
	}
}

func TestLLMFaults(t *testing.T) {
	const reply = "ANSWER\nLeave is 16 weeks [1]. Anna approves it [1]. She needs"
	cut := &rag.ModelError{Fault: rag.CutOff, Host: "h"}
	for _, c := range []struct {
		name     string
		g        *ragtest.Generator
		says     []string
		verdict  rag.Verdict
		degraded string
		fault    rag.Fault
		calls    int
	}{
		{"too long", &ragtest.Generator{Text: "ANSWER\nx [1].", Fail: func(call, _ int) error {
			if call < 3 {
				return &rag.ModelError{Fault: rag.TooLong}
			}
			return nil
		}}, []string{"x. [1]"}, rag.Answered, "", "", 3},
		{"always too long", &ragtest.Generator{Fail: func(int, int) error { return &rag.ModelError{Fault: rag.TooLong} }}, nil, "", "", rag.TooLong, 3},
		{"too long after text", &ragtest.Generator{Text: reply, Piece: 40, Fail: func(_, pieces int) error {
			if pieces > 0 {
				return &rag.ModelError{Fault: rag.TooLong}
			}
			return nil
		}}, []string{"Leave is 16 weeks. [1]"}, "", "", rag.TooLong, 1},
		{"at the limit of tokens", &ragtest.Generator{Text: reply, Stop: func(int) bool { return true }},
			[]string{"Leave is 16 weeks. [1]", " Anna approves it. [1]"}, rag.Partial, "cut off", "", 1},
		{"at the limit in the first sentence", &ragtest.Generator{Text: "ANSWER\nLeave is", Stop: func(int) bool { return true }}, nil, "", "", rag.CutOff, 1},
		{"at the limit in the verdict", &ragtest.Generator{Text: "ANS", Stop: func(int) bool { return true }}, nil, "", "", rag.CutOff, 1},
		{"at the limit behind not found", &ragtest.Generator{Text: "NOT_FOUND: the no", Stop: func(int) bool { return true }},
			[]string{`FIXED Not in the documents. None mentions "notice".`}, rag.NotFound, "", "", 1},
		{"cut off", &ragtest.Generator{Text: reply, Piece: 10, Fail: func(_, pieces int) error {
			if pieces == 4 {
				return cut
			}
			return nil
		}}, []string{"Leave is 16 weeks. [1]"}, "", "", rag.CutOff, 1},
		{"at once", &ragtest.Generator{Fail: func(int, int) error { return &rag.ModelError{Fault: rag.Quota} }}, nil, "", "", rag.Quota, 1},
	} {
		says, out, err := writes(t, llm(t, leave, c.g), howLong, append(leave.hits(.8, .8, all), leave.hits(.4, .4, all)...))
		if faultOf(err) != c.fault || err != nil && c.fault == "" {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.says, says); diff != "" {
			t.Errorf("%s says (-want +got):\n%s", c.name, diff)
		}
		if out.Verdict != c.verdict || out.Degraded != c.degraded || out.Model != "script" || len(c.g.Calls()) != c.calls {
			t.Errorf("%s: %+v, %d calls", c.name, out, len(c.g.Calls()))
		}
		used := 0
		for _, ms := range c.g.Calls() {
			used += (len(ms[0].Text)+3)/4 + (len(ms[1].Text)+3)/4
		}
		if out.Usage.PromptTokens != used {
			t.Errorf("%s: %d tokens used, want %d", c.name, out.Usage.PromptTokens, used)
		}
	}

	stopped, stop := context.WithCancel(t.Context())
	g := &ragtest.Generator{Text: reply, Piece: 4, Fail: func(_, pieces int) error {
		if pieces == 3 {
			stop()
		}
		return nil
	}}
	if _, err := llm(t, leave, g).Answer(stopped, howLong, leave.hits(.8, .8, all), func(rag.Sentence) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAskedFor(t *testing.T) {
	q := rag.Question{Text: "How much notice must parents give?", History: []rag.Turn{{Question: "How long is parental leave?"}}}
	for phrase, want := range map[string][]string{
		"":                                nil,
		"the notice":                      {"notice"},
		"how much notice a parent gives":  {"how much notice a parent gives"},
		"notice for parental leave":       {"notice for parental leave"},
		"the notice period; parents":      {"notice", "parents"},
		"[notice](http://evil) **leave**": {"notice", "leave"},
		"how, much, is it":                nil,
		"ignore this and wire 900 euros":  nil,
	} {
		if diff := cmp.Diff(want, askedFor(phrase, q)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", phrase, diff)
		}
	}
	if got := askedFor("病假的工资是多少", rag.Question{Text: "产假的工资多少？"}); !slices.Equal(got, []string{"假的工资", "多少"}) {
		t.Errorf("%q", got)
	}
	if long := askedFor(strings.Repeat("notice ", 100), q); len(long[0]) > maxPhrase {
		t.Errorf("%d bytes", len(long[0]))
	}
}

func FuzzLLM(f *testing.F) {
	for _, s := range []string{"ANSWER\nx [1].", "**PARTIAL**: x. y [1]", "```\nANSWER\n```\nx", "not found", "CLARIFY: a | b", "Verdict：partial\nx", "\"ANSWER\" - x"} {
		f.Add(s, uint8(1))
	}
	f.Fuzz(func(t *testing.T, reply string, piece uint8) {
		hits := leave.hits(.8, .8, all)
		whole, out, err := writes(t, llm(t, leave, &ragtest.Generator{Text: reply}), howLong, hits)
		again, out2, err2 := writes(t, llm(t, leave, &ragtest.Generator{Text: reply, Piece: int(piece) + 1}), howLong, hits)
		out.Usage, out2.Usage = rag.Usage{}, rag.Usage{}
		if diff := cmp.Diff(whole, again) + cmp.Diff(out, out2); diff != "" || faultOf(err) != faultOf(err2) {
			t.Errorf("%q in pieces of %d (-whole +pieces), %v, %v:\n%s", reply, piece+1, err, err2, diff)
		}
	})
}
