package reading

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// A source is text on its way to plain Markdown, and where its bytes are from.
type source struct {
	text string
	from []int // by byte: the byte of the stretch, -1 for what was put in
}

func newSource(s string) source {
	from := make([]int, len(s))
	for i := range from {
		from[i] = i
	}
	return source{s, from}
}

// A draft is the source that another becomes.
type draft struct {
	src  source
	text []byte
	from []int
}

// keep takes bytes i to j over.
func (d *draft) keep(i, j int) {
	d.text = append(d.text, d.src.text[i:j]...)
	d.from = append(d.from, d.src.from[i:j]...)
}

// put adds what was not there.
func (d *draft) put(s string) {
	d.text = append(d.text, s...)
	for range len(s) {
		d.from = append(d.from, -1)
	}
}

// trim takes back the space at the end of the last line.
func (d *draft) trim() {
	n := len(d.text)
	for n > 0 && (d.text[n-1] == ' ' || d.text[n-1] == '\t') {
		n--
	}
	d.text, d.from = d.text[:n], d.from[:n]
}

// apart ends the block that is being written, if any.
func (d *draft) apart() {
	d.trim()
	if len(d.text) > 0 && !bytes.HasSuffix(d.text, []byte("\n\n")) {
		d.put("\n\n")
	}
}

// lineStart tells whether the last line is empty so far.
func (d *draft) lineStart() bool {
	for i := len(d.text) - 1; i >= 0; i-- {
		switch d.text[i] {
		case '\n':
			return true
		case ' ', '\t', '>':
		default:
			return false
		}
	}
	return true
}

func (d *draft) source() source { return source{string(d.text), d.from} }

// dedent sets a stretch that begins with an inner item of a list back to the margin.
func (s source) dedent() source {
	body := strings.TrimLeft(s.text, " \t\r\n")
	in := len(s.text) - len(body) - 1 - strings.LastIndexByte(s.text[:len(s.text)-len(body)], '\n')
	first, _, _ := strings.Cut(body, "\n")
	if in == 0 || !itemLine.MatchString(strings.TrimRight(first, "\r")) {
		return s
	}
	d := &draft{src: s}
	for _, l := range linesOf(s.text) {
		line := s.text[l.start:l.next]
		d.keep(l.start+min(in, len(line)-len(strings.TrimLeft(line, " \t"))), l.next)
	}
	return d.source()
}

// A line is a range of bytes without its line end.
type line struct{ start, end, next int }

// linesOf returns the lines of s.
func linesOf(s string) []line {
	var out []line
	at := 0
	for l := range strings.Lines(s) {
		out = append(out, line{at, at + len(strings.TrimRight(l, "\r\n")), at + len(l)})
		at += len(l)
	}
	return out
}

var (
	fenceLine   = regexp.MustCompile("^[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)?(`{3,}|~{3,})([^`]*)$")
	itemLine    = regexp.MustCompile(`^[ \t>]*(?:[-*+]|[0-9]{1,9}[.)])(?:[ \t]|$)`)
	numberLine  = regexp.MustCompile(`^[ \t>]*[0-9]{1,9}[.)][ \t]`)
	colons      = regexp.MustCompile(`^[ \t>]*:{3,}[ \t]*(?:\{?\.?([A-Za-z][\w-]*)\}?)?[ \t]*(?:\{[^}]*\})?[ \t]*(?:\[(.*)\]|(.*?))[ \t]*:*$`)
	exclaimed   = regexp.MustCompile(`^[ \t]*(?:!!!|\?\?\?\+?)[ \t]+([A-Za-z][\w-]*)[^"]*(?:"(.*)")?[ \t]*$`)
	tabLine     = regexp.MustCompile(`^[ \t]*===\+?[ \t]+"(.*)"[ \t]*$`)
	alertLine   = regexp.MustCompile(`^[ \t]*>[ \t]*\[!([A-Za-z]+)\][-+]?[ \t]*(.*?)[ \t]*$`)
	moduleLine  = regexp.MustCompile(`^(?:import\s+(?:[\w*{}\s,$]+\s+from\s+)?['"][^'"]+['"];?|export\s+(?:const|let|var|function|default|async)\b.*)[ \t]*$`)
	attributes  = regexp.MustCompile(`^[ \t>]*\{(?::|[.#])[^{}]*\}[ \t]*$`)
	frontMatter = regexp.MustCompile(`\A(?:---|\+\+\+)[ \t]*\r?\n(?:[ \t]*[\w-]+[ \t]*[:=].*\n|[ \t]*- .*\n|[ \t]*#.*\n|[ \t]+.*\n|[ \t]*\r?\n)*(?:---|\+\+\+)[ \t]*(?:\r?\n|\z)`)
)

// lines takes out, or puts into Markdown, what stands on lines of its own: front matter,
// the marks of admonitions and tabs, imports and exports, lines of attributes.
func (s source) lines() source {
	d := &draft{src: s}
	fence, dedent := "", 0
	skip := len(frontMatter.FindString(s.text))
	for _, l := range linesOf(s.text) {
		body := s.text[l.start:l.end]
		in := len(body) - len(strings.TrimLeft(body, " "))
		if dedent > 0 && strings.TrimSpace(body) != "" {
			if in < dedent {
				dedent = 0
			}
			l.start += dedent
			body = s.text[l.start:l.end]
		}
		switch {
		case l.start < skip:
			continue
		case fence != "":
			if closes(body, fence) {
				fence = ""
			}
		case fenceLine.MatchString(body):
			fence = fenceLine.FindStringSubmatch(body)[1]
		default:
			if width, ok := d.ownLine(body, in); ok {
				if width > 0 {
					dedent = width
				}
				continue
			}
			d.listStart(body)
		}
		d.keep(l.start, l.next)
	}
	return d.source()
}

