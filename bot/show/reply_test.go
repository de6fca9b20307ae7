package show

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"footnote/prompts"
	"footnote/rag"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", path, diff)
	}
}

func noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func leave(n int, heading string, line int, quote string) rag.Citation {
	return rag.Citation{N: n, DocID: "hr/leave.md", Title: "Leave", Heading: heading, Date: "2026-03-02", Line: line, Quote: quote}
}

func said(text string, support rag.Support, cites ...int) rag.CitedSentence {
	return rag.CitedSentence{Text: text, Support: support, Citations: cites}
}

// answers are those of the mock-ups, and others that are hard to show.
func answers() map[string]rag.Answer {
	parental := leave(1, "Parental", 41, "Every parent takes 16 weeks of leave at full pay.")
	timing := leave(2, "Timing", 47, "Leave may begin up to four weeks before the due date.")
	long := strings.Repeat("Long places are shown whole, for who reads them has to see what they say. ", 8)
	return map[string]rag.Answer{
		"answered": {Verdict: rag.Answered, Model: "some-model", Citations: []rag.Citation{parental, timing}, Sentences: []rag.CitedSentence{
			said("Parental leave is 16 weeks at full pay.", rag.Checked, 1),
			said(" It may start four weeks before the due date.", rag.Checked, 2)}},
		"quoted": {Verdict: rag.Answered, Model: "extractive", Citations: []rag.Citation{parental, timing}, Sentences: []rag.CitedSentence{
			said("Every parent takes 16 weeks of leave at full pay.", rag.Quoted, 1),
			said(" Leave may begin up to four weeks before the due date.", rag.Quoted, 2)}},
		"partial": {Verdict: rag.Partial, Model: "some-model", Citations: []rag.Citation{parental}, Missing: []string{"how much notice to give"},
			Sentences: []rag.CitedSentence{
				said("Parental leave is 16 weeks at full pay.", rag.Checked, 1),
				{Text: " It is usually approved within a week.", Support: rag.Unverified, Citations: []int{1}, Unsupported: []string{"within a week"}},
				{Text: " Everybody likes it!", Support: rag.Unverified, Unsupported: []string{"no source"}}}},
		"not_found": {Verdict: rag.NotFound, Model: "extractive", AsOf: noon().Add(-2 * time.Minute), Missing: []string{"sabbatical"},
			Nearest:   []string{"Leave (hr/leave.md)", "Benefits (hr/benefits.md)"},
			Unread:    []rag.Unread{{Kind: ".rst", Files: 196}, {Kind: ".html", Files: 31}, {Kind: "", Files: 2}, {Kind: ".pdf", Files: 1}, {Kind: ".go", Files: 1}, {Kind: rag.Pictures, Files: 1087}},
			Sentences: []rag.CitedSentence{said(`Not in the documents. None mentions "sabbatical".`, rag.None)}},
		"passages": {Verdict: rag.Passages, Model: "extractive",
			Citations: []rag.Citation{leave(1, "Unpaid", 52, "Unpaid leave is agreed with the lead.")},
			Sentences: []rag.CitedSentence{
				said("The nearest places; none answers this for sure.", rag.None),
				said("Unpaid leave is agreed with the lead.", rag.Quoted, 1)}},
		"degraded": {Verdict: rag.Answered, Model: "extractive", Degraded: "The model did not answer (api.example.com: quota)",
			Citations: []rag.Citation{parental},
			Sentences: []rag.CitedSentence{said("Every parent takes 16 weeks of leave at full pay.", rag.Quoted, 1)}},
		"words_first": {Verdict: rag.Answered, Model: "extractive", Citations: []rag.Citation{parental},
			Degraded:  "31 % of passages have vectors so far; answers use words only for the rest.",
			Sentences: []rag.CitedSentence{said("Every parent takes 16 weeks of leave at full pay.", rag.Quoted, 1)}},
		"chat":    {Verdict: rag.Chat, Sentences: []rag.CitedSentence{said("2 documents: Leave, Benefits.", rag.None)}},
		"clarify": {Verdict: rag.Clarify, Sentences: []rag.CitedSentence{said("Which one do you mean?  1 Leave (employees)   2 Leave (contractors)", rag.None)}},
		"long": {Verdict: rag.Passages, Sentences: []rag.CitedSentence{said("The nearest places; none answers this for sure.", rag.None)},
			Citations: []rag.Citation{
				{N: 1, DocID: "handbook/a-rather-deep/folder/name.pdf", Title: "The handbook of everything that anybody ever wanted to know", Heading: "Part one > Chapter two", Page: 12, Quote: long},
				{N: 2, DocID: "a.txt", Line: 3, Quote: "Short."},
				{N: 3, DocID: "b.txt", Title: "b", Line: 3, Quote: "| Weeks | Pay |\n|---|---|\n| 16 | full |\n"}}},
		"chinese": {Verdict: rag.Answered, Citations: []rag.Citation{{N: 1, DocID: "休假.md", Title: "休假", Heading: "育儿假", Line: 3, Date: "2026-03-02", Quote: "x"}},
			Sentences: []rag.CitedSentence{
				said("每位家长享有十六周全薪育儿假，可以在预产期前四周开始休假，也可以在孩子出生后的任何时间开始，但必须在孩子一周岁之前休完。", rag.Checked, 1),
				said("申请需要提前两个月提交给主管。", rag.Checked, 1)}},
		"chinese_not_found": {Verdict: rag.NotFound, AsOf: noon().Add(-2 * time.Minute), Nearest: []string{"休假 (休假.md)"},
			Unread:    []rag.Unread{{Kind: ".rst", Files: 1}, {Kind: rag.Pictures, Files: 2}},
			Sentences: []rag.CitedSentence{said("文档中没有。没有文档提到“学术假”。", rag.None)}},
		"german": {Verdict: rag.Answered, Model: "extractive", Citations: []rag.Citation{
			{N: 1, DocID: "urlaub.md", Title: "Urlaub", Heading: "Elternzeit", Line: 3, Quote: "Eltern haben 16 Wochen frei."},
			{N: 2, DocID: "urlaub.pdf", Title: "Urlaub", Page: 4, Date: "2026-03-02", Quote: "Anträge gehen an die Leitung."}},
			Sentences: []rag.CitedSentence{said("Eltern haben 16 Wochen frei.", rag.Quoted, 1), said(" Anträge gehen an die Leitung.", rag.Quoted, 2)}},
		"table": {Verdict: rag.Answered, Citations: []rag.Citation{leave(1, "Pay", 9, "| Weeks | Pay |\n|---|---|\n| 16 | full |")},
			Sentences: []rag.CitedSentence{
				said("The weeks are these.", rag.Checked, 1),
				said("| Weeks | Pay |\n|---|---|\n| 16 | full |", rag.Quoted, 1),
				said("They are paid.", rag.Checked, 1)}},
		"place": ofPlaces(),
		"hostile": {Verdict: rag.Answered, Nearest: nil, Citations: []rag.Citation{{N: 1, DocID: "a\x1b]0;owned\a.md", Title: "\u202egnp.exe\x1b[2J", Heading: "\u009b31m", Line: 1, Date: "2026\x1b[1m", Quote: "x"}},
			Sentences: []rag.CitedSentence{said("Red\x1b[31m alert\u200b\U000e0041 [2].", rag.Checked, 1)}},
	}
}

