//go:build unix

package split

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"footnote/rag"
	"footnote/rag/text"

	"github.com/google/go-cmp/cmp"
)

// document returns a document of one block for each part of s between "\f".
func document(s string, kind rag.BlockKind) rag.Document {
	d := rag.Document{ID: "hr/leave.md", Title: "Leave", URL: "https://example.org", Date: "2026-03-02", Text: s}
	at := 0
	for _, part := range strings.SplitAfter(s, "\f") {
		body := strings.TrimSpace(part)
		if start := at + len(part) - len(strings.TrimLeftFunc(part, unicode.IsSpace)); body != "" {
			d.Blocks = append(d.Blocks, rag.Block{
				Span: rag.Span{Start: start, End: start + len(body)}, Heading: "Parental", Line: 1 + strings.Count(s[:start], "\n"), Kind: kind,
			})
		}
		at += len(part)
	}
	return d
}

// check holds for the passages of every document: their blocks are all of its blocks,
// in order, with nothing but space between them, and none is too long.
func check(t *testing.T, d rag.Document, ps []rag.Passage) {
	t.Helper()
	at, next := 0, 0 // next block
	seen := map[string]bool{}
	for i, p := range ps {
		if p.Span.Start < at || p.Span.End <= p.Span.Start || p.Span.End > len(d.Text) {
			t.Fatalf("passage %d at %v overlaps or is empty; the one before ends at %d", i, p.Span, at)
		}
		if p.Text != d.Text[p.Span.Start:p.Span.End] || p.Text != strings.TrimSpace(p.Text) || len(p.Blocks) == 0 {
			t.Fatalf("passage %d is %q", i, p.Text)
		}
		if n := text.Count(p.Text); n > maxWords || len(p.Text) > maxBytes {
			t.Fatalf("passage %d has %d words, %d bytes", i, n, len(p.Text))
		}
		if first := p.Blocks[0]; p.Line != first.Line || p.Page != first.Page || p.Span.Start != first.Span.Start || p.Span.End != p.Blocks[len(p.Blocks)-1].Span.End {
			t.Fatalf("passage %d does not begin and end with its blocks: %+v", i, p)
		}
		for n, b := range p.Blocks {
			if paragraph := p.Paragraph + n; paragraph != next {
				if next++; paragraph != next || b.Line != d.Blocks[next-1].Line {
					t.Fatalf("block %d of passage %d is paragraph %d, line %d; want paragraph %d", n, i, paragraph, b.Line, next)
				}
			}
			checkBlock(t, d, d.Blocks[next-1], b, at)
			at = b.Span.End
		}
		if seen[p.ID] || len(p.ID) != 32 {
			t.Fatalf("passage %d has the ID %q of another", i, p.ID)
		}
		seen[p.ID] = true
	}
	if next != len(d.Blocks) || len(ps) > 0 && at != d.Blocks[len(d.Blocks)-1].Span.End {
		t.Fatalf("passages end at %d in block %d of %d", at, next, len(d.Blocks))
	}
}

// checkBlock holds that b is the block of the document, or the next part of it.
func checkBlock(t *testing.T, d rag.Document, whole, b rag.Block, at int) {
	t.Helper()
	if gap := d.Text[at:b.Span.Start]; strings.TrimSpace(gap) != "" {
		t.Fatalf("lost before %v: %q", b.Span, gap)
	}
	line := whole.Line + text.LineEnds(d.Text[whole.Span.Start:b.Span.Start])
	if b.Span.Start < whole.Span.Start || b.Span.End > whole.Span.End || b.Heading != whole.Heading || b.Page != whole.Page || b.Kind != whole.Kind || b.Line != line {
		t.Fatalf("%+v is not a part of %+v", b, whole)
	}
}

func repeat(n int, s string) string { return strings.TrimSpace(strings.Repeat(s+" ", n)) }

