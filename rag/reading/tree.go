package reading

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	xast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"footnote/rag"
)

// parse reads plain Markdown. The spans of marked are bytes of the stretch.
func parse(s source, marked []rag.Span) []Block {
	w := walker{src: s, marked: marked}
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList))
	w.blocks(md.Parser().Parse(text.NewReader([]byte(s.text))), 0)
	return w.out
}

// A walker makes Blocks of goldmark's tree.
type walker struct {
	src    source
	marked []rag.Span
	out    []Block
	runs   []Run // of the block that is read
	task   Task  // of the item that is read
	last   bool  // the byte before is marked
}

// blocks adds what stands in a node.
func (w *walker) blocks(parent ast.Node, depth int) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Paragraph, *ast.TextBlock:
			w.add(Block{Kind: Paragraph, Depth: depth, Runs: w.inlines(n)})
		case *ast.Heading:
			w.add(Block{Kind: Heading, Depth: depth, Level: n.Level, Runs: w.inlines(n)})
		case *ast.List:
			w.list(n, depth)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			w.add(Block{Kind: Code, Depth: depth, Runs: w.lines(n)})
		case *ast.HTMLBlock:
			w.add(Block{Kind: Paragraph, Depth: depth, Runs: tidy(w.lines(n))})
		case *xast.Table:
			w.table(n, depth)
		default:
			w.blocks(n, depth)
		}
	}
}

// add adds a block that holds anything.
func (w *walker) add(b Block) {
	if strings.TrimSpace(Text(b.Runs)) != "" {
		w.out = append(w.out, b)
	}
}

func (w *walker) list(l *ast.List, depth int) {
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		b := Block{Kind: Item, Depth: depth}
		if l.IsOrdered() {
			b.Number = strconv.Itoa(number) + string(l.Marker)
			number++
		}
		w.task = NoTask
		if first := item.FirstChild(); first != nil && (first.Kind() == ast.KindTextBlock || first.Kind() == ast.KindParagraph) {
			b.Runs = w.inlines(first)
			item.RemoveChild(item, first)
		}
		b.Task = w.task
		if len(b.Runs) > 0 || item.HasChildren() {
			w.out = append(w.out, b)
		}
		w.blocks(item, depth+1)
	}
}

func (w *walker) table(t *xast.Table, depth int) {
	b := Block{Kind: Table, Depth: depth}
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []Cell
		filled := false
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cell := Cell(w.inlines(c))
			filled = filled || len(cell) > 0
			cells = append(cells, cell)
		}
		switch {
		case !filled:
		case row.Kind() == xast.KindTableHeader:
			b.Header = cells
		default:
			b.Rows = append(b.Rows, cells)
		}
	}
	if b.Header != nil || b.Rows != nil {
		w.out = append(w.out, b)
	}
}

// lines returns the lines of code.
func (w *walker) lines(n ast.Node) []Run {
	w.runs = nil
	ls := n.Lines()
	for i := range ls.Len() {
		s := ls.At(i)
		w.emit(strings.Repeat(" ", s.Padding), -1, Run{})
		w.raw(s.Start, s.Stop, Run{})
	}
	if len(w.runs) > 0 {
		last := &w.runs[len(w.runs)-1]
		last.Text = strings.TrimRight(last.Text, "\r\n")
	}
	return w.runs
}

// inlines returns the runs of a block.
func (w *walker) inlines(n ast.Node) []Run {
	w.runs = nil
	w.within(n, Run{})
	return tidy(w.runs)
}

func (w *walker) within(parent ast.Node, look Run) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		here := look
		switch n := n.(type) {
		case *ast.Text:
			w.text(n, look)
			continue
		case *ast.CodeSpan:
			here.Code = true
		case *ast.Emphasis:
			here.Bold = look.Bold || n.Level > 1
		case *xast.Strikethrough:
			here.Struck = true
		case *xast.TaskCheckBox:
			if w.task = Open; n.IsChecked {
				w.task = Done
			}
		case *ast.Link:
			here.Link = safe(string(n.Destination))
		case *ast.AutoLink:
			here.Link = safe(string(n.URL([]byte(w.src.text))))
			label := string(n.Label([]byte(w.src.text)))
			w.emit(label, -1, here)
			continue
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				w.raw(n.Segments.At(i).Start, n.Segments.At(i).Stop, look)
			}
			continue
		}
		w.within(n, here)
	}
}

// text adds text with what its line ends with.
func (w *walker) text(n *ast.Text, look Run) {
	s := n.Segment
	if look.Code || n.IsRaw() {
		w.raw(s.Start, s.Stop, look)
	} else {
		w.decoded(s.Start, s.Stop, look)
	}
	switch {
	case n.HardLineBreak():
		w.emit("\n", -1, look)
	case n.SoftLineBreak():
		w.space(s.Stop)
	}
}

// space joins two lines, of which the second begins after the line feed at byte at: with
// a space unless they are in a script that has none.
func (w *walker) space(at int) {
	last, _ := utf8.DecodeLastRuneInString(Text(w.runs))
	next, _ := utf8.DecodeRuneInString(strings.TrimLeft(w.src.text[at:], " \t\r\n>"))
	if unspaced(last) && unspaced(next) {
		return
	}
	w.emit(" ", -1, Run{})
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) || '\u3000' <= r && r <= '\u303f' || '\uff00' <= r && r <= '\uff65'
}

