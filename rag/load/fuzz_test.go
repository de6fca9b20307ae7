package load

import (
	"fmt"
	"strings"
	"testing"
)

// hostile are Markdown texts that are slow or deep for some parsers, by what is
// repeated. They are cut where they would be larger than wanted.
func hostile(size int) map[string]string {
	fill := func(s string) string { return strings.ToValidUTF8(strings.Repeat(s, size/len(s)+1)[:size], "") }
	half := size / 2
	return map[string]string{
		"quotes":             fill(">"),
		"quotes by line":     fill(strings.Repeat(">", 200) + " a\n"),
		"spaced quotes":      fill("> "),
		"brackets":           fill("["),
		"bracket lines":      fill("[a]: b\n"),
		"image brackets":     fill("![[]()"),
		"list in one line":   fill("- "),
		"lists by line":      fill("- a\n* a\n"),
		"list items":         fill("- a\n"),
		"numbers":            fill("1. 1) "),
		"deep, then blank":   strings.Repeat("- ", half/2) + "a\n" + strings.Repeat("\n", half),
		"deeper and deeper":  deeper(half) + strings.Repeat("\n", half),
		"deep and blank":     fill(strings.Repeat(" ", 60) + "- a\n\n"),
		"lazy":               ">" + fill("a\n"),
		"table":              fill("|a|b\n|-|-\n|c|d\n"),
		"wide table":         "a" + strings.Repeat("|a", half/6) + "\n-" + strings.Repeat("|-", half/6) + "\n" + strings.Repeat("|\n", half/2),
		"delimiter rows":     fill("-|-\n"),
		"emphasis":           fill("*a_ "),
		"backticks":          fill("`a``b```c<"),
		"comments":           fill("<!-- "),
		"comments closed":    fill("<!---->a"),
		"tags":               fill("<a "),
		"hidden tags":        fill("<a hidden> "),
		"percent":            fill("a %%b\n"),
		"percent closed":     fill("%%a%% b\n\n%%\n"),
		"percent by line":    fill("%%a\n\n"),
		"scripts":            fill("a <script> "),
		"html blocks":        fill("<div>\n\n"),
		"declarations":       fill("<!A "),
		"data":               fill("data:;base64,"),
		"fences":             fill("```\n"),
		"open fence":         "```\n" + fill("a\n"),
		"tabs":               fill("\t"),
		"tab lists":          fill("-\t"),
		"setext":             fill("a\n=\n"),
		"long setext":        fill("a\n") + "\n===",
		"underlines":         fill("=\n"),
		"rules":              fill("***\n"),
		"headings":           fill("# ["),
		"carriage returns":   fill("a\r\r"),
		"blank lines":        fill("\n"),
		"blank and not":      fill("a\n\n"),
		"entities":           fill("# &amp;&#x41;\n"),
		"no-break spaces":    fill("\u00a0\n"),
		"line separators":    fill("a\u2028"),
		"definition, indent": fill("[a]: b\n    c\n\n"),
	}
}

// deeper nests a list one deeper with each line.
func deeper(size int) string {
	var s strings.Builder
	for i := 0; s.Len() < size; i++ {
		s.WriteString(strings.Repeat("  ", i) + "- a\n")
	}
	return s.String()
}

// TestHostile reads texts that make a careless parser take quadratic time or
// more: at this size that would never end. BenchmarkHostile tells how long each
// takes for its size.
func TestHostile(t *testing.T) {
	for _, s := range hostile(1 << 17) {
		if d, err := document("a.md", s, markdown); err == nil {
			check(t, d)
		}
	}
}

// BenchmarkHostile is linear where MB/s is the same for both sizes.
func BenchmarkHostile(b *testing.B) {
	for _, size := range []int{1 << 15, 1 << 17} {
		for name, s := range hostile(size) {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.SetBytes(int64(len(s)))
				for b.Loop() {
					document("a.md", s, markdown)
				}
			})
		}
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, s := range hostile(300) {
		f.Add(s)
	}
	for _, s := range []string{
		"---\ntitle: a\ndate: 2026-03-02\n---\r\n# b\r\n\r\ntext", "a\n  b\n===\n", "- a\n\n\n      b\n", "[^1]: a\n\n[b]: c\n 'd'",
		"| a |\n|---|\n", "\ufeffa", "a\u0085b\u2029", "<pre>\n\n</pre> a", "1. a\n   > b\n\n   c\n2) d", "\\`<!-- a --> `", "> \n>\n> a\n>",
		"    a\n\tb\n\n\n    c", "~~~ a\n```\n~~~", "a\rb\r\rc", "# a #\n#\n####### b", "\f\v\n a", "- \n\n  a", "a | b\r\n- | -\r\nc", "***\n- - -\n* a",
		"a %%b%% c\n%%\n\n# d %%e%%\n\n%% f", "> a %%\n>\n> b %% c\n", "- %%a\n\n- b%%\n```\n%% c\n%%\n```", "%%\n\n    a\n%% b\n===\n", "| a |\n|---|\n| %%b|%% |\n%%\r\r%%x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		if d, err := document("a.md", s, markdown); err == nil {
			check(t, d)
		}
	})
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{
		"a\nb\nc", "a\n\nb\nc\n", "\n\na\r\n \r\nb\r\rc", "---\ntitle: a\n---\n\ntext", "---\n", "---\n---", "a\u2028b\u0085c",
		"data:image/png;base64," + strings.Repeat("A", 200) + " a", "===\n\n---", "---\na: &a [*a]\n---\nb", "---\n{a: b}\n...\nc",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "")
		if d, err := document("a.txt", s, plain); err == nil {
			check(t, d)
		}
	})
}

// TestWindows reads a text longer than goldmark is given at once: the blocks are
// those of its parts.
func TestWindows(t *testing.T) {
	part := "# Title\n\nSome text,\non two lines.\n\n- a\n\n  - b\n- c\n\n```\n# code\n\n```\n\n| a |\n|---|\n| b |\n\n> quote\n\n"
	one, err := document("a.md", part, markdown)
	if err != nil {
		t.Fatal(err)
	}
	const times = 8000
	all, err := document("a.md", strings.Repeat(part, times), markdown)
	if err != nil {
		t.Fatal(err)
	}
	check(t, all)
	if len(all.Blocks) != times*len(one.Blocks) || len(all.Dropped) != times*len(one.Dropped) {
		t.Errorf("%d blocks and %d dropped, want %d and %d", len(all.Blocks), len(all.Dropped), times*len(one.Blocks), times*len(one.Dropped))
	}
	for i, b := range all.Blocks {
		if w := one.Blocks[i%len(one.Blocks)]; b.Kind != w.Kind || b.Span.End-b.Span.Start != w.Span.End-w.Span.Start {
			t.Fatalf("block %d is %+v, want one like %+v", i, b, w)
		}
	}
}
