package answer

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
	"footnote/rag/text"
)

// passages is an Index over a few texts, enough to weigh words: the document of
// a text is named in front of it, "hr/leave.md: Leave is 16 weeks."
type passages []rag.Passage

func index(texts ...string) passages {
	var ps passages
	for i, t := range texts {
		doc, body, _ := strings.Cut(t, ": ")
		ps = append(ps, rag.Passage{ID: t, DocID: doc, Title: strings.TrimSuffix(doc, ".md"), Text: body, Paragraph: i + 1, Span: rag.Span{End: len(body)}})
	}
	return ps
}

func (ps passages) Replace(context.Context, rag.FileState, []rag.Passage, []rag.Vectors) error {
	return nil
}

func (ps passages) Files(context.Context) (map[string]rag.FileState, error) {
	files := map[string]rag.FileState{}
	for _, p := range ps {
		files[p.DocID] = rag.FileState{ID: p.DocID, Title: p.Title}
	}
	return files, nil
}

func holds(p rag.Passage, word string) bool {
	lang := text.Language(p.Text)
	have := text.Terms(p.Text+" "+p.Title, lang)
	terms := text.Terms(word, lang)
	return len(terms) > 0 && !slices.ContainsFunc(terms, func(t string) bool { return !slices.Contains(have, t) })
}

func (ps passages) DropFormer(context.Context) error { return nil }

func (ps passages) Passages(_ context.Context, docID string) ([]rag.Passage, error) {
	var of []rag.Passage
	for _, p := range ps {
		if p.DocID == docID {
			of = append(of, p)
		}
	}
	return of, nil
}

func (ps passages) Coverage(context.Context) (map[string]rag.Coverage, error) { return nil, nil }

func (ps passages) Search(_ context.Context, q rag.Query, n int, scope rag.Scope) ([]rag.Hit, error) {
	var hits []rag.Hit
	for _, p := range ps {
		if scope.Holds(p.DocID) && holds(p, q.Text) {
			hits = append(hits, rag.Hit{Passage: p, Lexical: 1})
		}
	}
	return hits[:min(n, len(hits))], nil
}

func (ps passages) DF(_ context.Context, words []string) ([]int, int, error) {
	df := make([]int, len(words))
	for i, w := range words {
		for _, p := range ps {
			if holds(p, w) {
				df[i]++
			}
		}
	}
	return df, len(ps), nil
}

// hits are the passages in scope in order, with the scores of a search.
func (ps passages) hits(score, dense float64, scope rag.Scope) []rag.Hit {
	var hits []rag.Hit
	for i, p := range ps {
		if scope.Holds(p.DocID) {
			hits = append(hits, rag.Hit{Passage: p, Score: score - float64(i)/10, Dense: dense - float64(i)/10, Lexical: score})
		}
	}
	return hits
}

var all = rag.Scope{All: true}

var leave = index(
	"hr/leave.md: Every parent takes 16 weeks of leave at full pay. Anna Berg approves it. She needs two days.",
	"hr/benefits.md: The company pays for a bicycle. It costs at most 900 euros.",
	"hr-private/pay.md: The sabbatical is paid at 60 percent.",
)

