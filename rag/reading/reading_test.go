package reading

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"footnote/rag"
)

// sketch draws blocks a line each, or a row each: what is bold between *, code between `,
// struck between ~, marked between « and ».
func sketch(blocks []Block) string {
	var b strings.Builder
	row := func(mark string, cells []Cell) {
		b.WriteString(mark)
		for _, c := range cells {
			b.WriteString(" " + sketchRuns(c) + " |")
		}
		b.WriteString("\n")
	}
	for _, bl := range blocks {
		b.WriteString(strings.Repeat("  ", bl.Depth))
		switch bl.Kind {
		case Heading:
			b.WriteString(strings.Repeat("#", bl.Level) + " ")
		case Item:
			mark := bl.Number
			if mark == "" {
				mark = "-"
			}
			b.WriteString(mark + []string{"", " [ ]", " [x]"}[bl.Task] + " ")
		case Code:
			for _, l := range strings.Split(sketchRuns(bl.Runs), "\n") {
				b.WriteString("$ " + l + "\n")
			}
			continue
		case Table:
			if bl.Header != nil {
				row("=", bl.Header)
			}
			for _, r := range bl.Rows {
				row("|", r)
			}
			continue
		}
		b.WriteString(sketchRuns(bl.Runs) + "\n")
	}
	return b.String()
}