// ownLine handles a line that is a mark, and tells how far what belongs to it is
// indented.
func (d *draft) ownLine(body string, in int) (width int, ok bool) {
	label := func(kind, title string) {
		d.apart()
		if title == "" {
			title = strings.ToUpper(kind[:min(1, len(kind))]) + strings.ToLower(kind[min(1, len(kind)):])
		}
		if title != "" {
			d.put("**" + strings.Trim(title, "* ") + "**\n\n")
		}
	}
	if m := colons.FindStringSubmatch(body); m != nil {
		title := m[2] + m[3]
		if slices.Contains([]string{"row", "col", "column", "div", "container", "grid", "tabs", "tab-set"}, strings.ToLower(m[1])) && title == "" {
			m[1] = ""
		}
		label(m[1], title)
		return 0, true
	}
	if m := exclaimed.FindStringSubmatch(body); m != nil {
		label(m[1], m[2])
		return in + 4, true
	}
	if m := tabLine.FindStringSubmatch(body); m != nil {
		label("", m[1])
		return in + 4, true
	}
	if m := alertLine.FindStringSubmatch(body); m != nil {
		label(m[1], m[2])
		return 0, true
	}
	return 0, moduleLine.MatchString(body) || attributes.MatchString(body)
}

// listStart sets a numbered item apart from the line that leads in to it: Markdown
// begins a list there only with the number 1.
func (d *draft) listStart(body string) {
	before := strings.TrimRight(string(d.text[max(0, len(d.text)-8):]), " \r\n")
	if numberLine.MatchString(body) && strings.HasSuffix(before, ":") && !bytes.HasSuffix(d.text, []byte("\n\n")) {
		d.put("\n")
	}
}

// closes tells whether a line ends the code that a fence began.
func closes(line, fence string) bool {
	line = strings.TrimLeft(strings.TrimSpace(line), "> ")
	return len(line) >= len(fence) && strings.Trim(line, fence[:1]) == ""
}

// tables gives rows whose header is not there an empty one, and all rows of a table as
// many cells as the longest has: Markdown would drop the others.
func (s source) tables() source {
	d := &draft{src: s}
	ls := linesOf(s.text)
	fence := ""
	for i := 0; i < len(ls); i++ {
		body := s.text[ls[i].start:ls[i].end]
		if fence != "" {
			if closes(body, fence) {
				fence = ""
			}
		} else if m := fenceLine.FindStringSubmatch(body); m != nil {
			fence = m[1]
		} else if n := tableAt(s.text, ls[i:]); n > 0 {
			d.table(ls[i : i+n])
			i += n - 1
			continue
		}
		d.keep(ls[i].start, ls[i].next)
	}
	return d.source()
}

var ruleLine = regexp.MustCompile(`^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)

// tableAt returns how many lines from the first on are a table: 0 if it begins none.
func tableAt(s string, ls []line) int {
	row := func(i int) string { return s[ls[i].start:ls[i].end] }
	piped := func(i int) bool {
		t := strings.TrimSpace(row(i))
		return strings.HasPrefix(t, "|") && len(t) > 1 && strings.HasSuffix(t, "|")
	}
	ruled := func(i int) bool { return strings.Contains(row(i), "|") && ruleLine.MatchString(row(i)) }
	switch {
	case len(ls) > 1 && ruled(1) && strings.Contains(row(0), "|"):
	case piped(0):
	default:
		return 0
	}
	n := 1
	for n < len(ls) && strings.Contains(row(n), "|") {
		n++
	}
	return n
}

// table keeps the rows of a table.
func (d *draft) table(ls []line) {
	row := func(l line) string { return d.src.text[l.start:l.end] }
	most := 0
	for _, l := range ls {
		most = max(most, cells(row(l)))
	}
	rule := "|" + strings.Repeat("---|", most) + "\n"
	if len(d.text) > 0 && !bytes.HasSuffix(d.text, []byte("\n\n")) {
		d.put("\n")
	}
	header := len(ls) > 1 && ruleLine.MatchString(row(ls[1])) && !ruleLine.MatchString(row(ls[0]))
	if !header {
		d.put("|" + strings.Repeat(" |", most) + "\n" + rule)
	}
	for i, l := range ls {
		switch {
		case header && i == 1:
			d.put(rule)
			continue
		case ruleLine.MatchString(row(l)):
			continue
		}
		start := l.start + strings.IndexFunc(row(l)+"|", func(r rune) bool { return !strings.ContainsRune(" \t>", r) })
		body := strings.TrimRight(d.src.text[start:l.end], " \t")
		if !strings.HasPrefix(body, "|") {
			d.put("|")
		}
		d.keep(start, start+len(body))
		if !strings.HasSuffix(body, "|") || strings.HasSuffix(body, `\|`) {
			d.put("|")
		}
		d.put(strings.Repeat(" |", most-cells(row(l))) + "\n")
	}
	d.put("\n")
}

// cells returns how many cells a row has.
func cells(row string) int {
	row = strings.Trim(row, " \t>")
	n := strings.Count(row, "|") - strings.Count(row, `\|`) + 1
	if strings.HasPrefix(row, "|") {
		n--
	}
	if strings.HasSuffix(row, "|") && !strings.HasSuffix(row, `\|`) {
		n--
	}
	return max(n, 1)
}
