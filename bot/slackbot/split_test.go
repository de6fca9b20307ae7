package slackbot

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"footnote/bot/show"
	"footnote/rag"
)

func TestSplit(t *testing.T) {
	word := strings.Repeat("x", 30)
	line := word + " " + word + "."
	for _, c := range []struct {
		name, s string
		want    []string
	}{
		{"short", "\nab\n", []string{"ab"}},
		{"paragraph", line + "\n\n" + line + "\n" + word, []string{line, line + "\n" + word}},
		{"line", line + "\n" + line, []string{line, line}},
		{"sentence", word + ". " + word + " " + word + " " + word, []string{word + ".", word + " " + word + " " + word}},
		{"word", word + " " + word + " " + word + " " + word, []string{word + " " + word + " " + word, word}},
		{"rune", strings.Repeat("x", 200), []string{strings.Repeat("x", 96), strings.Repeat("x", 96), strings.Repeat("x", 8)}},
		{"grapheme", "x" + strings.Repeat("👩‍👩‍👧", 13), []string{"x" + strings.Repeat("👩‍👩‍👧", 11), "👩‍👩‍👧👩‍👩‍👧"}},
		{"Chinese", strings.Repeat("休", 60) + "。" + strings.Repeat("假", 60), []string{strings.Repeat("休", 60) + "。", strings.Repeat("假", 60)}},
		{"escape", strings.Repeat("x", 95) + `\*\*` + "yyyy", []string{strings.Repeat("x", 95), `\*\*yyyy`}},
		{"entity", strings.Repeat("x", 94) + "&lt;!here&gt;", []string{strings.Repeat("x", 94), "&lt;!here&gt;"}},
		{"marks", strings.Repeat("x", 94) + "[1][2] yyy", []string{strings.Repeat("x", 94), "[1][2] yyy"}},
		{"link", strings.Repeat("x", 80) + "<https://a.example/b c|open it> x", []string{strings.Repeat("x", 80), "<https://a.example/b c|open it> x"}},
		{"code", strings.Repeat("x", 80) + "`https://a.example/b c`", []string{strings.Repeat("x", 80), "`https://a.example/b c`"}},
		{"quote", "> " + word + " " + word + " " + word + " " + word, []string{"> " + word + " " + word + " " + word, "> " + word}},
		{"fence", "```go\n" + word + "\n" + word + "\n  " + word + "\n```\nafter",
			[]string{"```go\n" + word + "\n" + word + "\n```", "```go\n  " + word + "\n```\nafter"}},
		{"one line of code", "```\n" + strings.Repeat("x", 150) + "\n```", []string{"```\n" + strings.Repeat("x", 92) + "\n```", "```\n" + strings.Repeat("x", 58) + "\n```"}},
		{"before a fence", line + "\n\n```\n" + word + "\n" + word + "\n```", []string{line, "```\n" + word + "\n" + word + "\n```"}},
		{"empty lines", "x" + strings.Repeat("\n", 150) + "y", []string{"x", "y"}},
		{"spaces", "x" + strings.Repeat(" ", 150) + "y", []string{"x", strings.Repeat(" ", 55) + "y"}},
	} {
		if diff := cmp.Diff(c.want, split(c.s, 100)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestLongAnswer has an answer continue, and its sources stand once, below.
func TestLongAnswer(t *testing.T) {
	for _, c := range []struct {
		length, citations, messages, blocks int // blocks of the last message
	}{
		{11_000, 1, 1, 3}, {11_000, 12, 2, 2}, {12_000, 1, 2, 3}, {12_000, 200, 2, maxSources + 2}, {40_000, 4, 4, 3},
	} {
		a := rag.Answer{Verdict: rag.Answered, Sentences: []rag.CitedSentence{say(strings.Repeat("One more word. ", c.length/15), rag.Checked, 1)}}
		for n := range c.citations {
			a.Citations = append(a.Citations, leave(n+1, "Parental", strings.Repeat("A long quote. ", 20)))
		}
		ms := channel(t).messages(a)
		last := ms[len(ms)-1]
		if len(ms) != c.messages || len(last.Blocks) != c.blocks {
			t.Errorf("%+v: %d messages, the last of %d blocks", c, len(ms), len(last.Blocks))
		}
		listed, more := 0, 0
		for i, m := range ms {
			checkMessage(t, i, m)
			for _, b := range m.Blocks {
				raw := string(indented(t, b))
				listed += strings.Count(raw, "|open>")
				if _, rest, ok := strings.Cut(raw, "\\nand "); ok {
					more, _ = strconv.Atoi(strings.Fields(rest)[0])
				}
			}
		}
		if listed+more != c.citations {
			t.Errorf("%+v: %d sources are listed and %d more named", c, listed, more)
		}
	}
}

// checkSplit has the parts be within limits, whole in themselves, and the text.
func checkSplit(t *testing.T, md string, limit int) {
	t.Helper()
	parts := split(md, limit)
	var joined strings.Builder
	before := ""
	for i, p := range parts {
		if n := size(p); n > limit {
			t.Fatalf("part %d of %q has %d characters", i, md, n)
		}
		if strings.Count(p, "```")%2 != 0 {
			t.Fatalf("part %d of %q has an open fence: %q", i, md, p)
		}
		if !utf8.ValidString(p) {
			t.Fatalf("part %d of %q is not UTF-8: %q", i, md, p)
		}
		joined.WriteString(p)
		if i > 0 && !strings.HasSuffix(before, closing) {
			end, start := before[strings.LastIndex(before, "\n")+1:], strings.TrimPrefix(p, "> ")
			checkWhole(t, md, end, start[:strings.IndexByte(start+"\n", '\n')])
		}
		before = p
	}
	bare := func(s string) string {
		for _, mark := range []string{"```go", "```"} {
			s = strings.ReplaceAll(s, mark, "")
		}
		return strings.NewReplacer(">", "", " ", "", "\n", "").Replace(s)
	}
	if got, want := bare(joined.String()), bare(md); got != want {
		t.Fatalf("the parts of %q are %q", want, got)
	}
}

// checkWhole has no cut between two lines be where nothing may be cut.
func checkWhole(t *testing.T, md, end, start string) {
	t.Helper()
	for _, n := range []int{len(end) - 1, len(end) - 2, len(end) - 3, len(end) - 4} {
		if n >= 0 && end[n] == '&' && len(indivisible.FindString((end + start)[n:])) > len(end)-n {
			t.Fatalf("%q is cut in an entity: %q %q", md, end, start)
		}
	}
	last := end[max(0, len(end)-200):]
	for !utf8.ValidString(last) {
		last = last[1:]
	}
	g := graphemes.FromString(last + start)
	for g.Next() {
		if g.Start() < len(last) && g.End() > len(last) && g.End()-g.Start() < 40 {
			t.Fatalf("%q is cut in %q", md, g.Value())
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range tricky {
		f.Add(s, strings.Repeat(s+" ", 20), 100)
	}
	f.Fuzz(func(t *testing.T, s, code string, limit int) {
		limit = 100 + max(limit, -limit)%400
		md := escapeMarkdown(s) + "\n\n" + segment{kept: true, info: "go", lines: []string{show.Clean(code)}}.fenced() + "\n[1]\n\n> " + strings.ReplaceAll(escapeMarkdown(code), "\n", "\n> ")
		checkSplit(t, md, limit)
		if got := short(md, limit); size(got) > limit || strings.Count(got, "```")%2 != 0 {
			t.Fatalf("short(%q) = %q", md, got)
		}
	})
}

// A gambler makes answers of everything that is hard to show.
type gambler struct{ *rand.Rand }

func (g gambler) text(limit int) string {
	pieces := append([]string{"word ", "Sentence. ", "\n", "\n\n", "休假。", "👩‍👩‍👧‍👦", "é", "`", "<!here>", "<@U1>", "&", strings.Repeat("x", 400)}, tricky...)
	var b strings.Builder
	for n := g.IntN(limit); b.Len() < n; {
		b.WriteString(pieces[g.IntN(len(pieces))])
	}
	return b.String()
}

func (g gambler) sentence(limit int) rag.CitedSentence {
	s := rag.CitedSentence{Text: g.text(limit), Support: []rag.Support{rag.Quoted, rag.Checked, rag.Unverified, rag.None}[g.IntN(4)]}
	switch g.IntN(4) {
	case 0:
		s.Text = "```go\n" + s.Text + "\n```"
	case 1:
		s.Text = "| a | b |\n|---|---|\n" + strings.Repeat("| "+strings.ReplaceAll(g.text(30), "\n", " ")+" | b |\n", 1+g.IntN(300))
	}
	if s.Support != rag.None {
		s.Citations = []int{1 + g.IntN(9), 1 + g.IntN(9)}
	}
	if s.Support == rag.Unverified {
		s.Unsupported = []string{g.text(100)}
	}
	return s
}

func (g gambler) answer() rag.Answer {
	limit := []int{200, 2_000, 20_000}[g.IntN(3)]
	a := rag.Answer{ID: "00c0ffee00c0ffee", AsOf: noon(), Model: []string{"some-model", "extractive"}[g.IntN(2)],
		Verdict:  []rag.Verdict{rag.Answered, rag.Partial, rag.Passages, rag.Clarify, rag.Chat, rag.NotFound}[g.IntN(6)],
		Degraded: []string{"", "", string(rag.CutOff), rag.Cancelled, "words " + g.text(300)}[g.IntN(5)],
		Nearest:  []string{g.text(100) + " (" + g.text(50) + ")"}, Missing: []string{g.text(100), g.text(limit)}}
	for range g.IntN(12) {
		a.Sentences = append(a.Sentences, g.sentence(limit))
	}
	for n := range g.IntN(40) {
		a.Citations = append(a.Citations, rag.Citation{N: n + 1, DocID: g.text(100), Title: g.text(500), Heading: g.text(200), Date: g.text(20), Page: g.IntN(2),
			Quote: g.text(limit), URL: []string{"", "https://a.example/" + strings.Repeat("&", g.IntN(900)), g.text(100)}[g.IntN(3)]})
	}
	return a
}

// TestLimits has every message of any answer be one that Slack takes, and say what
// the answer says.
func TestLimits(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 15
	}
	longest := 0
	for seed := range n {
		g := gambler{rand.New(rand.NewPCG(uint64(seed), 1))}
		v, a := channel(t), g.answer()
		v.Limited = g.IntN(2) == 0
		ms := v.messages(a, helpful, unhelpful, share)
		ms[0].Blocks = append([]slack.Block{v.question(g.text(2000))}, ms[0].Blocks...)
		var prose strings.Builder
		for i, m := range append(ms, v.tail(a, helpful), notice(g.text(5000))) {
			checkMessage(t, seed, m)
			longest = max(longest, weight(m.Blocks))
			for _, b := range m.Blocks {
				if md, ok := b.(*slack.MarkdownBlock); ok && i < len(ms) && !(i == 0 && strings.HasPrefix(md.Text, "> ") && b == m.Blocks[0]) {
					prose.WriteString(plainText(md.Text) + "\n")
				}
			}
		}
		var want string
		for _, p := range v.parts(a) {
			want += plainText(p.markdown) + "\n"
		}
		if !strings.Contains(strings.ReplaceAll(squeezed(prose.String()), ">", ""), strings.ReplaceAll(squeezed(want), ">", "")) {
			t.Fatalf("seed %d: the answer is not in its messages", seed)
		}
		if s := v.plain(a); size(s) > maxPlain || strings.Count(s, "```")%2 != 0 {
			t.Fatalf("seed %d: plain has %d characters", seed, size(s))
		} else {
			checkTokens(t, seed, s)
		}
	}
	t.Logf("the heaviest message has %d characters", longest)
}

func checkMessage(t *testing.T, seed int, m message) {
	t.Helper()
	if size(m.Text) > 3_000 || m.Text == "" && len(m.Blocks) == 0 {
		t.Fatalf("seed %d: the text has %d characters", seed, size(m.Text))
	}
	checkTokens(t, seed, m.Text)
	markdown := 0
	for _, b := range m.Blocks {
		switch b := b.(type) {
		case *slack.MarkdownBlock:
			markdown += size(b.Text)
			if b.Text == "" || size(b.Text) > 11_500 || strings.Count(b.Text, "```")%2 != 0 || strings.ContainsAny(strings.ReplaceAll("\n"+b.Text, "\n> ", "\n"), "<>") {
				t.Fatalf("seed %d: a markdown block of %d characters: %q", seed, size(b.Text), b.Text)
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				text := e.(*slack.TextBlockObject).Text
				if text == "" || size(text) > 3_000 || len(b.ContextElements.Elements) > 10 {
					t.Fatalf("seed %d: a context of %d characters", seed, size(text))
				}
				checkTokens(t, seed, text)
			}
		case *slack.SectionBlock:
			if b.Text.Text == "" || size(b.Text.Text) > 3_000 {
				t.Fatalf("seed %d: a section of %d characters", seed, size(b.Text.Text))
			}
			checkTokens(t, seed, b.Text.Text)
		}
	}
	if weight(m.Blocks) > 13_000 || markdown > 12_000 || len(m.Blocks) > 50 {
		t.Fatalf("seed %d: %d blocks of %d characters, %d of them Markdown", seed, len(m.Blocks), weight(m.Blocks), markdown)
	}
}

// checkTokens has mrkdwn hold no token but links of our own.
func checkTokens(t *testing.T, seed int, s string) {
	t.Helper()
	for _, part := range strings.Split(s, "<")[1:] {
		link, _, ok := strings.Cut(part, ">")
		if !ok || !strings.HasPrefix(link, "https://") && !strings.HasPrefix(link, "mailto:") || !strings.HasSuffix(link, "|open") || strings.Count(link, "|") != 1 {
			t.Fatalf("seed %d: %q in %q", seed, link, s)
		}
	}
}
