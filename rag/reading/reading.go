// Package reading turns a quoted stretch of a document into what its reader sees:
// paragraphs, items, tables and code, without the marks that made them. What is cited
// stays the document's bytes; this is for the eye alone.
//
//	stretch -lines, inline, tables-> plain Markdown -goldmark-> Blocks of Runs
//
// A stretch may begin anywhere, such as in the middle of a list. Whatever the marks, no
// word that a reader of the rendered page would see is lost.
package reading

import (
	"path"
	"slices"
	"strings"

	"footnote/rag"
)

// A Block is a part of a stretch that stands on lines of its own.
type Block struct {
	Kind  Kind
	Depth int // how many items it stands in; an Item does not count itself
	Level int // of a Heading, from 1
	// Number is that of an Item of a numbered list, with its dot or bracket: "3."
	Number string
	Task   Task
	Runs   []Run    // of all kinds but a Table; of Code letter for letter
	Header []Cell   // of a Table; empty if it is not known
	Rows   [][]Cell // of a Table, each as long as the longest
}

// A Cell is what stands in one column of a row.
type Cell []Run

// A Kind says how a Block is laid out.
type Kind int

const (
	Paragraph Kind = iota
	Heading
	Item
	Code
	Table
)

// A Task is the box before an Item.
type Task int

const (
	NoTask Task = iota
	Open
	Done
)

// A Run is text of one look. A line feed in it ends a line.
type Run struct {
	Text   string
	Bold   bool
	Code   bool
	Struck bool
	Link   string // an http, https or mailto address; empty: none
	Marked bool   // it is highlighted
}

// maxStretch is the length in bytes above which a stretch is not parsed: no quote is so
// long, and goldmark takes quadratic time on some hostile text.
const maxStretch = 32 << 10

// Of returns the reading form of a stretch of the document docID, whose name says what
// it is written in. The spans of marked are bytes of s; what they hold is Marked.
func Of(docID, s string, marked []rag.Span) []Block {
	switch strings.ToLower(path.Ext(docID)) {
	case ".md", ".markdown", ".mdx":
		return Markdown(s, marked)
	}
	return Plain(s, marked)
}

// Markdown returns the reading form of a stretch of Markdown.
func Markdown(s string, marked []rag.Span) []Block {
	if len(s) > maxStretch {
		return Plain(s, marked)
	}
	plain := newSource(s).dedent().lines().inline().tables()
	if len(plain.text) > maxStretch { // a row of thousands of cells, lists a hundred deep
		return Plain(s, marked)
	}
	return parse(plain, marked)
}

// Plain returns a stretch of plain text as it is. Lines that were broken to fit a page
// become paragraphs; columns and indented lines stay what they are.
func Plain(s string, marked []rag.Span) []Block {
	w := walker{src: newSource(s), marked: marked}
	var out []Block
	for _, p := range paragraphs(s) {
		kind, body := Paragraph, s[p.Start:p.End]
		if columns(body) {
			kind = Code
		}
		w.runs = nil
		for at := p.Start; at < p.End; {
			n := 1
			for at+n < p.End && s[at+n] != '\n' {
				n++
			}
			if s[at] == '\n' && kind == Paragraph && broken(body) {
				w.space(at)
				at++
				continue
			}
			w.raw(at, at+n, Run{})
			at += n
		}
		out = append(out, Block{Kind: kind, Runs: w.runs})
	}
	return out
}

// paragraphs returns what empty lines separate.
func paragraphs(s string) []rag.Span {
	var out []rag.Span
	at, open := 0, false
	for line := range strings.Lines(s) {
		end := at + len(strings.TrimRight(line, " \t\r\n"))
		switch {
		case end == at:
			open = false
		case open:
			out[len(out)-1].End = end
		default:
			open, out = true, append(out, rag.Span{Start: at, End: end})
		}
		at += len(line)
	}
	return out
}

// columns tells whether space in some lines is for the eye.
func columns(s string) bool {
	return slices.ContainsFunc(strings.Split(s, "\n"), func(line string) bool {
		body := strings.TrimRight(line, " \r")
		return strings.Contains(body, "\t") || strings.HasPrefix(body, "    ") || strings.Contains(strings.TrimLeft(body, " "), "   ")
	})
}

// broken tells whether lines end where a page did, not where something ended.
func broken(s string) bool {
	const least = 45 // bytes of each line but the last
	lines := strings.Split(s, "\n")
	return !slices.ContainsFunc(lines[:len(lines)-1], func(line string) bool { return len(line) < least }) &&
		!slices.ContainsFunc(lines[1:], func(line string) bool { return itemLine.MatchString(line) })
}

// Text returns the text of runs without their looks.
func Text(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.Text)
	}
	return b.String()
}

// Tells reports whether what is marked stands out: something is, and something is not.
func Tells(blocks []Block) bool {
	var in, out bool
	look := func(runs []Run) {
		for _, r := range runs {
			if strings.TrimSpace(r.Text) != "" {
				in, out = in || r.Marked, out || !r.Marked
			}
		}
	}
	for _, b := range blocks {
		look(b.Runs)
		for _, row := range b.Rows {
			for _, cell := range row {
				look(cell)
			}
		}
	}
	return in && out
}