// raw adds bytes as they are.
func (w *walker) raw(start, end int, look Run) {
	for at := start; at < end; {
		next := at + 1
		for next < end && w.isMarked(next) == w.isMarked(at) {
			next++
		}
		w.emit(w.src.text[at:next], at, look)
		at = next
	}
}

var entity = regexp.MustCompile(`^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// decoded adds text with what its escapes and entities stand for.
func (w *walker) decoded(start, end int, look Run) {
	s := w.src.text[:end]
	from := start
	for at := start; at < end; {
		n, said := 0, ""
		switch {
		case s[at] == '\\' && at+1 < end && s[at+1] < utf8.RuneSelf && unicode.IsOneOf([]*unicode.RangeTable{unicode.P, unicode.S}, rune(s[at+1])):
			n, said = 2, s[at+1:at+2]
		case s[at] == '&':
			if m := entity.FindString(s[at:]); m != "" {
				n, said = len(m), html.UnescapeString(m)
			}
		}
		if n == 0 {
			at++
			continue
		}
		w.raw(from, at, look)
		w.emit(said, at, look)
		at += n
		from = at
	}
	w.raw(from, end, look)
}

// isMarked tells whether a byte is highlighted. What was put in is as what is before.
func (w *walker) isMarked(at int) bool {
	from := w.src.from[at]
	if from < 0 {
		return w.last
	}
	return slices.ContainsFunc(w.marked, func(s rag.Span) bool { return s.Start <= from && from < s.End })
}

// emit adds text that is from byte at, or is put in if at is negative.
func (w *walker) emit(s string, at int, look Run) {
	if s == "" {
		return
	}
	if at >= 0 {
		w.last = w.isMarked(at)
	}
	look.Text, look.Marked = s, w.last
	if n := len(w.runs) - 1; n >= 0 {
		same := w.runs[n]
		if same.Text = s; same == look {
			w.runs[n].Text += s
			return
		}
	}
	w.runs = append(w.runs, look)
}

// safe returns an address that may be opened, or nothing.
func safe(address string) string {
	lower := strings.ToLower(address)
	if strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "mailto:") {
		return address
	}
	return ""
}

// tidy returns runs with single spaces but in code, without any around lines, and without
// marks of emphasis that the stretch cut in two.
func tidy(runs []Run) []Run {
	var out []Run
	trim := func() {
		for i := len(out) - 1; i >= 0 && !out[i].Code; i-- {
			if out[i].Text = strings.TrimRight(out[i].Text, " "); out[i].Text != "" {
				return
			}
		}
	}
	gap := true // a space here would be one too many
	for _, r := range runs {
		var line []byte
		for _, c := range r.Text {
			switch {
			case c == '\n' && !r.Code:
				if line = bytes.TrimRight(line, " "); len(line) == 0 {
					trim()
				}
				if len(out) > 0 || len(line) > 0 {
					line = append(line, '\n')
				}
				gap = true
			case !unicode.IsSpace(c) || c == '\u00a0' || c == '\u202f':
				line = utf8.AppendRune(line, c)
				gap = false
			case !gap || r.Code:
				line = append(line, ' ')
				gap = true
			}
		}
		if r.Text = string(line); r.Text != "" {
			out = append(out, r)
		}
	}
	trim()
	return whole(slices.DeleteFunc(out, func(r Run) bool { return r.Text == "" }))
}

// glued matches bold that Markdown does not see: a sign inside it touches a letter
// outside, as happens in scripts without spaces.
var glued = regexp.MustCompile(`\*\*([^*]*[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\x{3000}-\x{303f}\x{ff00}-\x{ffef}][^*]*)\*\*`)

// unlinked matches a link that Markdown does not see, such as one with spaces in its
// target.
var unlinked = regexp.MustCompile(`(^|[^\pL\pN_\])])\[([^\[\]\n]+)\](?:\([^()\n]*\)|\[[^\[\]\n]*\])`)

// whole returns runs without marks that were meant to be some, and without the half of a
// pair at either end.
func whole(runs []Run) []Run {
	if len(runs) == 0 {
		return nil
	}
	for i := range runs {
		if !runs[i].Code {
			runs[i].Text = unlinked.ReplaceAllString(glued.ReplaceAllString(runs[i].Text, "$1"), "$1$2")
		}
	}
	first, last := &runs[0], &runs[len(runs)-1]
	last.Text = strings.TrimRight(last.Text, "\n")
	for _, mark := range []string{"**", "__"} {
		if rest, ok := strings.CutPrefix(first.Text, mark); ok && !first.Code && rest != "" && !strings.HasPrefix(rest, " ") && strings.Trim(rest, mark) != "" {
			first.Text = rest
		}
		if rest, ok := strings.CutSuffix(last.Text, mark); ok && !last.Code && rest != "" && !strings.HasSuffix(rest, " ") && strings.Trim(rest, mark) != "" {
			last.Text = rest
		}
	}
	return slices.DeleteFunc(runs, func(r Run) bool { return r.Text == "" })
}