func TestDocument(t *testing.T) {
	long := repeat(10, "This sentence has exactly six words.") // 60 words
	for _, tt := range []struct {
		name string
		text string
		kind rag.BlockKind
		want []string // paragraph, line, words, first word and last
	}{
		{"nothing", "", rag.Paragraph, nil},
		{"short blocks are a section", "One.\fTwo.", rag.Paragraph, []string{"1:1 2 One. Two."}},
		{"a section that is too long", long + "\f" + long + "\f" + long + "\f" + long, rag.Paragraph, []string{"1:1 120 This words.", "3:1 120 This words."}},
		{"a long block stays by itself", "One.\f" + repeat(4, long) + "\fTwo.", rag.Paragraph,
			[]string{"1:1 1 One. One.", "2:1 120 This words.", "2:1 120 This words.", "3:1 1 Two. Two."}},
		{"180 words", repeat(3, long), rag.Paragraph, []string{"1:1 180 This words."}},
		{"186 words, balanced", repeat(3, long) + "\nThis sentence has exactly six words.", rag.Paragraph,
			[]string{"1:1 96 This words.", "1:1 90 This words."}},
		{"cut at lines", strings.TrimSpace(strings.Repeat(repeat(50, "word")+"\n", 4)), rag.Code,
			[]string{"1:1 100 word word", "1:3 100 word word"}},
		{"rows", "| a | b |\n|---|---|\n" + strings.Repeat("| "+repeat(20, "cell")+" | x |\n", 12), rag.Table,
			[]string{"1:1 128 | |", "1:9 126 | |"}},
		{"items", strings.TrimSpace(strings.Repeat("- "+repeat(100, "item")+"\n  - sub\n\n", 3)), rag.List,
			[]string{"1:1 101 - sub", "1:4 101 - sub", "1:7 101 - sub"}},
		{"sub-items", "1. head\n" + strings.Repeat("   - "+repeat(30, "item")+"\n", 8), rag.List,
			[]string{"1:1 122 1. item", "1:6 120 - item"}},
		{"one long item", "- " + repeat(4, long) + "\n- end", rag.List, []string{"1:1 120 - words.", "1:1 121 This end"}},
		{"one long sentence", repeat(400, "word"), rag.Paragraph, []string{"1:1 133 word word", "1:1 134 word word", "1:1 133 word word"}},
		{"lines before words", strings.TrimSpace(strings.Repeat(repeat(10, "word")+"\n", 20)), rag.Paragraph,
			[]string{"1:1 100 word word", "1:11 100 word word"}},
		{"Chinese", strings.Repeat("我们今天讨论休假制度。", 50), rag.Paragraph, []string{"1:1 125 我 。", "1:1 125 我 。"}},
		{"Chinese without a stop", strings.Repeat("我", 500), rag.Paragraph, []string{"1:1 125 我 我", "1:1 125 我 我"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := document(tt.text, tt.kind)
			ps := Document(d)
			check(t, d, ps)
			var got []string
			for _, p := range ps {
				ws := strings.Fields(p.Text)
				first, last := ws[0], ws[len(ws)-1]
				if text.Count(first) > 1 {
					first, last = string([]rune(first)[:1]), string([]rune(last)[len([]rune(last))-1:])
				}
				got = append(got, fmt.Sprintf("%d:%d %d %s %s", p.Paragraph, p.Line, text.Count(p.Text), first, last))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestFields(t *testing.T) {
	d := document("Text.", rag.Paragraph)
	d.Blocks[0].Page = 7
	want := []rag.Passage{{
		ID: "", DocID: "hr/leave.md", Title: "Leave", Heading: "Parental", URL: "https://example.org", Date: "2026-03-02",
		Span: rag.Span{Start: 0, End: 5}, Paragraph: 1, Line: 1, Page: 7, Text: "Text.", Blocks: d.Blocks,
	}}
	got := Document(d)
	want[0].ID = got[0].ID
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLead holds that each part of a long table has its header, and each part of a list
// what leads in to it.
func TestLead(t *testing.T) {
	head := "| Pump | Pressure |\n|---|---|"
	for _, tt := range []struct {
		name, text, want string
		kind             rag.BlockKind
	}{
		{"table", head + strings.Repeat("\n| P-1 and so on | 97 bar |", 60), head, rag.Table},
		{"padded table", "| Pump" + strings.Repeat(" ", 400) + "| Pressure |\n|:" + strings.Repeat("-", 400) + "|----------|" +
			strings.Repeat("\n| P-1 and so on | 97 bar |", 60), "| Pump | Pressure |\n|:---|---|", rag.Table},
		{"item of several lines", "- parent that\n  goes on:\n\n  More." + strings.Repeat("\n  - "+repeat(8, "item"), 40), "- parent that\n  goes on:", rag.List},
		{"list", "Not OK:\n" + strings.Repeat("\n- "+repeat(8, "item"), 40), "Not OK:", rag.List},
		{"list alone", strings.TrimSpace(strings.Repeat("\n- "+repeat(8, "item"), 40)), "", rag.List},
		{"rows without a header", strings.TrimSpace(strings.Repeat("\n| a b c d e f | g |", 60)), "", rag.Table},
	} {
		ps := Document(document(tt.text, tt.kind))
		if len(ps) < 2 || ps[0].Lead != "" {
			t.Fatalf("%s: %d passages, the first with the lead %q", tt.name, len(ps), ps[0].Lead)
		}
		for _, p := range ps[1:] {
			if p.Lead != tt.want {
				t.Errorf("%s: lead %q, want %q", tt.name, p.Lead, tt.want)
			}
		}
	}
}

// Texts without headings are joined in smaller windows: what follows may be about
// something else.
func TestWindows(t *testing.T) {
	d := document(strings.Repeat(repeat(4, "This sentence has exactly six words.")+"\f", 6), rag.Paragraph)
	for i := range d.Blocks {
		d.Blocks[i].Heading = ""
	}
	ps := Document(d)
	check(t, d, ps)
	if len(ps) != 3 {
		t.Errorf("%d passages", len(ps))
	}
}

// The ID depends on the document, the span, the heading and the text, and on
// nothing else.
func TestID(t *testing.T) {
	base := rag.Passage{DocID: "a", Heading: "b", Span: rag.Span{Start: 1, End: 2}, Text: "c"}
	if got, want := id(base), "155e1502b9489ca5d1970957330a2752"; got != want {
		t.Errorf("IDs have changed, so indexes are made anew: got %s, want %s", got, want)
	}
	seen := map[string]bool{id(base): true}
	for _, change := range []func(p *rag.Passage){
		func(p *rag.Passage) { p.DocID = "ab"; p.Heading = "" },
		func(p *rag.Passage) { p.DocID = ""; p.Heading = "ab" },
		func(p *rag.Passage) { p.Heading = "bc"; p.Text = "" },
		func(p *rag.Passage) { p.Span.Start = 2 },
		func(p *rag.Passage) { p.Span.End = 1 },
		func(p *rag.Passage) { p.Text = "d" },
	} {
		p := base
		change(&p)
		if seen[id(p)] {
			t.Errorf("%+v has the ID of another", p)
		}
		seen[id(p)] = true
	}
	other := base
	other.Title, other.URL, other.Date, other.Line, other.Page, other.Paragraph = "t", "u", "d", 2, 3, 4
	if id(other) != id(base) {
		t.Error("the ID depends on more than it says")
	}
}

// hostile are long texts that are slow for some ways to cut.
func hostile(size int) map[string]string {
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	return map[string]string{
		"no spaces":        fill("a"),
		"short sentences":  fill("a. "),
		"letters":          fill("a "),
		"dots":             fill("a."),
		"stops":            fill("."),
		"lines":            fill("a\n"),
		"carriage returns": fill("a\r"),
		"items":            fill("- a\n"),
		"rows":             fill("| a | b |\n"),
		"Chinese":          fill("我"),
		"Chinese stops":    fill("我。"),
		"Thai":             fill("ก"),
		"Korean":           fill("한"),
		"emoji":            fill("😀"),
		"families":         fill("👩‍👩‍👧‍👦"),
		"combining":        "a" + fill("\u0301"),
		"katakana":         fill("カ"),
		"numbers":          fill("1,"),
		"no-break":         fill("a\u00a0"),
		"quotes":           fill("\"."),
		"deeper":           deeper(size),
	}
}

func deeper(size int) string {
	var s strings.Builder
	for i := 0; s.Len() < size; i++ {
		s.WriteString(strings.Repeat(" ", i) + "- a\n")
	}
	return s.String()
}

// TestHostile cuts hostile texts of two sizes. Four times the text may take about
// four times as long, not sixteen. Tables and code are cut by what lists are.
func TestHostile(t *testing.T) {
	const size = 1 << 14
	large := hostile(4 * size)
	for name, s := range hostile(size) {
		for _, kind := range []rag.BlockKind{rag.Paragraph, rag.List} {
			once := timed(t, document(s, kind))
			took := timed(t, document(large[name], kind))
			if took > 8*once+200*time.Millisecond {
				t.Errorf("%s of kind %d: %v, but %v for a quarter of it", name, kind, took, once)
			}
		}
	}
}

func timed(t *testing.T, d rag.Document) time.Duration {
	start := cpuTime(t)
	ps := Document(d)
	took := cpuTime(t) - start
	check(t, d, ps)
	return took
}

// cpuTime returns the time that this process has computed: that other programs
// keep the machine busy does not count.
func cpuTime(t *testing.T) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano())
}

func FuzzDocument(f *testing.F) {
	for name, s := range hostile(5000) {
		f.Add(s, len(name))
	}
	f.Add("One. Two.\fThree\n\r\n four\r", 1)
	f.Fuzz(func(t *testing.T, s string, kind int) {
		d := document(strings.ToValidUTF8(s, ""), rag.BlockKind(kind&3))
		check(t, d, Document(d))
	})
}