// told returns what is said and the outcome.
func told(t *testing.T, ix passages, q rag.Question, hits []rag.Hit) (string, rag.Outcome) {
	t.Helper()
	var b strings.Builder
	out, err := NewExtractive(ix).Answer(t.Context(), q, hits, func(s rag.Sentence) {
		if !s.Fixed {
			if len(s.Cites) != 1 || !strings.Contains(hits[s.Cites[0]-1].Passage.Text, strings.TrimSpace(s.Text)) {
				t.Errorf("%q is not a quote of hit %v", s.Text, s.Cites)
			}
		}
		b.WriteString(s.Text)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), out
}

func TestAnswer(t *testing.T) {
	hr := rag.Scope{Folders: []string{"hr"}}
	for _, c := range []struct {
		name         string
		q            rag.Question
		score, dense float64
		verdict      rag.Verdict
		says         string
		missing      []string
	}{
		{"answered", rag.Question{Text: "How many weeks of leave does a parent take?", Scope: all}, .8, .8, rag.Answered,
			"Every parent takes 16 weeks of leave at full pay. Anna Berg approves it. She needs two days.", nil},
		{"she is named", rag.Question{Text: "Who needs two days?", Scope: all}, .8, .8, rag.Answered, "Every parent takes 16 weeks of leave at full pay. Anna Berg approves it. She needs two days.", nil},
		{"unsure", rag.Question{Text: "How long are weeks of leave for Bernese dogs?", Scope: all}, .45, .5, rag.Passages,
			`The nearest places; none answers this for sure. None mentions "Bernese" or "dogs".`, []string{"Bernese", "dogs"}},
		{"not found", rag.Question{Text: "Who won the Eurovision contest?", Scope: all}, .1, .1, rag.NotFound,
			`Not in the documents. None mentions "won", "Eurovision" or "contest".`, []string{"won", "Eurovision", "contest"}},
		{"not in scope", rag.Question{Text: "How is the sabbatical?", Scope: hr}, .1, .1, rag.NotFound,
			`Not in the documents. None mentions "sabbatical".`, []string{"sabbatical"}},
		{"in scope", rag.Question{Text: "What is the sabbatical zzz?", Scope: all}, .1, .1, rag.NotFound, `Not in the documents. None mentions "zzz".`, []string{"zzz"}},
		{"no content words", rag.Question{Text: "what is it?", Scope: all}, .1, .1, rag.NotFound, "Not in the documents.", nil},
		{"another language", rag.Question{Text: "Wie viele Wochen dauert die Elternzeit?", Scope: all}, .2, .3, rag.Clarify,
			"Die Dokumente sind auf Englisch, die Frage ist auf Deutsch. Bitte fragen Sie auf Englisch.", nil},
		{"thanks", rag.Question{Text: "Thank you!", Scope: all}, .1, .1, rag.Chat, "You are welcome.", nil},
		{"hello", rag.Question{Text: "hallo", Scope: all}, .1, .1, rag.Chat, "Hallo. Fragen Sie etwas zu den Dokumenten; ich antworte mit Zitaten daraus.", nil},
		{"list", rag.Question{Text: "List the documents.", Scope: all}, .1, .1, rag.Chat, "3 documents: hr-private/pay, hr/benefits, hr/leave.", nil},
		{"list in scope", rag.Question{Text: "列出文档", Scope: hr}, .1, .1, rag.Chat, "共2份文档：hr/benefits、hr/leave。", nil},
		{"nothing in scope", rag.Question{Text: "What is this about?"}, .1, .1, rag.Chat, "There are no documents to answer from.", nil},
	} {
		says, out := told(t, leave, c.q, leave.hits(c.score, c.dense, c.q.Scope))
		if out.Verdict != c.verdict {
			t.Errorf("%s: verdict %s, want %s (%q)", c.name, out.Verdict, c.verdict, says)
		}
		if !strings.HasPrefix(says, c.says) {
			t.Errorf("%s: says %q, want %q", c.name, says, c.says)
		}
		if diff := cmp.Diff(c.missing, out.Missing); diff != "" {
			t.Errorf("%s: missing (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestFollowUpKnowsTheSubject(t *testing.T) {
	q := rag.Question{Text: "And who approves it?", Scope: all, History: []rag.Turn{{Question: "How long is parental leave?"}}}
	says, out := told(t, leave, q, leave.hits(.6, .6, all))
	if out.Verdict != rag.Passages || !strings.Contains(says, "Anna Berg") { // one word of its own tells too little
		t.Errorf("%s: %q", out.Verdict, says)
	}
	// A question without a word of its own leans on the one before.
	q.Text = "What about it?"
	if _, out = told(t, leave, q, leave.hits(.6, .6, all)); out.Verdict == rag.NotFound {
		t.Error("a bare follow-up is not found")
	}
}

func TestNoHits(t *testing.T) {
	if _, out := told(t, leave, rag.Question{Text: "What is leave?", Scope: all}, nil); out.Verdict != rag.NotFound {
		t.Errorf("verdict %s without hits", out.Verdict)
	}
}

func TestKindOf(t *testing.T) {
	for q, want := range map[string]kind{
		"How many weeks is it?":                amount,
		"Since when, and how much?":            amount,
		"In what year did it start?":           moment,
		"When?":                                moment,
		"Where is the office?":                 place,
		"Who offers troops?":                   person,
		"For whom is it?":                      person,
		"Why not?":                             anything,
		"有几名员工？":                               amount,
		"What is paid?":                        anything,
		"Wie viele Wochen?":                    amount,
		"Wann beginnt es?":                     moment,
		"Wo liegt das?":                        place,
		"Combien de semaines ?":                amount,
		"Qui a signé ?":                        person,
		"¿Quién firmó?":                        person,
		"¿Cuándo empezó?":                      moment,
		"Сколько недель?":                      amount,
		"Когда это было?":                      moment,
		"他什么时候出生？":                             moment,
		"有多少周？":                                amount,
		"谁签署了协议？":                              person,
		"Whole numbers and wherefores, please": anything,
	} {
		if got := kindOf(q); got != want {
			t.Errorf("kindOf(%q) = %d, want %d", q, got, want)
		}
	}
}

func TestUnits(t *testing.T) {
	block := func(s string, kind rag.BlockKind) []unit {
		span := rag.Span{Start: 7, End: 7 + len(s)}
		return units(rag.Passage{Text: s, Span: span, Blocks: []rag.Block{{Span: span, Kind: kind}}})
	}
	for _, c := range []struct {
		text string
		kind rag.BlockKind
		want int
	}{
		{"| a | b |\n|---|---|\n| 1. x | 2. y |", rag.Table, 1},
		{"a | b\n:--|--:\n1 | 2\n3 | 4\n", rag.Table, 2},
		{"| a | b |\n|---|---|\n" + strings.Repeat("| one two | three four |\n", 40), rag.Table, 40},
		{"```go\nfmt.Println(\"a. B\")\n```", rag.Code, 1},
		{"To begin:\n\n1. Unpack the box. Keep it.\n   It is needed.\n   - the lid\n2. Plug it in", rag.List, 4},
	} {
		if got := block(c.text, c.kind); len(got) != c.want {
			t.Errorf("%q is cut into %d, want %d", c.text, len(got), c.want)
		}
	}
}

// TestAbove holds what is shown above an item: all of what leads in to it, and the items
// that it is inside of, however they are broken into lines.
func TestAbove(t *testing.T) {
	long := strings.Repeat("many words ", 20)
	for _, c := range []struct {
		name, text, lead string
		want             []string // above the last item
	}{
		{"broken lead-in", "Staff may use\nthese:\n\n- a\n- b", "", []string{"Staff may use\nthese:"}},
		{"long lead-in", "This has " + long + "in it. Staff may use:\n- a", "", []string{"Staff may use:"}},
		{"no lead-in", "Staff may not.\n- a", "", nil},
		{"broken parent", "- #18: out for\n  three weeks:\n  - sick\n  - jury", "", []string{"- #18: out for\n  three weeks:\n"}},
		{"parent's first paragraph", "1. Plug in\n\n   Mind the cable.\n   - blue", "", []string{"1. Plug in\n"}},
		{"cut off", "   - jury", "Say why:\n1. Out for\n   long:\n   - sick", []string{"Say why:", "1. Out for\n   long:\n"}},
		{"entries", "Phones:\nAnn: 12\nBob: 13", "", []string{"Phones:"}},
	} {
		p := rag.Passage{Text: c.text, Lead: c.lead, Span: rag.Span{End: len(c.text)}}
		p.Blocks = []rag.Block{{Span: p.Span, Kind: rag.List}}
		us := units(p)
		if diff := cmp.Diff(c.want, us[len(us)-1].above); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestPlace holds where a place of a long section begins and ends.
func TestPlace(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 30))
	head := "| Field | What |\r\n|---|---|\r\n"
	for _, c := range []struct {
		name, text string
		kind       rag.BlockKind
		best       int
		want       [2]int
	}{
		{"a lead-in has no list", "- a " + long + "\n- to get it:\n- b " + long + long, rag.List, 0, [2]int{0, 1}},
		{"a lead-in has its list", "- to get it:\n- b " + long + long, rag.List, 0, [2]int{0, 2}},
		{"rows of what no row names", head + "| title | one two |\r\n| side | " + long + " |\r\n| end | " + long + " |", rag.Table, 0, [2]int{0, 2}},
	} {
		p := rag.Passage{Text: c.text, Heading: "H", Span: rag.Span{End: len(c.text)}}
		p.Blocks = []rag.Block{{Span: p.Span, Kind: c.kind}}
		q, err := read(t.Context(), index(c.text), rag.Question{Text: "anything about colours?"})
		if err != nil {
			t.Fatal(err)
		}
		if from, to, _ := q.place(p, units(p), c.best, 50); [2]int{from, to} != c.want {
			t.Errorf("%s: %d to %d, want %v", c.name, from, to, c.want)
		}
	}
}

// TestBright holds that a row without any word of the question is not said to fit best.
func TestBright(t *testing.T) {
	s := "| Field | What |\n|---|---|\n| title | names the page |\n| side | adds a bar |"
	p := rag.Passage{Text: s, Span: rag.Span{End: len(s)}}
	p.Blocks = []rag.Block{{Span: p.Span, Kind: rag.Table}}
	for asked, want := range map[string]bool{"What does title do?": true, "Which fields are there?": false} {
		q, err := read(t.Context(), index(s), rag.Question{Text: asked})
		if err != nil {
			t.Fatal(err)
		}
		us := units(p)
		bright := false
		say(p, q.bright(candidate{start: us[0].start, end: us[0].end}, p, us), us, 0, 2, true, func(s rag.Sentence) {
			for _, h := range s.Highlights {
				bright = bright || h.Start < h.End
			}
		})
		if bright != want {
			t.Errorf("%q: highlighted %t", asked, bright)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("Who approves leave?", "hr/leave.md: Anna Berg. She approves it.", "Where?", .8)
	f.Add("黑豹队的防守丢了多少分？", "a: 黑豹队的防守只丢了 308分。", "", .2)
	f.Add("", "\xff: \xfe. x", "\x00", 0.)
	f.Fuzz(func(t *testing.T, asked, passage, before string, score float64) {
		ix := index(passage, "b.md: Something else. This is it.")
		q := rag.Question{Text: asked, Scope: all, History: []rag.Turn{{Question: before}}}
		hits := ix.hits(score, score, all)
		claims := 0
		out, err := NewExtractive(ix).Answer(t.Context(), q, hits, func(s rag.Sentence) {
			if s.Fixed {
				return
			}
			claims++
			if len(s.Cites) != 1 || !strings.Contains(hits[s.Cites[0]-1].Passage.Text, strings.TrimSpace(s.Text)) {
				t.Fatalf("%q is not a quote", s.Text)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if (claims > 0) != (out.Verdict == rag.Answered || out.Verdict == rag.Passages) {
			t.Fatalf("verdict %s with %d quotes", out.Verdict, claims)
		}
	})
}

// FuzzPlace has every kind of block shown letter for letter, below what it was cut off from.
func FuzzPlace(f *testing.F) {
	f.Add("What is E09?", "- E09: open\n  - E10: shut\nmore", "Codes:\n1. Lid\n", uint8(1))
	f.Add("bar of P-2", "| P-1 | 9 |\n| P-2 | 7 |", "| Pump | Bar |\n|---|---|", uint8(2))
	f.Add("bar of P-2", "| a |\n|-|\n\n|-|\n| P-2 |", "|", uint8(2))
	f.Add("port", "```\nport = 1\nb: 2\nc: 3\nd: 4\ne: 5\nf: 6\ng: 7\nh: 8\n```", "", uint8(3))
	f.Add("E09", "E09: open\n\nE10: shut\n\nE11: a\n\nE12: b", "x", uint8(0))
	f.Fuzz(func(t *testing.T, asked, s, lead string, kind uint8) {
		q, err := read(t.Context(), index(s), rag.Question{Text: asked})
		if err != nil {
			t.Fatal(err)
		}
		p := rag.Passage{Text: s, Lead: lead, Span: rag.Span{End: len(s)}}
		half := len(s) / 2
		p.Blocks = []rag.Block{{Span: rag.Span{End: half}, Kind: rag.BlockKind(kind % 4)}, {Span: rag.Span{Start: half, End: len(s)}, Kind: rag.BlockKind(kind / 4 % 4)}}
		hits := []rag.Hit{{Passage: p}, {Passage: rag.Passage{Text: "Other."}}}
		cs := q.candidates(hits)
		if len(cs) == 0 {
			return
		}
		for _, sure := range []bool{false, true} {
			q.gate(hits, cs)
			q.show(cs, hits, sure, func(said rag.Sentence) {
				from := hits[said.Cites[0]-1].Passage
				for line := range strings.Lines(said.Text) {
					if line = strings.TrimSpace(line); !strings.Contains(from.Lead+"\n"+from.Text, line) && line != "```" {
						t.Errorf("%q is not of %q, %q", line, from.Lead, from.Text)
					}
				}
				for _, h := range said.Highlights {
					if h.Start < 0 || h.Start > h.End || h.End > len(said.Text) {
						t.Errorf("%v of %q is highlighted", h, said.Text)
					}
				}
			})
		}
	})
}

// TestSay has what fits best highlighted, and items keep their depth.
func TestSay(t *testing.T) {
	s := "To start, ask early:\n\n- Unpack the box\n  - Keep the foil\n- Press start\n\n| Pump | Bar |\n|---|---|\n| P-1 | 9 |\n| P-2 | 7 |"
	list, table := strings.Index(s, "- Unpack"), strings.Index(s, "| Pump")
	p := rag.Passage{Text: s, Span: rag.Span{End: len(s)}, Blocks: []rag.Block{
		{Span: rag.Span{End: 20}}, {Span: rag.Span{Start: list, End: table - 2}, Kind: rag.List}, {Span: rag.Span{Start: table, End: len(s)}, Kind: rag.Table}}}
	us := units(p)
	for _, want := range []string{"- Keep the foil", "| P-2 | 7 |", "To start, ask early:"} {
		at := strings.Index(s, want)
		var said, bright []string
		say(p, candidate{hit: 1, start: at, end: at + len(want)}, us, 0, len(us), true, func(s rag.Sentence) {
			said = append(said, s.Text)
			for _, h := range s.Highlights {
				bright = append(bright, s.Text[h.Start:h.End])
			}
		})
		if diff := cmp.Diff([]string{want}, bright); diff != "" {
			t.Errorf("highlighted (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(s, strings.Join(said, "")); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
	}
}
