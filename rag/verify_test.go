package rag

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func hitsOf(texts ...string) []Hit {
	var hits []Hit
	for i, t := range texts {
		hits = append(hits, Hit{Passage: Passage{
			ID: string(rune('a' + i)), DocID: "d.md", Title: "D", Text: t,
			Span: Span{100 * i, 100*i + len(t)}, Paragraph: i + 1, Line: 10 * (i + 1),
		}})
	}
	return hits
}

func TestCheck(t *testing.T) {
	hits := hitsOf(
		"Every parent takes 16 weeks of leave at full pay. Leave may begin up to four weeks before the due date.",
		"The office in Zürich closes at 18:00.",
		"15% of revenue goes to the fund, which is unknown to work.",
		"两国共同管理这个基金。",
	)
	for _, c := range []struct {
		name        string
		s           Sentence
		support     Support
		unsupported []string
	}{
		{"quote", Sentence{Text: " Every parent takes 16 weeks of leave at full pay.", Cites: []int{1}}, Quoted, nil},
		{"reworded", Sentence{Text: "Parents take 16 weeks of leave at full pay.", Cites: []int{1}}, Checked, nil},
		{"wrong number", Sentence{Text: "Parents take 18 weeks of leave at full pay.", Cites: []int{1}}, Unverified, []string{"18"}},
		{"wrong name", Sentence{Text: "The office in Basel closes at 18:00.", Cites: []int{2}}, Unverified, []string{"Basel"}},
		{"another passage bears it out", Sentence{Text: "Leave may begin weeks before the due date.", Cites: []int{2}}, Checked, nil},
		{"no passage", Sentence{Text: "Sabbaticals may follow years of service.", Cites: []int{2}}, Unverified, []string{"Sabbaticals", "years", "service"}},
		{"second citation bears it out", Sentence{Text: "Parents take 16 weeks of leave.", Cites: []int{2, 1}}, Checked, nil},
		{"cut out of a number", Sentence{Text: "5% of revenue goes to the fund.", Cites: []int{3}}, Unverified, []string{"5%"}},
		{"cut out of a word", Sentence{Text: "known to work.", Cites: []int{3}}, Unverified, []string{"known"}},
		{"Chinese reworded", Sentence{Text: "这个基金由两国共同管理。", Cites: []int{4}}, Checked, nil},
		{"Chinese of another fund", Sentence{Text: "公司提供自行车补贴。", Cites: []int{4}}, Unverified, []string{"公司", "司提", "提供", "供自", "自行", "行车", "车补", "补贴"}},
		{"no citation", Sentence{Text: "Parents take 18 weeks."}, Unverified, []string{"no source"}},
		{"citations out of range", Sentence{Text: "Parents take 18 weeks.", Cites: []int{-1, 0, 5, 1 << 40}}, Unverified, []string{"no source"}},
		{"fixed", Sentence{Text: "Not in the documents.", Cites: []int{1}, Fixed: true}, None, nil},
		{"no words", Sentence{Text: " — ", Cites: []int{1}}, None, nil},
		{"empty", Sentence{}, None, nil},
	} {
		v := verifier{hits: hits}
		got := v.number(v.check(c.s))
		if got.Support != c.support {
			t.Errorf("%s: support %s, want %s", c.name, got.Support, c.support)
		}
		if diff := cmp.Diff(c.unsupported, got.Unsupported); diff != "" {
			t.Errorf("%s: unsupported (-want +got):\n%s", c.name, diff)
		}
	}
}

