package rag

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRules has one sentence of our own for each rule, and beside it one that
// must not be marked. Each cites the first source.
func TestRules(t *testing.T) {
	const (
		office  = "The office in Zürich opened on 28 February 2026 with 1,200 desks and cost $1.5 million. It closes at 18:00."
		leave   = "Parents get 16 weeks of leave at 80% pay. Interns do not get any leave. Notice is not required for short absences."
		battle  = "Athens defeated Corinth near Megara in the spring. Corinth had asked Sparta for help."
		german  = "Das Büro in Zürich wurde am 28. Februar 2026 mit 1.200 Plätzen eröffnet. Es hat nicht am Sonntag geöffnet."
		chinese = "办公室在二〇二六年开放，共有1200个座位，不在星期天开放。"
		ports   = "The server listens on port 8080 by default, and the admin page on port 9090."
	)
	for _, c := range []struct {
		rule, source, s string
		support         Support
		unsupported     []string
	}{
		{"thousands separator", office, "The Zürich office opened with 1200 desks.", Checked, nil},
		{"thousands separator", office, "The Zürich office opened with 1,300 desks.", Unverified, []string{"1,300"}},
		{"scale", office, "The office in Zürich cost 1,500,000 dollars.", Checked, nil},
		{"scale", office, "The office in Zürich cost $1.5 billion.", Unverified, []string{"$1.5 billion"}},
		{"unit", office, "The office in Zürich cost €1.5 million.", Unverified, []string{"€1.5 million"}},
		{"date", office, "The Zürich office opened on February 28.", Checked, nil},
		{"date", office, "The Zürich office opened on 2026-02-28.", Checked, nil},
		{"date", office, "The Zürich office opened on 27 February 2026.", Unverified, []string{"27 February 2026"}},
		{"date", office, "The Zürich office opened in March 2026.", Unverified, []string{"March 2026"}},
		{"date", office, "The Zürich office opened in 2026.", Checked, nil},
		{"name", office, "The Basel office opened with 1,200 desks.", Unverified, []string{"Basel"}},
		{"name at the start", office, "Basel opened an office with 1,200 desks.", Unverified, []string{"Basel"}},
		{"number word", leave, "Parents get sixteen weeks of leave.", Checked, nil},
		{"number word", leave, "Parents get eighteen weeks of leave.", Unverified, []string{"eighteen"}},
		{"percent", leave, "Leave for parents is at 80 per cent pay.", Checked, nil},
		{"percent", leave, "Parents get 80 weeks of leave at 16% pay.", Unverified, []string{"80", "16%"}},
		{"not put in", leave, "Parents do not get leave at 80% pay.", Unverified, []string{"not"}},
		{"not put in", leave, "Parents never get leave at 80% pay.", Unverified, []string{"never"}},
		{"not left out", leave, "Interns get leave.", Unverified, []string{"get without “not”"}},
		{"not left out", leave, "Notice is required for short absences.", Unverified, []string{"required without “not”"}},
		{"not kept", leave, "Interns don't get any leave.", Checked, nil},
		{"not kept", leave, "For short absences notice is not required.", Checked, nil},
		{"role", battle, "Corinth defeated Athens near Megara in the spring.", Unverified, []string{"Athens"}},
		{"passive", battle, "Corinth was defeated by Athens near Megara.", Checked, nil},
		{"passive", battle, "Athens was defeated by Corinth near Megara.", Unverified, []string{"Athens was defeated by Corinth"}},
		{"order", battle, "In the spring, Athens defeated Corinth near Megara.", Checked, nil},
		{"words", battle, "The harbour tax paid for new ships.", Unverified, []string{"harbour", "tax", "paid", "new", "ships"}},
		{"another place", ports, "The admin page listens on port 8080 by default.", Checked, nil}, // not seen: both ports are "on port"
		{"exchanged", ports, "The server listens on port 9090 by default, and the admin page on port 8080.", Unverified, []string{"9090"}},
		{"German", german, "Das Büro wurde in Zürich am 28.02.2026 eröffnet.", Checked, nil},
		{"German number", german, "Das Büro in Zürich wurde mit 1.300 Plätzen eröffnet.", Unverified, []string{"1.300"}},
		{"German number", german, "Das Büro in Zürich wurde mit 1200 Plätzen eröffnet.", Checked, nil},
		{"German name", german, "Das Büro in Basel wurde eröffnet.", Unverified, []string{"Basel"}},
		{"German not", german, "Es hat am Sonntag geöffnet.", Unverified, []string{"Sonntag without “nicht”"}},
		{"Chinese number", chinese, "办公室共有1300个座位。", Unverified, []string{"1300"}},
		{"Chinese", chinese, "办公室共有1200个座位。", Checked, nil},
		{"another language", german, "The new place has 1,200 seats and opened on February 28.", Checked, nil},
		{"another language", german, "The new place has 1,300 seats and opened on February 28.", Unverified, []string{"1,300"}},
		{"another language, nothing to compare", german, "It is a rather nice place to sit and work.", Unverified, []string{"rather", "nice", "place"}},
	} {
		v := verifier{hits: hitsOf(c.source)}
		got := v.number(v.check(Sentence{Text: c.s, Cites: []int{1}}))
		if got.Support != c.support {
			t.Errorf("%s: %q is %s %q, want %s", c.rule, c.s, got.Support, got.Unsupported, c.support)
		} else if diff := cmp.Diff(c.unsupported, got.Unsupported); diff != "" {
			t.Errorf("%s: %q: unsupported (-want +got):\n%s", c.rule, c.s, diff)
		}
	}
}

