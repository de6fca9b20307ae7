// Package show writes answers and their sources for the terminal, as JSON and
// as Markdown.
//
// Whatever comes from a document, a file's name, a question or a model goes
// through Clean before a terminal sees it. JSON keeps every byte, escaped.
package show

import (
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"footnote/prompts"
	"footnote/rag"
)

// A Terminal says how to show answers. With an Out and Fixed alone, it is 80
// columns wide and has no colour.
type Terminal struct {
	Out   io.Writer
	Fixed prompts.Fixed // the words around an answer, in its language
	Width int           // columns; 0 means 80, or lines of any length if Plain
	// Colour allows escape sequences: bold only, which is readable on every
	// background and never the sole carrier of meaning.
	Colour bool
	// Plain is for screen readers: every mark is a word, nothing is aligned.
	Plain     bool
	Model     string // the language model that was asked for; empty: none
	Documents int    // how many were searched
	Now       func() time.Time
}

// noWrap is a width that no line reaches.
const noWrap = 1 << 30

func (t Terminal) width() int {
	switch {
	case t.Width > 0:
		return t.Width
	case t.Plain:
		return noWrap
	}
	return 80
}

func (t Terminal) bold(s string) string {
	if !t.Colour {
		return s
	}
	return lipgloss.NewStyle().Bold(true).Render(s)
}

// mark returns the mark of citation n.
func (t Terminal) mark(n int) string {
	if t.Plain {
		return "[" + numbered(t.Fixed.Words.Mark, n) + "]"
	}
	return fmt.Sprintf("[%d]", n)
}

// Paragraph returns s cleaned and wrapped, each of its lines for itself, with a
// line feed at the end.
func (t Terminal) Paragraph(s string) string {
	var b strings.Builder
	for line := range strings.Lines(Clean(s)) {
		f := flow{out: &b, width: t.width()}
		f.text(line)
		f.end()
	}
	return b.String()
}

// Age says how long ago the documents were read: "2 min ago".
func (t Terminal) Age(read time.Time) string {
	now := time.Now
	if t.Now != nil {
		now = t.Now
	}
	count := func(s string, n float64) string { return prompts.Fill(s, "count", strconv.Itoa(int(n))) }
	switch d := now().Sub(read); {
	case d < time.Minute:
		return t.Fixed.Words.JustNow
	case d < time.Hour:
		return count(t.Fixed.Words.Minutes, d.Minutes())
	case d < 48*time.Hour:
		return count(t.Fixed.Words.Hours, d.Hours())
	default:
		return count(t.Fixed.Words.Days, d.Hours()/24)
	}
}

// numbered returns one of the fixed texts with its {n}.
func numbered(s string, n int) string { return prompts.Fill(s, "n", strconv.Itoa(n)) }

// Count returns n and the noun, in the plural unless n is 1.
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Number returns n with commas: "12,345".
func Number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Label names what a citation or passage is from: "Leave > Parental". Its entities are
// the letters that they stand for.
func Label(title, heading, docID string) string {
	title, heading = html.UnescapeString(title), html.UnescapeString(heading)
	switch {
	case title == "" && heading == "":
		return docID
	case title == "" || heading == title || strings.HasPrefix(heading, title+" > "):
		return heading
	case heading == "":
		return title
	}
	return title + " > " + heading
}

// claims returns how many sentences claim something, and how many of those are
// quoted and checked.
func claims(ss []rag.CitedSentence) (all, quoted, checked int) {
	for _, s := range ss {
		switch s.Support {
		case rag.Quoted:
			quoted++
		case rag.Checked:
			checked++
		case rag.None:
			continue
		}
		all++
	}
	return all, quoted, checked
}