// The number of an item is the model's own, unless sources number or it may be an
// ordinal.
func TestNumberedItems(t *testing.T) {
	for _, c := range []struct {
		source, item string
		want         Support
	}{
		{"The pump is oiled every 40 hours.", "2. The pump is oiled each 40 hours.", Checked},
		{"The pump is oiled every 40 hours.", "3) Pump: oiled every 40 hours", Checked},
		{"The pump is oiled every 40 hours.", "2. The pump is oiled each 50 hours.", Unverified},
		{"To start:\n4. Oil the pump of the boiler.", "3. Oil the pump of the old boiler.", Unverified},
		{"Am 25. Dezember ist die Kantine geschlossen.", "24. Dezember: da ist die Kantine geschlossen", Unverified},
	} {
		v := verifier{hits: []Hit{{Passage: Passage{Text: "The gate is green and the door is red."}}, {Passage: Passage{Text: c.source}}}}
		if got := v.check(Sentence{Text: c.item, Cites: []int{1}}); got.Support != c.want {
			t.Errorf("%q of %q is %v, not %v: %q", c.item, c.source, got.Support, c.want, got.Unsupported)
		}
	}
}

func TestOnlyWhatBearsOutIsCited(t *testing.T) {
	v := verifier{hits: hitsOf("Leave is 16 weeks.", "Pay is full.")}
	if got := v.number(v.check(Sentence{Text: "Leave is 16 weeks.", Cites: []int{2, 1}})); !slices.Equal(got.Citations, []int{1}) || v.citations()[0].Paragraph != 1 {
		t.Errorf("cites %v of %+v", got.Citations, v.citations())
	}
}

func TestQuoteGrowsAndLineFollows(t *testing.T) {
	hits := hitsOf("First line.\nSecond line.\nThird line.")
	v := verifier{hits: hits}
	for _, s := range []string{"Second line.", "Third line."} {
		v.number(v.check(Sentence{Text: s, Cites: []int{1}}))
	}
	cs := v.citations()
	if len(cs) != 1 || cs[0].Quote != "Second line.\nThird line." || cs[0].Line != 11 {
		t.Errorf("citations %+v", cs)
	}
	for text, want := range map[string]string{"Say why:\n- sick\n- jury": "- jury", "Say why:\n- jury": "Say why:\n- jury"} {
		v := verifier{hits: hitsOf(text)}
		for _, s := range []string{"Say why:", "- jury"} {
			v.number(v.check(Sentence{Text: s, Cites: []int{1}, Highlights: []Span{{0, len(s)}}}))
		}
		c := v.citations()[0]
		if c.Quote != want {
			t.Errorf("of %q %q is quoted, want %q", text, c.Quote, want)
		}
		for _, h := range c.Highlights {
			if h.Start < 0 || h.End > len(c.Quote) {
				t.Errorf("of %q %v is highlighted", c.Quote, h)
			}
		}
	}
}

// What a cited part of a list was cut off from is of that source, and no quote of it.
func TestLeadIsCited(t *testing.T) {
	hits := hitsOf("- jury leave", "Something else.")
	hits[0].Passage.Lead = "Say why:\n1. Out for\n   long:"
	for s, want := range map[string]bool{"Say why:": true, "1. Out for\n   long:": true, "for": false, "Out for": false, "Say": false} {
		v := verifier{hits: hits}
		got := v.number(v.check(Sentence{Text: s, Cites: []int{1}}))
		if (got.Support == None && slices.Equal(got.Citations, []int{1})) != want {
			t.Errorf("%q: %s, citing %v", s, got.Support, got.Citations)
		}
	}
	v := verifier{hits: hits}
	for _, s := range []string{"Say why:", "- jury leave"} {
		v.number(v.check(Sentence{Text: s, Cites: []int{1}}))
	}
	if cs := v.citations(); len(cs) != 1 || cs[0].Quote != "- jury leave" {
		t.Errorf("citations %+v", cs)
	}
}