// TestCited tests which sources a sentence ends up citing.
func TestCited(t *testing.T) {
	hits := hitsOf("The harbour was built in 1850 by Anna Meyer.", "The harbour handles 300 ships a year.", "Bread is baked at dawn in the old town.")
	hits[2].Passage.Title, hits[2].Passage.Date = "Kornhaus bakery", "2025-11-02"
	for _, c := range []struct {
		name    string
		s       string
		cites   []int
		support Support
		want    []int // paragraphs
	}{
		{"parts from both", "Built in 1850 by Anna Meyer, the harbour handles 300 ships a year.", []int{1, 2}, Checked, []int{1, 2}},
		{"one adds nothing", "The harbour was built by Anna Meyer in 1850.", []int{3, 1}, Checked, []int{1}},
		{"quoted elsewhere", "The harbour handles 300 ships a year.", []int{1}, Quoted, []int{2}},
		{"borne out elsewhere", "300 ships a year are handled by the harbour.", []int{3}, Checked, []int{2}},
		{"cites none", "Anna Meyer built the harbour in 1850.", nil, Checked, []int{1}},
		{"nowhere", "Anna Meyer built the harbour in 1851.", []int{1}, Unverified, []int{1}},
		{"cites none and stands nowhere", "Nobody likes herring.", nil, Unverified, nil},
		{"title and date", "On 2 November 2025 the Kornhaus bakery baked bread at dawn in the old town.", []int{3}, Checked, []int{3}},
	} {
		v := verifier{hits: hits}
		got := v.number(v.check(Sentence{Text: c.s, Cites: c.cites}))
		var paragraphs []int
		for _, n := range got.Citations {
			paragraphs = append(paragraphs, v.citations()[n-1].Paragraph)
		}
		if got.Support != c.support || cmp.Diff(c.want, paragraphs) != "" {
			t.Errorf("%s: %s %q citing %v, want %s citing %v", c.name, got.Support, got.Unsupported, paragraphs, c.support, c.want)
		}
	}
}

func TestLeadIn(t *testing.T) {
	hits := hitsOf("Parental leave is 16 weeks. Dogs are not forbidden in the office.")
	for s, want := range map[string]Support{
		"Here is what the documents say:": None,
		"In short:":                       None,
		"Yes.":                            None,
		"The documents say the following about parental leave:": None,
		"## Parental leave": None,
		"## Dogs forbidden": Unverified,
		"## 17 weeks":       Unverified,
		"The documents say that leave is 17 weeks:":                            Unverified,
		"The documents say the following about the merger of Acme and Globex:": Unverified,
		"The documents say nothing about parental leave:":                      Unverified,
		"Dogs are forbidden:": Unverified,
	} {
		v := verifier{hits: hits}
		if got := v.check(Sentence{Text: s}); got.Support != want {
			t.Errorf("%q is %s %q, want %s", s, got.Support, got.Unsupported, want)
		}
	}
}

func TestBlocks(t *testing.T) {
	hits := hitsOf("Run it:\n\nfootnote index\nfootnote ask \"x\"\n", "Basic costs 5 euros and has 10 seats. Team costs 20 euros and has 50 seats.")
	for _, c := range []struct {
		name    string
		s       string
		cite    int
		support Support
		lost    []string
	}{
		{"code", "```\nfootnote index\nfootnote ask \"x\"\n```", 1, Quoted, nil},
		{"another line of code", "```\nfootnote index\nfootnote drop\n```", 1, Unverified, []string{"footnote drop"}},
		{"table", "| Plan | Price | Seats |\n|---|---|---|\n| Basic | 5 euros | 10 |\n| Team | 20 euros | 50 |", 2, Checked, nil},
		{"wrong cell", "| Plan | Price | Seats |\n|---|---|---|\n| Basic | 5 euros | 10 |\n| Team | 25 euros | 50 |", 2, Unverified, []string{"25 euros"}},
	} {
		v := verifier{hits: hits}
		got := v.check(Sentence{Text: c.s, Cites: []int{c.cite}})
		if diff := cmp.Diff(c.lost, got.Unsupported); got.Support != c.support || diff != "" {
			t.Errorf("%s: %s, want %s; unsupported (-want +got):\n%s", c.name, got.Support, c.support, diff)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("Leave is 16 weeks.", "Every parent takes 16 weeks of leave.", "Zürich")
	f.Add("| a | 5% |\n|--|--|\n| b | 6 |", "b is 6", "| a |")
	f.Add("```\nx\n```", "x\ny", "not")
	f.Add("育儿假不是十六周。", "育儿假是十六周。", "1.200")
	f.Add("A was defeated by B.", "B defeated A.", "\xff\xfe")
	f.Add("## X:", "on 28 February", "2026-02-28")
	f.Fuzz(func(t *testing.T, s, source, other string) {
		hits := hitsOf(source, other)
		v := verifier{hits: hits}
		got := v.number(v.check(Sentence{Text: s, Cites: []int{1, 2, 3}}))
		check(t, Answer{Sentences: []CitedSentence{got}, Citations: v.citations()}, hits)
		for _, u := range got.Unsupported {
			if u == "" {
				t.Fatalf("an empty word is unsupported in %q", s)
			}
		}
		if (got.Support == Unverified) != (len(got.Unsupported) > 0) {
			t.Fatalf("%s with %q unsupported", got.Support, got.Unsupported)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	var texts []string
	for range 150 {
		texts = append(texts, "Every parent takes 16 weeks of leave at full pay, from 1 March 2026 on. Leave may begin up to four weeks before the due date. The office in Zürich closes at 18:00, and nobody is asked to stay. Interns do not get any leave before they have worked for 12 months.")
	}
	hits := hitsOf(texts...)
	v := verifier{hits: hits}
	for b.Loop() {
		v.check(Sentence{Text: "Interns get leave once they have worked for 12 months, and parents take 16 weeks.", Cites: []int{3, 7}})
	}
}
