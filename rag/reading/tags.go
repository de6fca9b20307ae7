package reading

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A markup is what is known of the tags before.
type markup struct {
	open  int      // block tags and components that are not closed yet
	base  int      // how far the lines in them are indented; -1: the next line tells
	lists []int    // of each open list the number of its last item, -1 for none
	hrefs []string // of open links
	where place
	rows  int  // of the table
	cells int  // of the row, closed
	cell  bool // one is open
	heads bool // all cells of the row are of a header
}

// A place says where in a table a byte is.
type place int

const (
	outside place = iota
	between       // rows
	inRow
)

// words returns a set of names.
func words(s string) func(string) bool {
	names := strings.Fields(s)
	return func(name string) bool { return slices.Contains(names, name) }
}

var (
	tagMark = regexp.MustCompile(`^<(/?)([A-Za-z][A-Za-z0-9.-]*)((?:\s(?:[^<>"'{}]|"[^"]*"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*\})*)?)/?>`)
	blockIn = regexp.MustCompile(`(?i)<(?:div|p|h[1-6]|ul|ol|table|br)\b|\n[ \t]*\n`)

	isInline = words("a abbr b bdi bdo big button center cite code del dfn em font i img input ins kbd label mark nobr q rp rt ruby " +
		"s samp small source span strike strong sub sup svg path time tt u var wbr")
	isBlock = words("address article aside blockquote body br caption col colgroup dd details dialog div dl dt embed fieldset figcaption " +
		"figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link main meta nav noscript object ol option p picture " +
		"pre section select summary table tbody td tfoot th thead title tr ul video audio")
	isUnseen = words("script style template")
	needsEnd = words("dialog details div dl fieldset figure form ol section select table ul article aside body html main nav header footer blockquote")
	isSure   = words("b blockquote code dd details div dl dt em h1 h2 h3 h4 h5 h6 kbd li ol p pre section small span strong sub summary sup table tbody td tfoot th thead tr ul")
	endsAlso = words("br hr p li td th tr dd dt col tbody thead tfoot img input wbr source meta link embed")
)