// For any sentences an answerer emits, no citation points outside the hits and
// every quote is the bytes of its span.
func TestCitationsCannotBeForged(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("leave weeks 16 Zürich 黑豹队 full pay office — . \xff the a 18:00 due\ndate")
	random := func(n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteString(words[r.IntN(len(words))] + [...]string{" ", ". ", "\n", ""}[r.IntN(4)])
		}
		return b.String()
	}
	for range 2000 {
		var texts []string
		for range r.IntN(4) {
			texts = append(texts, random(30))
		}
		hits := hitsOf(texts...)
		d := &draft{v: verifier{hits: hits}, bar: bar{hits: hits}, strict: r.IntN(2) == 0, show: func(CitedSentence) {}}
		for range r.IntN(5) {
			s := Sentence{Text: random(12), Fixed: r.IntN(9) == 0}
			for range r.IntN(4) {
				s.Cites = append(s.Cites, []int{-1 << 62, -1, 0, 1, 2, 2, 3, 4, 1 << 62}[r.IntN(9)])
			}
			d.add(s)
		}
		a := Answer{Verdict: []Verdict{Answered, Partial, Passages, NotFound, Chat}[r.IntN(5)]}
		d.finish(&a)
		check(t, a, hits)
	}
}

func check(t *testing.T, a Answer, hits []Hit) {
	t.Helper()
	for i, c := range a.Citations {
		if c.N != i+1 {
			t.Fatalf("citation %d has number %d", i+1, c.N)
		}
		p := hits[c.Paragraph-1].Passage
		if c.Span.Start < p.Span.Start || c.Span.End > p.Span.End || c.Span.Start > c.Span.End {
			t.Fatalf("citation span %v outside its passage %v", c.Span, p.Span)
		}
		if got := p.Text[c.Span.Start-p.Span.Start : c.Span.End-p.Span.Start]; got != c.Quote {
			t.Fatalf("quote %q is not the span's %q", c.Quote, got)
		}
	}
	for _, s := range a.Sentences {
		for _, n := range s.Citations {
			if n < 1 || n > len(a.Citations) {
				t.Fatalf("sentence %q cites %d of %d", s.Text, n, len(a.Citations))
			}
		}
		if s.Support == Quoted && !isBlock(strings.TrimSpace(s.Text)) && !slices.ContainsFunc(s.Citations, func(n int) bool {
			return strings.Contains(a.Citations[n-1].Quote, strings.TrimSpace(s.Text))
		}) {
			t.Fatalf("sentence %q is quoted by none of its citations", s.Text)
		}
	}
}

func TestMarked(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    []int
		want string
	}{
		{"Leave is 16 weeks.", []int{1}, "Leave is 16 weeks [1]."},
		{"Is it?!", []int{1, 2}, "Is it [1][2]?!"},
		{"育儿假是十六周。", []int{1}, "育儿假是十六周 [1]。"},
		{"no stop", []int{3}, "no stop [3]"},
		{"He said “yes.”", []int{1}, "He said “yes.” [1]"},
		{"None.", nil, "None."},
	} {
		if got := Marked(CitedSentence{Text: c.s, Citations: c.n}); got != c.want {
			t.Errorf("Marked(%q) = %q, want %q", c.s, got, c.want)
		}
	}
}

// Highlights are bytes of what is quoted, below a table's header too; those of words
// that are a model's own are dropped.
func TestHighlights(t *testing.T) {
	text := "Ask early. Every parent takes 16 weeks. It is paid.\n\n| Pump | Bar |\n|---|---|\n| P-1 | 9 |\n| P-2 | 7 |"
	v := verifier{hits: hitsOf("Other.", text)}
	for _, s := range []Sentence{
		{Text: " Ask early. Every parent takes 16 weeks.", Cites: []int{2}, Highlights: []Span{{12, 40}, {30, 99}, {-1, 2}}},
		{Text: "\n\n| Pump | Bar |\n|---|---|\n| P-2 | 7 |", Cites: []int{2}, Highlights: []Span{{27, 38}}},
		{Text: "Parents take 16 weeks.", Cites: []int{2}, Highlights: []Span{{0, 7}}},
	} {
		said := v.number(v.check(s))
		if (said.Support == Quoted) != (len(said.Highlights) == 1) {
			t.Errorf("%q is %s with highlights %v", said.Text, said.Support, said.Highlights)
		}
	}
	c := v.citations()[0]
	var got []string
	for _, h := range c.Highlights {
		got = append(got, c.Quote[h.Start:h.End])
	}
	if diff := cmp.Diff([]string{"Every parent takes 16 weeks.", "| P-2 | 7 |"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