// ofPlaces is an answer of places with all that a document may hold, as the extractive
// answerer says them.
func ofPlaces() rag.Answer {
	quoted := func(n int, text, best string) rag.CitedSentence {
		s := said(text, rag.Quoted, n)
		if at := strings.Index(text, best); best != "" {
			s.Highlights = []rag.Span{{Start: at, End: at + len(best)}}
		}
		return s
	}
	return rag.Answer{Verdict: rag.Answered, Model: "extractive",
		Citations: []rag.Citation{leave(1, "Parental", 41, ""), leave(2, "Timing", 47, ""), leave(3, "Pay", 60, "")},
		Sentences: []rag.CitedSentence{
			quoted(1, "Every parent takes **16 weeks** of [leave](https://example.com/leave) at full pay. It may start up to four weeks before the due date &mdash; see {% page \"/dates\" %} `due`.", "Every parent takes **16 weeks** of [leave](https://example.com/leave) at full pay."),
			quoted(1, "\n\nTo ask:", ""),
			quoted(1, "\n1. Open the form", ""),
			quoted(1, "\n   - [ ] as *you*", ""),
			quoted(1, "\n2. Run\n   ```sh\n   leave  --ask | tee log\n   ```", ""),
			quoted(2, "\nTell your <b>lead</b> three months ahead.", "Tell your <b>lead</b> three months ahead."),
			quoted(3, "\n| Weeks | Pay | What it is called, and what the law says of it in each of the countries where we are |\n|---|--:|---|\n| 1-8 | full | 全薪育儿假 |\n| 9-16 | half | Half pay: ask your lead before it begins, and the office of your country afterwards |", "| 9-16 | half | Half pay: ask your lead before it begins, and the office of your country afterwards |"),
		}}
}