// tag takes a tag of HTML or a component of JSX out, or puts what it means into
// Markdown. What is neither, such as <name>, is text.
func (w *inliner) tag(i int, near string) int {
	if strings.HasPrefix(near, "<!--") {
		return strings.Index(w.src.text[i:], "-->") + len("-->") // 0 or less: none
	}
	m := tagMark.FindStringSubmatchIndex(near)
	if m == nil {
		return 0
	}
	t := tagged{at: i, name: near[m[4]:m[5]], end: m[2] < m[3], near: near, len: m[1], attrs: near[m[6]:m[7]]}
	lower := strings.ToLower(t.name)
	void := strings.HasSuffix(near[:m[1]], "/>") || endsAlso(lower)
	known := t.end || void || isSure(lower) || isBlock(lower) && w.alone(t) || t.attrs != "" || w.closedLater(t)
	component := t.name[0] < 'a' && lower != t.name && strings.ToUpper(t.name) != t.name || strings.Contains(t.name, ".")
	switch {
	case isUnseen(lower) && known:
		if end := endTag(w.src.text[i:], lower); end > 0 && !t.end {
			return end
		}
	case isBlock(lower) && known:
		t.name = lower
		return w.block(t)
	case isInline(lower) && known:
		t.name = lower
		return w.phrase(t)
	case component && (known || w.alone(t)) && (t.end || i == 0 || !isWord(w.src.text[i-1])):
		w.component(t, void)
	default:
		w.put(`\`)
		w.keep(i, i+1)
		return 1
	}
	return t.len
}

// A tagged is a tag and where it stands.
type tagged struct {
	at    int
	name  string
	end   bool // it is one like </p>
	attrs string
	near  string // the text from it on
	len   int
}

func (w *inliner) closedLater(t tagged) bool { return endTag(t.near, t.name) >= 0 }

// endTag returns where the first end tag of a name begins in s, -1 if there is none. All
// of s in lower case may have its bytes elsewhere.
func endTag(s, name string) int {
	for at := 0; ; at += len("</") {
		next := strings.Index(s[at:], "</")
		if next < 0 {
			return -1
		}
		at += next
		if end := at + len("</") + len(name); end <= len(s) && strings.EqualFold(s[at+len("</"):end], name) {
			return at
		}
	}
}

// alone tells whether a tag has its line for itself.
func (w *inliner) alone(t tagged) bool {
	rest, _, _ := strings.Cut(t.near[t.len:], "\n")
	return w.lineStart() && strings.TrimSpace(rest) == ""
}

// component handles a tag of JSX. Its label and title are seen.
func (w *inliner) component(t tagged, void bool) {
	alone := w.alone(t)
	if alone && w.where != inRow {
		w.apart()
	}
	if !void {
		w.nest(t.end)
	}
	m := attribute.FindStringSubmatchIndex(t.near[:t.len])
	if m == nil || t.near[m[2]:m[3]] == "href" {
		return
	}
	if alone || w.lineStart() {
		w.apart()
		w.put("**")
		w.keep(t.at+m[4], t.at+m[5])
		w.put("**\n\n")
		return
	}
	w.keep(t.at+m[4], t.at+m[5])
}

// nest notes that a block begins or ends.
func (w *inliner) nest(end bool) {
	w.base = -1
	if end {
		w.open = max(0, w.open-1)
	} else {
		w.open++
	}
}

// indented returns how much space at the beginning of a line is that of the tags around.
func (m *markup) indented(body string) int {
	in := len(body) - len(strings.TrimLeft(body, " \t"))
	if m.open == 0 || in == len(body) {
		return 0
	}
	if m.base < 0 {
		m.base = in
	}
	return min(in, m.base)
}

// block handles a tag whose content stands on lines of its own.
func (w *inliner) block(t tagged) int {
	if needsEnd(t.name) {
		w.nest(t.end)
	}
	switch t.name {
	case "br":
		w.put("&#10;")
	case "table", "tr", "td", "th", "tbody", "thead", "tfoot":
		w.tabular(t)
	case "ul", "ol", "li":
		w.list(t)
	case "pre":
		return w.pre(t)
	default:
		if w.where == inRow || len(w.lists) > 0 {
			w.newLine()
			break
		}
		w.apart()
		if t.name[0] == 'h' && len(t.name) == 2 && t.name != "hr" && !t.end {
			n, _ := strconv.Atoi(t.name[1:])
			w.put(strings.Repeat("#", n) + " ")
		}
	}
	return t.len
}

// newLine ends a line in a cell or an item, if it holds anything.
func (w *inliner) newLine() {
	w.trim()
	last := string(w.text[max(0, len(w.text)-5):])
	empty := last == "&#10;" || strings.HasSuffix(last, "-") || strings.HasSuffix(last, "|") && !strings.HasSuffix(last, `\|`)
	if !w.lineStart() && !empty {
		w.put("&#10;")
	}
}

// list begins or ends a list or an item.
func (w *inliner) list(t tagged) {
	last := len(w.lists) - 1
	switch {
	case w.where == inRow:
		w.newLine()
		if t.name == "li" && !t.end {
			w.put("- ")
		}
	case t.name == "li" && !t.end:
		w.trim()
		if !w.lineStart() {
			w.put("\n")
		}
		if last < 0 {
			w.put("- ")
			return
		}
		w.put(strings.Repeat("    ", last))
		if w.lists[last]++; w.lists[last] > 0 {
			w.put(strconv.Itoa(w.lists[last]) + ". ")
		} else {
			w.lists[last] = -1
			w.put("- ")
		}
	case t.name == "li":
	case t.end:
		w.lists = w.lists[:max(0, last)]
		if last <= 0 {
			w.apart()
		}
	default:
		if last < 0 {
			w.apart()
		}
		first := -1
		if t.name == "ol" {
			first = 0
		}
		w.lists = append(w.lists, first)
	}
}

// tabular makes rows of Markdown of those of a table.
func (w *inliner) tabular(t tagged) {
	isCell := t.name == "td" || t.name == "th"
	if w.where == inRow && !(isCell && t.end) && w.cell {
		w.endCell()
	}
	if w.where == inRow && !isCell {
		w.endRow()
	}
	switch {
	case t.name == "table" && t.end:
		w.where, w.rows = outside, 0
		w.apart()
	case t.name == "table":
		w.apart()
		w.where, w.rows = between, 0
	case isCell && t.end:
		if w.cell {
			w.endCell()
		}
	case isCell:
		if w.where != inRow {
			w.startRow()
		}
		w.cell, w.heads = true, w.heads && t.name == "th"
		w.put(" ")
	}
}

func (w *inliner) startRow() {
	w.trim()
	if w.where == outside {
		w.apart()
	} else if !w.lineStart() {
		w.put("\n")
	}
	w.where, w.cells, w.heads = inRow, 0, true
	w.put("|")
}

func (w *inliner) endCell() {
	w.put(" |")
	w.cell = false
	w.cells++
}

func (w *inliner) endRow() {
	w.put("\n")
	if w.rows == 0 && w.heads {
		w.put("|" + strings.Repeat("---|", w.cells) + "\n")
	}
	w.where = between
	w.rows++
}

// inPre matches tags that only colour code.
var inPre = regexp.MustCompile(`</?(?:code|span|b|em|strong)(?:\s[^>]*)?>`)

// pre keeps text as code.
func (w *inliner) pre(t tagged) int {
	s := w.src.text[t.at+t.len:]
	end := endTag(s, "pre>")
	if t.end || end < 0 {
		return t.len
	}
	code := html.UnescapeString(inPre.ReplaceAllString(s[:end], ""))
	w.apart()
	w.put("~~~~~~\n" + strings.Trim(code, "\r\n") + "\n~~~~~~\n\n")
	return t.len + end + len("</pre>")
}

// phrase handles a tag within a line.
func (w *inliner) phrase(t tagged) int {
	inner, rest, closed := strings.Cut(t.near[t.len:], "</"+t.name)
	whole := t.len + len(inner) + len("</"+t.name) + strings.IndexByte(rest, '>') + 1
	closed = closed && !t.end && strings.IndexByte(rest, '>') >= 0
	around := func(mark string) int {
		w.put(mark)
		w.keep(t.at+t.len, t.at+t.len+len(inner))
		w.put(mark)
		return whole
	}
	simple := closed && inner != "" && strings.TrimSpace(inner) == inner && !strings.ContainsAny(inner, "`<&\n|")
	switch t.name {
	case "img", "input":
		if m := attribute.FindStringSubmatchIndex(t.near[:t.len]); m != nil && t.near[m[2]:m[3]] == "alt" {
			w.keep(t.at+m[4], t.at+m[5])
		}
	case "a":
		w.anchor(t, inner, closed)
	case "code", "kbd", "samp", "tt":
		if simple {
			return around("`")
		}
	case "del", "s", "strike":
		if simple {
			return around("~~")
		}
	case "sup":
		if !t.end && t.at > 0 && isWord(w.src.text[t.at-1]) {
			w.put("^")
		}
	case "q":
		w.put(`"`)
	case "button", "label":
		w.put(" ")
	}
	return t.len
}

// anchor puts a link into Markdown.
func (w *inliner) anchor(t tagged, inner string, closed bool) {
	if t.end {
		if last := len(w.hrefs) - 1; last >= 0 {
			if w.hrefs[last] != "" {
				w.put("](<" + w.hrefs[last] + ">)")
			}
			w.hrefs = w.hrefs[:last]
		}
		return
	}
	href := ""
	if m := attribute.FindStringSubmatch(t.attrs); m != nil && m[1] == "href" && closed && !strings.ContainsAny(m[2], "<>\n\\") &&
		!blockIn.MatchString(inner) && strings.TrimSpace(inner) != "" && !strings.ContainsAny(inner, "[]") {
		href = m[2]
		w.put("[")
	}
	w.hrefs = append(w.hrefs, href)
}