func sketchRuns(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		s := r.Text
		for _, look := range []struct {
			on         bool
			open, shut string
		}{{r.Code, "`", "`"}, {r.Bold, "*", "*"}, {r.Struck, "~", "~"}, {r.Link != "", "[", "](" + r.Link + ")"}, {r.Marked, "«", "»"}} {
			if look.on {
				s = look.open + s + look.shut
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

func TestMarkdown(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"text", "A *very* **big** `x  y` ~~old~~ end.\nNext line.", "A very *big* `x  y` ~old~ end. Next line.\n"},
		{"breaks", "One  \ntwo\\\nthree<br>four", "One\ntwo\nthree\nfour\n"},
		{"link", "See [Paid **Leave**](https://x.org/a \"t\") or <https://y.org> or [here](/b).", "See [Paid ](https://x.org/a)[*Leave*](https://x.org/a) or [https://y.org](https://y.org) or here.\n"},
		{"template in a target", `Ask [us]({% page "/a/" %}#b), [them]({{ site.url }}/x).`, "Ask us, them.\n"},
		{"a link with spaces", "See [the plan](a b.pdf), f[x](y z).", "See the plan, f[x](y z).\n"},
		{"a badge", "[![Build](a.svg)][ci] and a[i][j]", "Build and a[i][j]\n"},
		{"details alone", "<details>\n\nText", "Text\n"},
		{"a link escaped by mistake", `See \[the page]({% page "/a" %}).`, "See the page.\n"},
		{"references", "See [the guide][g] and [other][]; a[i][j] stays, [two\nlines][l].", "See the guide and other; a[i][j] stays, two lines.\n"},
		{"a definition in the stretch", "See [the guide][g].\n\n[g]: https://x.org", "See [the guide](https://x.org).\n"},
		{"wiki", "See [[Leave Policy|leave]] and [[Pay]] ![[plan.png]]", "See leave and Pay plan.png\n"},
		{"image", "![The plan](a.png) and ![](b.png)x<img src='c' alt='three'>", "The plan and xthree\n"},
		{"entities", "a &amp; b &lt;c&gt; \\*d\\* \\&amp; &#8212; `&amp;`", "a & b <c> *d* &amp; — `&amp;`\n"},
		{"heading", "## Install {#install}\nRun it.", "## Install\nRun it.\n"},
		{"setext", "Install\n=======\nRun it.", "# Install\nRun it.\n"},
		{"list", "To do:\n- one\n  more\n  - inner\n\n    its second\n- two", "To do:\n- one more\n  - inner\n    its second\n- two\n"},
		{"list from the middle", "\n     - one\n       more\n       - inner\n     - two", "- one more\n  - inner\n- two\n"},
		{"steps", "To start:\n3. Unpack\n4. Plug:\n   ```sh\n   go  run {{ x }}\n   ```\n5. Press", "To start:\n3. Unpack\n4. Plug:\n  $ go  run {{ x }}\n5. Press\n"},
		{"tasks", "- [ ] open\n- [x] done", "- [ ] open\n- [x] done\n"},
		{"code", "```go title=\"x\"\nif a < b {\n\n\treturn `<!-- %%`\n}\n```", "$ if a < b {\n$ \n$ \treturn `<!-- %%`\n$ }\n"},
		{"code cut off", "Run:\n```\na\n b", "Run:\n$ a\n$  b\n"},
		{"indented code", "Run:\n\n    a {{ b }}\n      c\n\nEnd.", "Run:\n$ a {{ b }}\n$   c\nEnd.\n"},
		{"table", "| Pump | **Bar** |\n|:--|--:|\n| P-1 | 9 `a\\|b` |\n| P-2 |", "= Pump | *Bar* |\n| P-1 | 9 `a|b` |\n| P-2 |  |\n"},
		{"table after text", "Pumps:\n| A | B |\n|---|---|\n| 1 | 2 |\nEnd | of it", "Pumps:\n= A | B |\n| 1 | 2 |\n| End | of it |\n"},
		{"rows alone", "| P-1 | 9 |\n| P-2 | 7 | weekly |", "| P-1 | 9 |  |\n| P-2 | 7 | weekly |\n"},
		{"one row", "| P-1 | 9 |", "| P-1 | 9 |\n"},
		{"table without bars around", "A | B\n--|--\n1 | 2", "= A | B |\n| 1 | 2 |\n"},
		{"line break in a cell", "| A |\n|---|\n| x<br/>y |", "= A |\n| x\ny |\n"},
		{"quote", "> Note this\n> and that\n>\n> > inner", "Note this and that\ninner\n"},
		{"comments", "a <!-- hidden\n\nmore --> b %%secret%% c\n\n%%\nblock\n\n%%\nd {/* mdx */} 50%% of 9%%", "a b c\nd 50%% of 9%%\n"},
		{"front matter", "---\ntitle: X\ntags:\n  - a\n---\nText", "Text\n"},
		{"a rule is no front matter", "---\n\nText: more\n\nend", "Text: more\nend\n"},
		{"admonitions", ":::tip[Read this]\nText\n:::\n\n::: warning\nCare\n:::\n:::note\nx\n:::", "*Read this*\nText\n*Warning*\nCare\n*Note*\nx\n"},
		{"mkdocs", "!!! note \"By the way\"\n    Text of it\n\n    - item\n\nAfter", "*By the way*\nText of it\n- item\nAfter\n"},
		{"tabs of mkdocs", "=== \"Linux\"\n\n    ```\n    apt\n    ```\n=== \"Mac\"\n\n    brew", "*Linux*\n$ apt\n*Mac*\nbrew\n"},
		{"alert", "> [!WARNING]\n> Do not.", "*Warning*\nDo not.\n"},
		{"liquid", "{% alert \"info\" %}\nAsk in {% slack_channel \"people-ops\" %} now.\n{% endalert %}\n{% comment %}\nno\n{% endcomment %}\n{% raw %}x{% endraw %}", "Ask in people-ops now.\nx\n"},
		{"liquid that a sentence goes on with", "Ask in {% slack_channel \"it\" %} or\n{% slack_channel \"ops\" %}\n\n## Plan\n{% figure \"plan\" %}", "Ask in it or ops\n## Plan\n"},
		{"hugo", "{{< note >}}\nUse {{ max_users }} seats.{{< /note >}}\n{{< figure src=\"a.png\" alt=\"The plan\" >}}", "Use max_users seats.\nThe plan\n"},
		{"kramdown", "Text\n{: .no_toc }\n\n## Head {: #x }", "Text\n## Head\n"},
		{"mdx", "import Tabs from '@theme/Tabs';\nexport const x = 1;\n\n<Tabs groupId={os}>\n  <TabItem value=\"a\" label=\"Windows\">\n\n    Text here\n\n    ```sh\n    npm  i\n    ```\n\n  </TabItem>\n</Tabs>\n\nimport duty is due", "*Windows*\nText here\n$ npm  i\nimport duty is due\n"},
		{"placeholders", "Run `a <b>` on <host> with vector<int> and <NAME> or <path>, 1 < 2 > 0", "Run `a <b>` on <host> with vector<int> and <NAME> or <path>, 1 < 2 > 0\n"},
		{"html", "<div class=\"x\">\n    <p>One <b>two</b> <a href=\"https://x.org\">three</a></p>\n    <ul>\n      <li>four</li>\n      <li>five\n        <ol><li>six</li></ol></li>\n    </ul>\n</div>\nEnd <span style=\"color:red\">red</span> m<sup>2</sup>", "One two [three](https://x.org)\n- four\n- five\n  1. six\nEnd red m^2\n"},
		{"html table", "<table>\n  <thead>\n  <tr><th>Pump</th>\n      <th>Bar</th></tr>\n  </thead>\n  <tr>\n    <td>P-1</td>\n    <td>9 | <p>or</p><ul><li>8</li></ul></td>\n  </tr>\n</table>\nEnd", "= Pump | Bar |\n| P-1 | 9 |\nor\n- 8 |\nEnd\n"},
		{"rows of html", "<tr><td>P-1</td><td>9</td></tr>\n<tr><td>P-2</td><td>7", "| P-1 | 9 |\n| P-2 | 7 |\n"},
		{"details", "<details><summary>More</summary>\n\nText **a**\n\n</details>", "More\nText *a*\n"},
		{"pre", "<pre><code class=\"x\">a &lt; b\n  c</code></pre>x", "$ a < b\n$   c\nx\n"},
		{"script", "a<script>alert(1)</script>b<style>x</style>", "ab\n"},
		{"code in html", "Press <kbd>Ctrl</kbd> and <code>a &amp; b</code>", "Press `Ctrl` and a & b\n"},
		{"half of a pair", "**Note: ask.", "Note: ask.\n"},
		{"no mark", "2**8 is 256 and a * b * c_d_e", "2**8 is 256 and a * b * c_d_e\n"},
		{"Chinese", "这个基金\n由两国\nA b", "这个基金由两国 A b\n"},
		{"bold in Chinese", "享有**十六周。**休假，**两周**", "享有十六周。休假，*两周*\n"},
		{"windows", "a\r\nb\r\n\r\n- c\r\n- d\r\n", "a b\n- c\n- d\n"},
		{"empty", " \n\n", ""},
	} {
		if diff := cmp.Diff(c.want, sketch(Markdown(c.in, nil))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestMarked(t *testing.T) {
	for _, c := range []struct{ in, marked, want string }{
		{"Ask early. **Every [parent](https://x.org) takes** 16 weeks. Paid.", "**Every [parent](https://x.org) takes** 16 weeks.", "Ask early. «*Every *»«[*parent*](https://x.org)»«* takes*»« 16 weeks.» Paid.\n"},
		{"| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", "| 3 | 4 |", "= A | B |\n| 1 | 2 |\n| «3» | «4» |\n"},
		{"- a\n- b &amp; c<br>d\n- e", "- b &amp; c<br>d", "- a\n- «b & c\nd»\n- e\n"},
		{"```\na\nb\n```", "b", "$ a\n$ «b»\n"},
		{"{% alert %}\nOne. Two\nmore. Three.\n{% endalert %}", "Two\nmore.", "One. «Two more.» Three.\n"},
	} {
		at := strings.Index(c.in, c.marked)
		if diff := cmp.Diff(c.want, sketch(Markdown(c.in, []rag.Span{{Start: at, End: at + len(c.marked)}}))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.in, diff)
		}
	}
}

func TestPlain(t *testing.T) {
	long := strings.Repeat("word ", 12)
	for _, c := range []struct{ in, want string }{
		{"One *two* <b>\n\n# three", "One *two* <b>\n# three\n"},
		{long + "\n" + long + "\nend.", long + long + "end.\n"},
		{"Dear all,\nhello\n- a\n- b", "Dear all,\nhello\n- a\n- b\n"},
		{"Pump    Bar\nP-1     9", "$ Pump    Bar\n$ P-1     9\n"},
	} {
		got := sketch(Of("a.txt", c.in, nil))
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(c.want), " ") {
			t.Errorf("%q (-want +got):\n%s", c.in, cmp.Diff(c.want, got))
		}
	}
	if got := sketch(Plain("Ask early. Now.", []rag.Span{{Start: 0, End: 10}})); got != "«Ask early.» Now.\n" {
		t.Errorf("got %q", got)
	}
}

func TestTells(t *testing.T) {
	for _, c := range []struct {
		from, to int
		want     bool
	}{{0, 0, false}, {0, 15, false}, {0, 10, true}} {
		if got := Tells(Markdown("Ask early. Now.", []rag.Span{{Start: c.from, End: c.to}})); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

// TestHostile holds that letters which are longer in lower case move no tag, and that
// little text does not become much.
func TestHostile(t *testing.T) {
	longer := strings.Repeat("Ⱥ", 50)
	for in, want := range map[string]string{
		"<pre>" + longer + "</PRE>\n\nend":    "$ " + longer + "\nend\n",
		"<script>" + longer + "</script> end": "end\n",
	} {
		if got := sketch(Markdown(in, nil)); got != want {
			t.Errorf("%q (-want +got):\n%s", in, cmp.Diff(want, got))
		}
	}
	for _, in := range []string{strings.Repeat("|", 3400) + "\n" + strings.Repeat("|a|\n", 170), strings.Repeat("<ul><li>a\n", 400)} {
		if got := Markdown(in, nil); len(got) != 1 || got[0].Kind != Paragraph {
			t.Errorf("%.20q is parsed to %d blocks", in, len(got))
		}
	}
}

// FuzzMarkdown has no letter of plain text vanish, no row differ in length, and nothing
// panic; spans may be anything.
func FuzzMarkdown(f *testing.F) {
	for _, s := range []string{"a", "| a |\n|-|", "<table><tr><td>x", "```\n{{ x }}", ":::a[b", "- [x] a\n  1. b", "!!! a\n    b", "<a href='x'>[b](", "&#10;", "%% a %%", "{% comment %}", "> [!A] b", "<pre>x</pre>", "<pre>ȺȺ</pre>", "\xff<td>"} {
		f.Add(s, 0, 3)
	}
	f.Fuzz(func(t *testing.T, s string, from, to int) {
		blocks := Markdown(s, []rag.Span{{Start: from, End: to}})
		Plain(s, []rag.Span{{Start: from, End: to}})
		for _, b := range blocks {
			if b.Kind != Table && strings.TrimSpace(Text(b.Runs)) == "" && b.Kind != Item {
				t.Errorf("an empty block of %q", s)
			}
			for _, r := range b.Rows {
				if len(r) != len(b.Rows[0]) || b.Header != nil && len(r) != len(b.Header) {
					t.Errorf("rows of different lengths of %q", s)
				}
			}
		}
		if !strings.ContainsAny(s, "<>{}[]%!:=|&\\`~-+#*_\"'()") {
			got, want := letters(sketch(blocks)), letters(s)
			if len(got) < len(want) {
				t.Errorf("of %q is left %q", s, sketch(blocks))
			}
		}
	})
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r|0x20 && r|0x20 <= 'z' {
			return r
		}
		return -1
	}, s)
}

func ExampleMarkdown() {
	for _, b := range Markdown("See [Leave](https://x.org):\n\n1. Ask **early**", nil) {
		fmt.Println(b.Number, Text(b.Runs))
	}
	// Output:
	// See Leave:
	// 1. Ask early
}
