package show

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
	"github.com/google/go-cmp/cmp"

	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/reading"
)

func columns(s string) int { return displaywidth.String(s) }

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain text\nnext", "plain text\nnext"},
		{"tab\there\r\n", "tab here\n"},
		{"\x1b[31mred\x1b[0m", "[31mred[0m"},
		{"\x1b]8;;http://x\x07link", "]8;;http://xlink"},
		{"c1 \u009b31m \u0090", "c1 31m "},
		{"del\x7f nul\x00", "del nul"},
		{"bidi \u202eabc\u202c \u2066x\u2069 \u200f\u061c", "bidi abc x "},
		{"zero\u200bwidth\ufeff\u2060\u00ad", "zerowidth"},
		{"tags \U000e0041\U000e0042\U000e007f", "tags "},
		{"smuggled \U000e0100\U000e01ef", "smuggled "},
		{"lines\u2028and\u2029paragraphs", "lines\nand\nparagraphs"},
		{"bytes \xff\xfe", "bytes \ufffd\ufffd"},
		{"joined a\u200db", "joined ab"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"👩\u200d💻", "👩\u200d💻"},
		{"👩\u200d\u200d💻", "👩\u200d💻"},
		{"heart ❤\ufe0f", "heart ❤\ufe0f"},
		{"naïve 漢字 Grüße", "naïve 漢字 Grüße"},
		{"filler \u3164\u115f\uffa0.", "filler ."},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a", "\x1b[2J", "\u202e", "👩\u200d💻", "\xff", "\U000e0041", "می\u200cخواهم"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) {
			t.Errorf("Clean(%q) = %q is not UTF-8", s, got)
		}
		if again := Clean(got); again != got {
			t.Errorf("Clean(Clean(%q)) = %q, not %q", s, again, got)
		}
		for _, r := range got {
			if r != '\n' && r != '\u200c' && r != '\u200d' && (r == '\t' || hidden(r)) {
				t.Errorf("Clean(%q) = %q keeps %U", s, got, r)
			}
		}
	})
}

func FuzzReply(f *testing.F) {
	f.Add("A sentence.", "quote", "a.md", "Title", 40)
	f.Add("| a |\n| b |", "\x1b[2J", "\u202e", "漢字漢字", 1)
	en, err := prompts.In("en")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, quote, doc, title string, width int) {
		var b strings.Builder
		term := Terminal{Out: &b, Fixed: en, Width: width % 200, Now: noon}
		a := rag.Answer{Verdict: rag.Answered, Sentences: []rag.CitedSentence{said(text, rag.Checked, 1)},
			Citations: []rag.Citation{{N: 1, DocID: doc, Title: title, Quote: quote}}}
		if err := term.Reply().End(a); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); Clean(got) != got {
			t.Errorf("not clean: %q", got)
		}
	})
}

