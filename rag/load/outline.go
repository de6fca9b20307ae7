package load

import (
	"bytes"
	"regexp"
	"strings"

	"footnote/rag"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// A part is one of the outermost blocks of a Markdown text.
type part struct {
	span  rag.Span // from the start of its first line, without space at the end
	kind  partKind
	level int // of a heading, from 1
}

type partKind byte

const (
	paragraph partKind = iota
	heading
	list
	quote
	code
	html
	rule
)

// Goldmark's tree takes up to 200 times the memory of its text, so it is given
// a window at a time. The last block of a window may go on after it and is read
// again; only one that is longer than maxWindow is cut.
const (
	minWindow = 128 << 10
	maxWindow = 1 << 20
)

// outline returns the parts of text from the offset from on, in order.
//
// Goldmark finds blocks only. Inline marks are not needed, and both its link
// definitions and its tables take quadratic time on hostile text.
func outline(text string, from int) []part {
	p := parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...))
	var parts []part
	window := minWindow
	for from < len(text) && len(parts) <= maxBlocks {
		end := windowEnd(text, from, window)
		found := topLevel(p, text[from:end])
		if end < len(text) {
			switch last := len(found) - 1; {
			case last > 0:
				end = from + found[last].span.Start
				found = found[:last]
			case last == 0 && window < maxWindow:
				window *= 2
				continue
			}
		}
		for i, f := range found {
			stop := end
			if i+1 < len(found) {
				stop = from + found[i+1].span.Start
			}
			f.span = trim(text, rag.Span{Start: from + f.span.Start, End: stop})
			parts = append(parts, f)
		}
		from, window = end, minWindow
	}
	return parts
}

// windowEnd returns the end of the line that from+size is in.
func windowEnd(text string, from, size int) int {
	if from+size >= len(text) {
		return len(text)
	}
	_, next := line(text, from+size)
	return next
}

// topLevel returns the outermost blocks of text, without the ends of their
// spans. The first starts at 0, and each at the start of a line.
func topLevel(p parser.Parser, text string) []part {
	src := flatten(text)
	root := p.Parse(gtext.NewReader(src))
	var parts []part
	last := -1
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Pos() < 0 || n.Pos() > len(src) {
			continue
		}
		start := bytes.LastIndexByte(src[:n.Pos()], '\n') + 1
		if start <= last {
			continue
		}
		last = start
		p := partOf(n)
		p.span.Start = start
		parts = append(parts, p)
	}
	if len(parts) > 0 {
		parts[0].span.Start = 0 // it may not be, after blank lines
	}
	if len(parts) == 0 && strings.TrimSpace(text) != "" {
		parts = []part{{}}
	}
	return parts
}

func partOf(n ast.Node) part {
	switch n := n.(type) {
	case *ast.Heading:
		return part{kind: heading, level: n.Level}
	case *ast.List:
		return part{kind: list}
	case *ast.Blockquote:
		return part{kind: quote}
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return part{kind: code}
	case *ast.HTMLBlock:
		return part{kind: html}
	case *ast.ThematicBreak:
		return part{kind: rule}
	}
	return part{kind: paragraph}
}

// maxDepth is how deep lists and quotes may be nested. Goldmark's time and
// memory grow with the depth times the lines.
const maxDepth = 40

// flatten returns text for goldmark, byte for byte in place: lone CRs end lines,
// a run of blank lines is one, and nothing is nested deeper than maxDepth.
func flatten(text string) []byte {
	src := []byte(text)
	blank := -1 // where the line end of the blank line before is
	for at := 0; at < len(text); {
		end, next := line(text, at)
		if next > end {
			src[next-1] = '\n'
		}
		switch {
		case !util.IsBlank(src[at:end]):
			blank = -1
			if i := tooDeep(text[at:end]); i >= 0 {
				src[at+i] = 'x'
			}
		default:
			if blank >= 0 {
				for i := blank; i < at; i++ {
					src[i] = ' '
				}
			}
			blank = end
		}
		at = next
	}
	return src
}

