package load

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/rag"
)

// A mark is a pair of percent signs outside of code: Obsidian hides what stands
// between two of them, in a line or over paragraphs and headings.
type mark struct {
	at     int
	opens  bool // a comment may begin here,
	closes bool // or end here
	edge   bool // only space and marks of Markdown are before it in its line, or only space behind it
	apart  bool // it ends a comment of several paragraphs: it is at an edge, or has space before it
	part   int  // counts the paragraphs
}

// percentComments returns the comments between percent signs in text, whose parts
// are given, in order. What is not closed is none, nor is what printf takes for one
// sign, "100%% sure", or a magic word of a notebook, "%%time".
func percentComments(text string, parts []part) []rag.Dropped {
	var marks []mark
	for _, p := range parts {
		if p.kind != code && p.kind != html {
			marks = appendMarks(marks, text, p.span)
		}
	}
	next := closers(marks)
	var out []rag.Dropped
	end := 0
	for i, m := range marks {
		if m.at < end || !m.opens {
			continue
		}
		if c := next[i].inside; c > 0 && marks[c].part == m.part {
			end = marks[c].at + 2
		} else if c := next[i].beyond; c > 0 && m.edge {
			end = marks[c].at + 2
		} else {
			continue
		}
		out = append(out, rag.Dropped{Span: rag.Span{Start: m.at, End: end}, Why: "comment"})
	}
	return out
}

// closer says which mark after another ends a comment that it begins: one inside
// the paragraph, one beyond it; 0 if there is none.
type closer struct{ inside, beyond int }

func closers(marks []mark) []closer {
	next := make([]closer, len(marks))
	var c closer
	for i, m := range slices.Backward(marks) {
		next[i] = c
		if m.closes {
			c.inside = i
			if m.apart {
				c.beyond = i
			}
		}
	}
	return next
}

var (
	// conversion is what a format of printf may have before a percent sign.
	conversion = regexp.MustCompile(`%[-+ #0]*\d*(?:\.\d+)?[A-Za-z]$`)
	lineMarks  = " \t>-*+.)0123456789"
)

// appendMarks appends the marks in a span of text to those before it.
func appendMarks(marks []mark, text string, span rag.Span) []mark {
	s := text[span.Start:span.End]
	if !strings.Contains(s, "%%") {
		return marks
	}
	unseen, ticks := invisible(s, true), findTicks(s)
	lineStart, blank := 0, true
	part := 1
	if n := len(marks); n > 0 {
		part = marks[n-1].part + 1
	}
	for i := 0; i < len(s); {
		for len(unseen) > 0 && unseen[0].Span.End <= i {
			unseen = unseen[1:]
		}
		switch c := s[i]; {
		case len(unseen) > 0 && unseen[0].Span.Start <= i:
			i = unseen[0].Span.End
		case c == '\n' || c == '\r':
			if blank && !strings.HasPrefix(s[i-min(i, 1):], "\r\n") {
				part++
			}
			i++
			lineStart, blank = i, true
		case c == '\\':
			i, blank = min(i+2, len(s)), false
		case c == '`':
			i, blank = ticks.after(i), false
		case c == '%':
			n := len(s[i:]) - len(strings.TrimLeft(s[i:], "%"))
			if n == 2 {
				m := markAt(s, i, lineStart)
				m.at, m.part = span.Start+i, part
				marks = append(marks, m)
			}
			i, blank = i+n, false
		default:
			blank = blank && (c == ' ' || c == '\t' || c == '>')
			i++
		}
	}
	return marks
}

// markAt tells what the percent signs at i may be, by what is around them.
func markAt(s string, i, lineStart int) mark {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	behind, _ := utf8.DecodeRuneInString(s[i+2:])
	rest := s[i+2:]
	if end := strings.IndexAny(rest, "\r\n"); end >= 0 {
		rest = rest[:end]
	}
	line := s[lineStart:i]
	spaced := i == lineStart || unicode.IsSpace(before)
	first, last := strings.Trim(line, lineMarks) == "", strings.TrimSpace(rest) == ""
	word := unicode.IsLetter(behind) || unicode.IsDigit(behind)
	m := mark{edge: first || last, apart: spaced || last, closes: !spaced || !word, opens: true}
	switch {
	case unicode.IsDigit(before):
		m.opens = unicode.IsLetter(behind)
	case unicode.IsLetter(before):
		m.opens = !conversion.MatchString(line)
	}
	return m
}

// without returns text with the comments blank, byte for byte in place. Where text
// follows in their last line they are letters: space would make it code.
func without(text string, comments []rag.Dropped) string {
	if len(comments) == 0 {
		return text
	}
	seen := []byte(text)
	for _, c := range comments {
		span := c.Span
		end, _ := line(text, span.End)
		fill := byte('x')
		if strings.TrimSpace(text[span.End:end]) == "" {
			fill = ' '
		}
		for i := span.End - 1; i >= span.Start; i-- {
			if seen[i] == '\n' || seen[i] == '\r' {
				fill = ' '
			} else {
				seen[i] = fill
			}
		}
	}
	return string(seen)
}