func TestWrapped(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"one two three", 7, []string{"one two", "three"}},
		{"  one \n two  ", 80, []string{"one two"}},
		{"averyverylongword x", 5, []string{"averyverylongword", "x"}},
		{"漢字漢字漢字", 4, []string{"漢字", "漢字", "漢字"}},
		{"漢字。漢字", 5, []string{"漢", "字。", "漢字"}},
		{"see “漢字”", 80, []string{"see “漢字”"}},
		{"e\u0301e\u0301 e\u0301", 2, []string{"e\u0301e\u0301", "e\u0301"}},
		{"", 80, []string{""}},
	} {
		if diff := cmp.Diff(c.want, wrapped(c.in, c.width)); diff != "" {
			t.Errorf("wrapped(%q, %d) (-want +got):\n%s", c.in, c.width, diff)
		}
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "just now", 59 * time.Second: "just now", -time.Hour: "just now", 2 * time.Minute: "2 min ago",
		90 * time.Minute: "1 h ago", 47 * time.Hour: "47 h ago", 72 * time.Hour: "3 days ago",
	} {
		if got := (Terminal{Fixed: fixed(t, "en"), Now: noon}).Age(noon().Add(-d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestLabel(t *testing.T) {
	for _, c := range [][4]string{
		{"Leave", "Parental", "a.md", "Leave > Parental"},
		{"Leave", "Leave > Parental", "a.md", "Leave > Parental"},
		{"Leave", "Leave", "a.md", "Leave"},
		{"Leave", "", "a.md", "Leave"},
		{"", "Parental", "a.md", "Parental"},
		{"", "", "a.md", "a.md"},
		{"Q&amp;A", "1 &lt; 2", "a.md", "Q&A > 1 < 2"},
	} {
		if got := Label(c[0], c[1], c[2]); got != c[3] {
			t.Errorf("Label(%q, %q) = %q, want %q", c[0], c[1], got, c[3])
		}
	}
}

func TestJSON(t *testing.T) {
	a := answers()["answered"]
	a.ID, a.Query, a.AsOf = "0123456789abcdef", "parental leave", noon()
	blocks := []rag.Block{{Span: rag.Span{Start: 9, End: 14}, Line: 8}, {Span: rag.Span{Start: 15, End: 25}, Line: 9}}
	a.Hits = []rag.Hit{{Passage: rag.Passage{DocID: "hr/leave.md", Paragraph: 3, Text: "Every parent <b>", Span: rag.Span{Start: 9, End: 25}, Blocks: blocks},
		Score: .71, Dense: .62, Lexical: .8, Block: 1}}
	a.Timing = rag.Timing{Embed: time.Millisecond, Search: 234567, First: 1300 * time.Microsecond, Total: 2 * time.Millisecond}
	var b bytes.Buffer
	if err := JSON(&b, "How long is parental leave?", a); err != nil {
		t.Fatal(err)
	}
	golden(t, "answered.json", b.String())

	b.Reset()
	if err := JSON(&b, "?", rag.Answer{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "empty.json", b.String())
}

// TestJSONEscapes holds that no byte of a quote is lost, and none is obeyed.
func TestJSONEscapes(t *testing.T) {
	quote := "\x1b[2J \u009b31m \u202e \U000e0041 <&> \u2028 \x00 \t\n é漢"
	var b bytes.Buffer
	if err := JSON(&b, quote, rag.Answer{Citations: []rag.Citation{{N: 1, Quote: quote}}}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); Clean(got) != got || strings.Count(got, "\n") != 1 {
		t.Errorf("not clean: %q", got)
	}
	var o answerJSON
	if err := json.Unmarshal(b.Bytes(), &o); err != nil {
		t.Fatal(err)
	}
	if o.Question != quote || o.Citations[0].Quote != quote {
		t.Errorf("got %q and %q, want %q", o.Question, o.Citations[0].Quote, quote)
	}
}

func TestSourceAndPassage(t *testing.T) {
	p := rag.Passage{DocID: "hr/leave.md", Title: "Leave", Heading: "Parental", Line: 40, Paragraph: 7, Span: rag.Span{Start: 100, End: 100 + 94},
		Text: "Ask early.\nEvery parent takes 16 weeks of leave at full pay. It is for all parents of the world, you know."}
	c := leave(1, "Parental", 41, "Every parent takes 16 weeks of leave at full pay.")
	c.Span = rag.Span{Start: 111, End: 111 + len(c.Quote)}
	for _, plain := range []bool{false, true} {
		var b strings.Builder
		term := terminal(t, &b)
		term.Plain = plain
		if err := term.Source(c, p); err != nil {
			t.Fatal(err)
		}
		if err := term.Passage(p, 21); err != nil {
			t.Fatal(err)
		}
		if err := term.Sources(answers()["quoted"]); err != nil {
			t.Fatal(err)
		}
		name := "source.txt"
		if plain {
			name = "source_plain.txt"
		}
		golden(t, name, b.String())
	}
}

// TestLines measures columns, and keeps the indentation of what it wraps.
func TestLines(t *testing.T) {
	russian := "Отпуск по уходу   за ребёнком: шестнадцать недель"
	chinese := strings.Repeat("假", 37) + "  "
	for _, c := range []struct{ in, want string }{
		{russian, "    " + russian + "\n"},
		{chinese + "。", "    " + strings.Repeat("假", 37) + "\n    。\n"},
		{strings.Repeat("假", 35) + "  。", "    " + strings.Repeat("假", 35) + "  。\n"},
		{"if x:\n\treturn " + strings.Repeat("word ", 15) + "end", "    if x:\n        return " + strings.Repeat("word ", 12) + "word\n        word word end\n"},
		{strings.Repeat(" ", 99) + "deep", strings.Repeat(" ", 40) + "deep\n"},
	} {
		var b strings.Builder
		terminal(t, &b).lines(&b, c.in)
		if diff := cmp.Diff(c.want, b.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// TestSourceTable has the quoted row of a table between marks, below its header.
func TestSourceTable(t *testing.T) {
	text := "| P-1 | 9 bar |\n| P-2 | [7 bar](https://example.com) |"
	p := rag.Passage{DocID: "a.md", Lead: "| Pump | Pressure |\n|---|---|", Text: text, Span: rag.Span{End: len(text)}}
	quote := text[strings.Index(text, "| P-2"):]
	c := rag.Citation{N: 1, DocID: "a.md", Line: 4, Quote: quote, Span: rag.Span{Start: len(text) - len(quote), End: len(text)}}
	var b strings.Builder
	if err := terminal(t, &b).Source(c, p); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(b.String(), "\n")
	if diff := cmp.Diff("    Pump   Pressure\n    P-1    9 bar\n    »P-2   7 bar«\nWhat was quoted stands between » and «.\n", got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMarkdown(t *testing.T) {
	a := answers()["answered"]
	a.Citations[0].Quote = "See ![x](http://example.com/x.png) <script> *now*"
	section := func(q string, a rag.Answer) string { return Markdown(fixed(t, "en").Words, q, a) }
	golden(t, "talk.md", section("How long?\n# and why", a)+section("Sabbatical?", answers()["not_found"])+
		section("Unpaid?", answers()["passages"])+section("Quote?", answers()["quoted"]))
}

func TestNumber(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -100: "-100", -1000: "-1,000"} {
		if got := Number(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// TestFlat has the rows of tables as words.
func TestFlat(t *testing.T) {
	for s, want := range map[string]string{
		"| Pump | Bar |\n|---|---|\n| P-1 | 9 |":                "Pump: P-1; Bar: 9",
		"| | |\n|---|---|\n| Floor | 55 |\n| Slack | nyc |":     "Floor: 55 Slack: nyc",
		"| | | |\n|---|---|---|\n| Floor | 55 | until 9 p.m. |": "Floor; 55; until 9 p.m.",
	} {
		if got := Flat(reading.Markdown(s, nil)); got != want {
			t.Errorf("%q is read as %q, want %q", s, got, want)
		}
	}
}
