package rag

import (
	"slices"
	"strings"
)

// isBlock tells a table or code block, which is checked line by line.
func isBlock(s string) bool {
	return strings.Contains(s, "\n") && (strings.HasPrefix(s, "```") || strings.HasPrefix(s, "~~~") || strings.HasPrefix(s, "|"))
}

// checkBlock checks a table or code block: it is quoted if each line stands in
// one source, else each row or line must be borne out.
func (v *verifier) checkBlock(s string, cited []int) (Support, verdict) {
	lines, table := blockLines(s), strings.HasPrefix(s, "|")
	if table && v.isHeader(lines, cited) {
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return Checked, verdict{}
	}
	for _, h := range cited {
		if span, ok := holdsLines(v.hits[h].Passage.Text, lines); ok {
			return Quoted, verdict{places: []place{{h, span}}}
		}
	}
	all := verdict{}
	for i, line := range lines {
		if table && i == 0 && !strings.ContainsAny(line, "0123456789") {
			continue // the head of a table
		}
		got := v.checkLine(line, table, cited)
		all.lost = append(all.lost, got.lost...)
		for _, p := range got.places {
			all.add(p)
		}
	}
	if len(all.lost) > 0 {
		return Unverified, all
	}
	return Checked, all
}

// isHeader tells whether the first of several lines is the header of a table that a
// part of is cited: it claims nothing, and the quote is of rows alone.
func (v *verifier) isHeader(lines []string, cited []int) bool {
	return len(lines) > 1 && slices.ContainsFunc(cited, func(h int) bool {
		p := v.hits[h].Passage
		return headsTable(p.Lead, lines[0]) || headsTable(p.Text, lines[0])
	})
}

// headsTable tells whether a line is followed by a rule of dashes in s.
func headsTable(s, line string) bool {
	_, rest, found := strings.Cut(s, line)
	next, _, _ := strings.Cut(strings.TrimLeft(rest, " \t\r\n"), "\n")
	return found && strings.Contains(next, "-") && strings.Trim(next, "|-: \t\r") == ""
}

// checkLine checks a row of a table as a sentence, and a line of code letter for
// letter.
func (v *verifier) checkLine(line string, table bool, cited []int) verdict {
	if places := v.quoted(line, cited); places != nil || !hasWord(line) {
		return verdict{places: places}
	}
	if !table {
		return verdict{lost: []string{line}}
	}
	return v.weighAll(newStatement(strings.Join(strings.FieldsFunc(line, func(r rune) bool { return r == '|' }), ", ")), cited)
}

// add puts a place to the others; two of one source become one.
func (v *verdict) add(p place) {
	for i, q := range v.places {
		if q.hit == p.hit {
			v.places[i].span = Span{min(p.span.Start, q.span.Start), max(p.span.End, q.span.End)}
			return
		}
	}
	v.places = append(v.places, p)
}

// blockLines returns the lines of a block without fences, rules and empty ones.
func blockLines(s string) []string {
	var lines []string
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if strings.Trim(line, "|-: ") == "" || strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~") {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}

// holdsLines returns where source holds the lines in order.
func holdsLines(source string, lines []string) (Span, bool) {
	span := Span{Start: -1}
	for _, line := range lines {
		i := indexWhole(source[span.End:], line)
		if i < 0 {
			return span, false
		}
		if span.Start < 0 {
			span.Start = i
		}
		span.End += i + len(line)
	}
	return span, true
}