// tooDeep returns where in a line something is nested deeper than maxDepth, or
// -1. A block quote needs one mark, and a list two columns.
func tooDeep(line string) int {
	depth, columns := 0, 0
	for i := 0; i < len(line); i++ {
		if depth+columns/2 > maxDepth && line[i] != ' ' && line[i] != '\t' {
			return i
		}
		switch c := line[i]; {
		case c == ' ':
			columns++
		case c == '\t':
			columns += 4
		case c == '>':
			depth++
		default:
			n := markerLength(line[i:])
			if n == 0 {
				return -1
			}
			depth++
			i += n - 1
		}
	}
	return -1
}

// markerLength returns the length of the list marker that s starts with, or 0.
func markerLength(s string) int {
	n := 0
	for n < len(s) && n < 9 && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	switch {
	case n == len(s):
		return 0
	case n > 0 && (s[n] == '.' || s[n] == ')'), n == 0 && strings.IndexByte("-+*", s[0]) >= 0:
		n++
	default:
		return 0
	}
	if n < len(s) && s[n] != ' ' && s[n] != '\t' {
		return 0
	}
	return n
}

var definition = regexp.MustCompile(`^ {0,3}\[[^\]^][^\]]*\]:[ \t]*(?:<[^>]*>|[^\s<]\S*)[ \t]*(?:[ \t]["'(].*["')])?[ \t]*$`)

// linkDefinition tells whether a line is a definition such as
// "[label]: https://example.org". That of a footnote, "[^1]: text", is text.
func linkDefinition(line string) bool { return definition.MatchString(line) }

// tableStart returns where the table in the paragraph text[at:] starts: the line
// before the one of dashes, if it has as many cells. Else it returns the end.
func tableStart(text string, at int) int {
	before, cells := at, 0
	for first := true; at < len(text); first = false {
		end, next := line(text, at)
		l := text[at:end]
		if !first && delimiterRow(l) && cellsOf(l) == cells {
			return before
		}
		before, cells = at, cellsOf(l)
		at = next
	}
	return len(text)
}

// delimiterRow tells whether a line is like "| :--- | ---: |".
func delimiterRow(line string) bool {
	if strings.Trim(line, " \t|:-") != "" || !strings.Contains(line, "|") {
		return false
	}
	for cell := range strings.SplitSeq(withoutOuterPipes(line), "|") {
		cell = strings.TrimSpace(cell)
		cell = strings.TrimSuffix(strings.TrimPrefix(cell, ":"), ":")
		if cell == "" || strings.Trim(cell, "-") != "" {
			return false
		}
	}
	return true
}

func cellsOf(line string) int {
	line = withoutOuterPipes(line)
	return strings.Count(line, "|") - strings.Count(line, `\|`) + 1
}

func withoutOuterPipes(line string) string {
	line = strings.TrimPrefix(strings.TrimSpace(line), "|")
	if strings.HasSuffix(line, `\|`) {
		return line
	}
	return strings.TrimSuffix(line, "|")
}

// headingReader reads the text of headings without their marks.
type headingReader struct{ parser parser.Parser }

func newHeadingReader() headingReader {
	return headingReader{goldmark.New(goldmark.WithParserOptions(parser.WithHeadingAttribute())).Parser()}
}

// text returns the words of a heading, given as written with its marks, and what
// of it is hidden.
func (h headingReader) text(raw string, hidden []rag.Dropped) string {
	for _, d := range hidden {
		raw = raw[:d.Span.Start] + strings.Repeat(" ", d.Span.End-d.Span.Start) + raw[d.Span.End:]
	}
	src := []byte(raw)
	var words strings.Builder
	root := h.parser.Parse(gtext.NewReader(src))
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				words.Write(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(n.Segment.Value(src)))))
				if n.SoftLineBreak() || n.HardLineBreak() {
					words.WriteByte(' ')
				}
			}
		case *ast.AutoLink:
			if entering {
				words.Write(n.Label(src))
			}
		}
		return ast.WalkContinue, nil // unreachable error: the function returns none
	})
	return oneLine(words.String())
}