func terminal(t *testing.T, b *strings.Builder) Terminal {
	t.Helper()
	return Terminal{Out: b, Fixed: fixed(t, "en"), Documents: 214, Model: "some-model", Now: noon}
}

func fixed(t *testing.T, lang string) prompts.Fixed {
	t.Helper()
	f, err := prompts.In(lang)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestReply(t *testing.T) {
	for name, a := range answers() {
		for _, mode := range []string{"", "_plain", "_colour"} {
			var b strings.Builder
			term := terminal(t, &b)
			term.Plain, term.Colour = mode == "_plain", mode == "_colour"
			if name != "degraded" {
				term.Model = ""
			}
			if lang, ok := map[string]string{"german": "de", "chinese": "zh", "chinese_not_found": "zh"}[name]; ok {
				term.Fixed = fixed(t, lang)
			}
			r := term.Reply()
			for _, s := range a.Sentences {
				r.Sentence(s)
			}
			if err := r.End(a); err != nil {
				t.Fatal(err)
			}
			if mode == "_colour" && name != "answered" && name != "hostile" && name != "place" {
				continue
			}
			golden(t, name+mode+".txt", b.String())
		}
	}
}

// TestReplyMockups holds what the mock-ups promise, letter for letter.
func TestReplyMockups(t *testing.T) {
	for name, want := range map[string]string{
		"answered": `Parental leave is 16 weeks at full pay [1]. It may start four weeks before the
due date [2].

Sources
[1] Leave > Parental   hr/leave.md:41   2026-03-02
    "Every parent takes 16 weeks of leave at full pay."
[2] Leave > Timing     hr/leave.md:47   2026-03-02
    "Leave may begin up to four weeks before the due date."
2 of 2 sentences checked
`,
		"partial": `Parental leave is 16 weeks at full pay [1]. It is usually approved within a week
[1] [not checked: "within a week" is in no source]. Everybody likes it [not
checked: it cites no source]!
Not in the documents: how much notice to give.
`,
		"not_found": `Not in the documents. None mentions "sabbatical"
(214 documents, read 2 min ago).
1318 files were not read: 196 .rst, 31 .html, 2 without an extension, 2 others,
1087 images and styles (footnote sources).
Nearest titles: Leave (hr/leave.md), Benefits (hr/benefits.md)
`,
		"passages": `The nearest places; none answers this for sure.
Leave > Unpaid                               hr/leave.md:52   2026-03-02
  Unpaid leave is agreed with the lead. [1]
`,
		"degraded": `The model did not answer (api.example.com: quota). Quotes instead:
Leave > Parental                             hr/leave.md:41   2026-03-02
  Every parent takes 16 weeks of leave at full pay. [1]
`,
		"words_first": "31 % of passages have vectors so far; answers use words only for the rest.\n",
	} {
		var b strings.Builder
		term := terminal(t, &b)
		if name == "words_first" {
			term.Model = ""
		}
		if err := term.Reply().End(answers()[name]); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); !strings.HasPrefix(got, want) {
			t.Errorf("%s:\n%s", name, cmp.Diff(want, got))
		}
	}
}

