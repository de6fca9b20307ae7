package slackbot

import (
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"footnote/bot/show"
)

// tricky are texts that a parser of Markdown or of Slack's tokens might obey.
var tricky = []string{
	"", "plain", "a *b* _c_ ~d~ ~~e~~ `f` **g** __h__", "snake_case_name 2*3*4", "# heading", "#hash", "a\n===", "a\n---", "***", "- - -", "* * *",
	"> quote", "- item", "* item\n+ item\n    - deeper", "    code", "\tcode", "        - code", "1. one\n7. seven", "1.", "1)", "2026. A year", "- # heading", "- > quote", "- 1. x", "-", "+", "=",
	"[x](https://evil.com)", "![x](https://evil.com)", "[x][y]", "[y]: https://evil.com", "[1](x)", "<https://evil.com>", "<b>bold</b>", "<!-- x -->",
	"<!here> <!channel> <@U123> <#C1|x> <https://evil.com|bank> <!date^1^{date}|x>", "&lt;!here&gt; &#60;@U1&#62; &amp; &copy; &x AT&T a&b=c;", "@here @channel",
	"https://evil.com/a_b*c*?x=1&y=2.", "www.evil.com, evil.com: mail hr@evil.com!", "`https://evil.com`", "(https://evil.com)", "https://evil.com`x`y", "javascript:alert(1)",
	"| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n--- | ---\n1 | 2", "```\ncode\n```", "```go\nx := `<!here>`\n````\n[x](https://evil.com)", "~~~\n~~~", "a ``` b", "\\*a\\*", "trailing\\", "a\\\nb",
	"line  \nline", "a\u202eb\u200bc", "👩‍👩‍👧‍👦 é", "文档。https://evil.com。", "exämple.com", ": :smile: :x", "Term\n: definition", "[^1]: note", "[ ] todo", "- [x] done",
	"https://evil.com/" + strings.Repeat("a_b/", 100), "`" + strings.Repeat("`", 5), "a]b[c", "_https://evil.com_", "$x$", "//evil.com/a",
}

// gfm reads Markdown as GitHub does, with bare links too: more than Slack knows of.
var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote))

// read returns the text that a reader of Markdown sees, and what of it is more than
// text in paragraphs, bullets, line breaks, fences and code.
func read(markdown string) (seen string, more []string) {
	src := []byte(markdown)
	var b strings.Builder
	_ = ast.Walk(gfm.Parser().Parse(text.NewReader(src)), func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if enter {
				seg := n.Segment.Value(src)
				if _, ok := n.Parent().(*ast.CodeSpan); !ok {
					seg = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(seg)))
				}
				b.Write(seg)
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteString("\n")
				}
			}
		case *ast.String:
			if enter {
				b.Write(n.Value)
			}
		case *ast.FencedCodeBlock:
			if enter {
				for i := range n.Lines().Len() {
					seg := n.Lines().At(i)
					b.WriteString(unbracket.Replace(string(seg.Value(src))))
				}
			}
		case *ast.Paragraph, *ast.TextBlock:
			if !enter {
				b.WriteString("\n")
			}
		case *ast.Document, *ast.ListItem, *ast.CodeSpan:
		case *ast.List:
			if n.IsOrdered() {
				more = append(more, "numbers")
			}
		default:
			if enter {
				more = append(more, n.Kind().String())
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String(), more
}

var codeSpan = regexp.MustCompile("`[^`]+`")

// squeezed returns s without white space and signs of bullets, which may be set anew,
// and without backticks: code shows as code.
func squeezed(s string) string {
	s = strings.ReplaceAll(s, "`", "")
	s = regexp.MustCompile(`(?m)^ *(?:[-*+] +)+(\S)`).ReplaceAllString(s, "$1")
	return strings.Join(strings.Fields(s), "")
}

// checkEscapes has Markdown show s letter for letter, and be nothing but text.
func checkEscapes(t *testing.T, s string) {
	t.Helper()
	md := escapeMarkdown(s)
	seen, more := read(md)
	if len(more) > 0 {
		t.Errorf("%q becomes %q, which has %v", s, md, more)
	}
	if want := squeezed(show.Clean(s)); squeezed(seen) != want {
		t.Errorf("%q becomes %q, which shows %q, want %q", s, md, squeezed(seen), want)
	}
	if got, want := squeezed(plainText(md)), squeezed(show.Clean(s)); got != want {
		t.Errorf("%q is %q as plain text, want %q", s, got, want)
	}
	for _, out := range []string{md, escapeMrkdwn(s), label(s, maxLabel), mrkdwn(md)} {
		if strings.ContainsAny(out, "<>") {
			t.Errorf("%q has a bracket in %q", s, out)
		}
	}
	got := label(s, maxLabel)
	if size(got) > maxLabel || strings.ContainsAny(codeSpan.ReplaceAllString(got, ""), "\n*~`") {
		t.Errorf("label(%q) = %q", s, got)
	}
}

func TestEscapeMarkdown(t *testing.T) {
	for _, s := range tricky {
		checkEscapes(t, s)
	}
	for s, want := range map[string]string{
		"a < b && c_d":                   `a &lt; b && c\_d`,
		"see https://a.example/?x&y=1.":  "see `https://a.example/?x&y=1`.",
		"&lt;!here&gt; & AT&T":           "&amp;lt;!here&amp;gt; & AT&T",
		"one\ntwo\n* three":              "one  \ntwo\n- three",
		"the key `retention` (`90d`)":    "the key `retention` (`90d`)",
		"`a`b`c`":                        "\\`a\\`b`c`",
		"`a``b` `<!here>` `x":            "\\`a\\`\\`b\\` \\`&lt;!here&gt;\\` \\`x",
		"https://a.example`x`":           "`https://a.example`\\`x\\`",
		"`www.a.example` `rm -rf *_x_*`": "`www.a.example` `rm -rf *_x_*`",
	} {
		if got := escapeMarkdown(s); got != want {
			t.Errorf("escapeMarkdown(%q) = %q, want %q", s, got, want)
		}
	}
}

func FuzzEscapeMarkdown(f *testing.F) {
	for _, s := range tricky {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkEscapes(t, s) })
}

// checkFence has a fence hold s and nothing leave it.
func checkFence(t *testing.T, info, s string) {
	t.Helper()
	for _, g := range segments("```" + info + "\n" + s + "\n```") {
		md := g.fenced()
		if !g.kept {
			continue
		}
		seen, more := read(md + "\n\nafter")
		if len(more) > 0 && more[0] != "FencedCodeBlock" || strings.Count(md, "```") != 2 || strings.ContainsAny(md, "<>") {
			t.Errorf("%q becomes %q, which has %v and shows %q", s, md, more, seen)
		}
	}
}

func TestFenced(t *testing.T) {
	for _, s := range tricky {
		checkFence(t, "go", s)
	}
	g := segments("Run this:\n~~~sh -x <@U1>\necho \"```\"\n  ~~~\nand this:\n| a |\n|---|\n")
	if len(g) != 4 || g[1].fenced() != "```sh\necho \"ˋˋˋ\"\n```" || g[3].fenced() != "```\n| a |\n|---|\n```" {
		t.Errorf("got %+v", g)
	}
}

func FuzzFenced(f *testing.F) {
	for _, s := range tricky {
		f.Add("go", s)
	}
	f.Fuzz(func(t *testing.T, info, s string) { checkFence(t, info, s) })
}
