package slackbot

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"footnote/prompts"
	"footnote/rag"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", path, diff)
	}
}

// indented returns v as JSON in which < and > can be read.
func indented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	// slack-go has its own marshalling, which escapes them again.
	return []byte(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(b.String()))
}

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func in(t testing.TB, lang string) prompts.Fixed {
	t.Helper()
	f, err := prompts.In(lang)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// channel is a view of a channel that may see every document.
func channel(t testing.TB) view {
	return view{Fixed: in(t, "en"), Model: "some-model", Documents: 214, Now: noon, Link: func(c rag.Citation) string { return c.URL }}
}

func leave(n int, heading, quote string) rag.Citation {
	return rag.Citation{N: n, DocID: "hr/leave.md", Title: "Leave", Heading: heading, Date: "2026-03-02", Line: 41, Quote: quote,
		URL: "https://docs.example.com/leave?a=1&b=2#" + strings.ToLower(heading)}
}

func say(text string, support rag.Support, cites ...int) rag.CitedSentence {
	return rag.CitedSentence{Text: text, Support: support, Citations: cites}
}

const (
	weeks = "| Weeks | Pay |\n|---|---|\n| 16 | full |"
	code  = "```go\nif a < b && c > *d {\n\treturn \"```\"\n}\n```"
)

// answers are those of the mock-ups, and others that are hard to show.
func answers() map[string]rag.Answer {
	parental := leave(1, "Parental", "Every parent takes 16 weeks of leave at full pay.")
	timing := leave(2, "Timing", "Leave may begin up to four weeks before the due date.")
	quote := say("Every parent takes 16 weeks of leave at full pay.", rag.Quoted, 1)
	checked := say("Parental leave is 16 weeks at full pay.", rag.Checked, 1)
	all := map[string]rag.Answer{
		"answered": {Verdict: rag.Answered, Model: "some-model", Citations: []rag.Citation{parental, timing}, Sentences: []rag.CitedSentence{
			checked, say(" It may start four weeks before the due date.", rag.Checked, 2)}},
		"quoted": {Verdict: rag.Answered, Model: "extractive", Citations: []rag.Citation{parental, timing}, Sentences: []rag.CitedSentence{
			quote, say(" Leave may begin up to four weeks before the due date.", rag.Quoted, 2)}},
		"partial": {Verdict: rag.Partial, Model: "some-model", Citations: []rag.Citation{parental}, Missing: []string{"how much notice to give"},
			Sentences: []rag.CitedSentence{checked,
				{Text: " It is usually approved within a week.", Support: rag.Unverified, Citations: []int{1}, Unsupported: []string{"within a week"}},
				{Text: " Everybody likes it!", Support: rag.Unverified}}},
		"not_found": {Verdict: rag.NotFound, Model: "extractive", AsOf: noon().Add(-2 * time.Minute), Missing: []string{"sabbatical"},
			Nearest:   []string{"Leave (hr/leave.md)", "Benefits (old) (hr/benefits (2).md)"},
			Unread:    []rag.Unread{{Kind: ".rst", Files: 196}, {Kind: rag.Pictures, Files: 1087}},
			Sentences: []rag.CitedSentence{say(`Not in the documents. None mentions "sabbatical".`, rag.None)}},
		"passages": {Verdict: rag.Passages, Model: "extractive", Citations: []rag.Citation{leave(1, "Unpaid", "Unpaid leave is agreed with the lead.")},
			Sentences: []rag.CitedSentence{
				say("The nearest places; none answers this for sure.", rag.None), say("Unpaid leave is agreed with the lead.", rag.Quoted, 1)}},
		"passages_alone": {Verdict: rag.Passages, Citations: []rag.Citation{leave(1, "Unpaid", "Unpaid leave is agreed with the lead."), leave(2, "Pay", weeks)}},
		"degraded": {Verdict: rag.Answered, Model: "extractive", Degraded: "the language model is out of budget until 1 Dec 00:00",
			Fault:     &rag.ModelError{Fault: rag.OutOfBudget, Until: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
			Citations: []rag.Citation{parental}, Sentences: []rag.CitedSentence{quote}},
		"words_first": {Verdict: rag.Answered, Model: "some-model", Citations: []rag.Citation{parental},
			Degraded:  "31 % of passages have vectors so far; answers use words only for the rest.",
			Sentences: []rag.CitedSentence{quote}},
		"cut_off": {Verdict: rag.Partial, Model: "some-model", Degraded: string(rag.CutOff), Citations: []rag.Citation{parental},
			Sentences: []rag.CitedSentence{checked}},
		"cancelled": {Verdict: rag.Partial, Model: "some-model", Degraded: rag.Cancelled, Citations: []rag.Citation{parental},
			Sentences: []rag.CitedSentence{checked}},
		"chat":    {Verdict: rag.Chat, Sentences: []rag.CitedSentence{say("2 documents: Leave, Benefits.", rag.None)}},
		"clarify": {Verdict: rag.Clarify, Sentences: []rag.CitedSentence{say("Which one do you mean?  Leave (employees)   Leave (contractors)", rag.None)}},
		"table": {Verdict: rag.Answered, Model: "some-model", Citations: []rag.Citation{leave(1, "Pay", weeks)}, Sentences: []rag.CitedSentence{
			say("The weeks are these.", rag.Checked, 1), say(weeks, rag.Quoted, 1), say("They are paid.", rag.Checked, 1)}},
		"places": ofPlaces(),
		"code": {Verdict: rag.Answered, Model: "extractive", Citations: []rag.Citation{leave(1, "Code", code)}, Sentences: []rag.CitedSentence{
			say("Run this:\n"+code, rag.Quoted, 1)}},
		"list": {Verdict: rag.Answered, Model: "some-model", Citations: []rag.Citation{parental}, Sentences: []rag.CitedSentence{
			say("You need:", rag.None), say("\n- a *form*", rag.Checked, 1), say("\n- 2. a date.", rag.Checked, 1),
			say("\nThen:", rag.None), say("\n3. Send it.", rag.Checked, 1), say("\n4. Wait.", rag.Checked, 1), say("\n\n# Done", rag.Checked, 1)}},
		"chinese": {Verdict: rag.Answered, Model: "some-model", Citations: []rag.Citation{{N: 1, DocID: "休假.md", Title: "休假", Heading: "育儿假", Page: 3, Date: "2026-03-02", Quote: "每位家长享有十六周全薪育儿假。"}},
			Sentences: []rag.CitedSentence{say("每位家长享有十六周全薪育儿假。", rag.Checked, 1), say("申请需要提前两个月提交给主管。", rag.Checked, 1)}},
		"hostile": hostile(),
	}
	for name, a := range all {
		a.ID = "00c0ffee00c0ffee"
		all[name] = a
	}
	return all
}

// ofPlaces is an answer of places with all that a document may hold.
func ofPlaces() rag.Answer {
	quoted := func(n int, text, best string) rag.CitedSentence {
		s := say(text, rag.Quoted, n)
		if at := strings.Index(text, best); best != "" {
			s.Highlights = []rag.Span{{Start: at, End: at + len(best)}}
		}
		return s
	}
	return rag.Answer{Verdict: rag.Answered, Model: "extractive",
		Citations: []rag.Citation{leave(1, "Parental", ""), leave(2, "Timing", "")},
		Sentences: []rag.CitedSentence{
			quoted(1, "Every parent takes **16 weeks** of [paid leave](https://example.com/leave) at full pay. It may start (see https://example.com/dates or <!here>) up to four weeks before; ~~two~~ `due`.", "Every parent takes **16 weeks** of [paid leave](https://example.com/leave) at full pay."),
			quoted(1, "\n\n每位家长享有**十六周。**休假", ""),
			quoted(1, "\n\n| Weeks | Ask |\n|---|---|\n| 1-8 | hr@example.com |\n| 9 - 16 | |", ""),
			quoted(1, "\n\nTo ask:", ""),
			quoted(1, "\n1. Open the form", ""),
			quoted(1, "\n   - [ ] as *you*", ""),
			quoted(1, "\n2. Run\n   ```sh\n   leave  --ask <x> | tee log\n   ```", ""),
			quoted(1, "\n3. Wait", ""),
			quoted(2, "\nTell your <b>lead</b> three months ahead.", ""),
		}}
}

// hostile has in every place that a stranger can write to what Slack must not obey.
func hostile() rag.Answer {
	const evil = "<!here> <@U1|x> <#C1> <https://evil.com|bank> &lt;!channel&gt; @here `x` *b* _i_ ~s~ [l](https://evil.com) ![i](//evil.com/i) www.evil.com \u202e\u200b"
	return rag.Answer{Verdict: rag.Partial, Model: "some-model", Missing: []string{evil},
		Citations: []rag.Citation{{N: 1, DocID: evil, Title: evil, Heading: evil, Date: "<!here>", Quote: evil, URL: "https://docs.example.com/a|b<!here>"},
			{N: 2, DocID: "x.md", Quote: "x", URL: "javascript:alert(1)"}},
		Sentences: []rag.CitedSentence{say("A\n", rag.Checked, 1), say("(https://evil.com) "+evil, rag.Checked, 1),
			{Text: "\n# " + evil + "\n> " + evil + "\n[1]: https://evil.com", Support: rag.Unverified, Citations: []int{1}, Unsupported: []string{evil}},
			say("```"+evil+"\n"+evil+"\n  ```` \n"+evil, rag.Quoted, 2)}}
}

func viewOf(t testing.TB, name string) view {
	v := channel(t)
	if name == "chinese" {
		v.Fixed = in(t, "zh")
	}
	return v
}

// TestMessages holds what an answer looks like, for a person to read.
func TestMessages(t *testing.T) {
	for name, a := range answers() {
		golden(t, name+".json", indented(t, viewOf(t, name).messages(a, helpful, unhelpful)))
	}
	limited := channel(t)
	limited.Limited = true
	golden(t, "limited.json", indented(t, limited.messages(answers()["not_found"])))
	golden(t, "notice.json", indented(t, notice("I could not answer (the index is damaged; an admin can run `footnote doctor`). Reference <7F3A>.")))
	golden(t, "question.json", indented(t, limited.question("How long is <!here> leave?\nAnd *when*?")))
	golden(t, "reason.json", indented(t, limited.reasonModal("00c0ffee00c0ffee")))
	golden(t, "share.json", indented(t, limited.messages(answers()["chat"], share)))
}

// TestPlain holds an answer without blocks.
func TestPlain(t *testing.T) {
	var b strings.Builder
	for _, name := range []string{"answered", "partial", "not_found", "passages", "places", "degraded", "cancelled", "code", "list", "hostile"} {
		b.WriteString("--- " + name + "\n" + channel(t).plain(answers()[name]) + "\n")
	}
	golden(t, "plain.txt", []byte(b.String()))
}

// TestStream has what is streamed and what goes below be the same as a message.
func TestStream(t *testing.T) {
	for name, a := range answers() {
		if !live(a.Sentences) {
			continue
		}
		v := viewOf(t, name)
		var b strings.Builder
		for i, s := range a.Sentences {
			b.WriteString(v.next(a.Sentences[:i], s))
		}
		tail := v.tail(a, helpful)
		streamed := b.String()
		if closing, ok := tail.Blocks[0].(*slack.MarkdownBlock); ok {
			streamed += "\n\n" + closing.Text
			tail.Blocks = tail.Blocks[1:]
		}
		whole := v.messages(a, helpful)[0]
		if hasTable(whole) { // the stream is ended, and its message replaced
			continue
		}
		want := append([]slack.Block{slack.NewMarkdownBlock("", streamed)}, tail.Blocks...)
		if diff := cmp.Diff(string(indented(t, want)), string(indented(t, whole.Blocks))); diff != "" {
			t.Errorf("%s (-streamed +posted):\n%s", name, diff)
		}
	}
}

// TestBetween has no mark become a link by what follows it.
func TestBetween(t *testing.T) {
	for _, end := range []string{"", ".", " ", "\n", "\t", "。", "。\t", "\u00a0"} {
		for _, start := range []string{"(https://evil.com)", "[https://evil.com]", ": https://evil.com", "\n: https://evil.com", "\n[1]: https://evil.com"} {
			before := []rag.CitedSentence{say("A"+end, rag.Checked, 1)}
			md := channel(t).next(nil, before[0]) + channel(t).next(before, say(start, rag.Checked, 1))
			if _, more := read(md); len(more) > 0 || strings.Contains(md, "](") || strings.Contains(md, "]:") && !strings.Contains(md, `\]:`) {
				t.Errorf("%q and %q: %q has %v", end, start, md, more)
			}
		}
	}
}

// TestWords has every language's words fit where Slack shows them.
func TestWords(t *testing.T) {
	for _, lang := range prompts.Languages {
		w := in(t, lang).Slack
		if len(w.Months) != 12 {
			t.Errorf("%s: %d months", lang, len(w.Months))
		}
		for _, s := range []string{w.Reason, w.Send, w.Close} {
			if size(s) > 24 {
				t.Errorf("%s: %q is longer than Slack shows", lang, s)
			}
		}
		for _, s := range []string{w.Helpful, w.NotHelpful, w.Share} {
			if size(s) > 75 {
				t.Errorf("%s: %q is longer than a button", lang, s)
			}
		}
	}
	for lang, want := range map[string]string{"en": "2 Mar 2026", "de": "2. März 2026", "zh": "2026年3月2日"} {
		if got := in(t, lang).Slack.Day("2026-03-02"); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
	for _, s := range []string{"", "2026", "2026-02-30", "spring <2026>"} {
		if got := in(t, "en").Slack.Day(s); got != s {
			t.Errorf("Day(%q) = %q", s, got)
		}
	}
}

func TestTitles(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"Leave (hr/leave.md)", "notes.txt"}, []string{"Leave", "notes.txt"}},
		{[]string{"A (b) (c (2).md)"}, []string{"A (b)"}},
		{[]string{"A (x.md)", "A (y.md)"}, []string{"A (x.md)", "A (y.md)"}},
		{[]string{"A (x).md)", "b(2)"}, []string{"A (x).md)", "b(2)"}},
	} {
		if diff := cmp.Diff(c.want, titles(c.names)); diff != "" {
			t.Errorf("%q:\n%s", c.names, diff)
		}
	}
}

func TestLink(t *testing.T) {
	for target, want := range map[string]string{
		"https://a.example/x?b=1&c=2|d":  "<https://a.example/x?b=1&amp;c=2%7Cd|a&amp;b>",
		"mailto:hr@example.com":          "<mailto:hr@example.com|a&amp;b>",
		"HTTPS://a.example/<!here>":      "<HTTPS://a.example/%3C!here%3E|a&amp;b>",
		"javascript:alert(1)":            "",
		"https:":                         "",
		"file:///etc/passwd":             "",
		"/etc/passwd":                    "",
		"":                               "",
		"https://a.example/ b":           "<https://a.example/%20b|a&amp;b>",
		"https://bank.example@evil.com/": "",
		"https://a.example/\u202e":       "",
		"https://a.example/" + strings.Repeat("x", 3000): "",
	} {
		if got := link(target, "a&b"); got != want {
			t.Errorf("link(%q) = %q, want %q", target, got, want)
		}
	}
}