// TestReplyBlock has a block begin its line, whatever space comes before it.
func TestReplyBlock(t *testing.T) {
	a := rag.Answer{Verdict: rag.Answered, Sentences: []rag.CitedSentence{
		said("Run it.", rag.Quoted, 1), said(" ```text\n  go run\n```", rag.Quoted, 2), said(" Then wait.", rag.Quoted, 2)}}
	var b strings.Builder
	if err := terminal(t, &b).Reply().End(a); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "Run it [1].\n    go run\n[2]\nThen wait [2].\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := Prose(a.Sentences), "Run it [1].\n```text\n  go run\n``` [2]\nThen wait [2]."; got != want {
		t.Errorf("as text %q, want %q", got, want)
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		support  rag.Support
		in, want string
	}{
		{rag.Quoted, " Ask for [Paid Leave](https://example.com) **now** &amp; `here`.\n", " Ask for Paid Leave now & `here`.\n"},
		{rag.Quoted, "\n2. [x] <b>Send</b> it", "\n2. [x] Send it"},
		{rag.Quoted, "# Title", "# Title"},
		{rag.Checked, "In [words](x) of its own.", "In [words](x) of its own."},
	} {
		if got := Read(said(c.in, c.support, 1)).Text; got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// TestReplyLive shows written sentences at once and holds quotes back.
func TestReplyLive(t *testing.T) {
	var b strings.Builder
	r := terminal(t, &b).Reply()
	r.Sentence(said("Here is what I found:", rag.None))
	r.Sentence(said(" A quote.", rag.Quoted, 1))
	if b.Len() > 0 {
		t.Fatalf("shown too early: %q", b.String())
	}
	r.Sentence(said(" In other words.", rag.Checked, 1))
	if got, want := b.String(), "Here is what I found:\nA quote [1]. In other words [1]."; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	a := rag.Answer{Sentences: []rag.CitedSentence{said("Here is what I found:", rag.None), said(" A quote.", rag.Quoted, 1), said(" In other words.", rag.Checked, 1)},
		Citations: []rag.Citation{{N: 1, DocID: "a.md", Line: 2, Quote: "A quote."}}}
	if err := r.Cancelled(a); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "words [1]. (cancelled)\n\nSources\n[1] a.md") {
		t.Fatalf("got %q", got)
	}
}

func TestReplyWidth(t *testing.T) {
	for name, a := range answers() {
		for _, width := range []int{40, 80, 132} {
			var b strings.Builder
			term := terminal(t, &b)
			term.Width = width
			if err := term.Reply().End(a); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				words := strings.Fields(line)
				if columns(line) > width && len(words) > 1 && !strings.Contains(line, "   ") && !strings.HasPrefix(line, "    ") {
					t.Errorf("%s at %d columns: %q", name, width, line)
				}
			}
		}
	}
}

// TestSameHeading holds that the heading of the place before is not repeated.
func TestSameHeading(t *testing.T) {
	var a rag.Answer
	a.Verdict = rag.Passages
	for i, heading := range []string{"Leave", "Leave", "Pay", "Leave"} {
		c := rag.Citation{N: i + 1, DocID: "hr/leave.md", Title: "Handbook", Heading: heading, Line: 10 * (i + 1), Quote: "Ask."}
		a.Citations = append(a.Citations, c)
		a.Sentences = append(a.Sentences, rag.CitedSentence{Text: "Ask.", Citations: []int{c.N}, Support: rag.Quoted})
	}
	var out strings.Builder
	if err := (Terminal{Out: &out, Width: 80}).Reply().End(a); err != nil {
		t.Fatal(err)
	}
	want := `Handbook > Leave                             hr/leave.md:10
  Ask. [1]

                                             hr/leave.md:20
  Ask. [2]

Handbook > Pay                               hr/leave.md:30
  Ask. [3]

Handbook > Leave                             hr/leave.md:40
  Ask. [4]
`
	if diff := cmp.Diff(want, strings.TrimLeft(out.String(), "\n")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
