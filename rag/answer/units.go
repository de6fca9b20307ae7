package answer

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"footnote/rag"
	"footnote/rag/text"
)

// A unit is what can be shown of a passage on its own: a sentence, an item of a
// list, a row of a table, a block of code.
type unit struct {
	start, end int // bytes of the passage's text
	kind       rag.BlockKind
	block      int // index in the passage's blocks
	// under is what it cannot be understood without: the header of a row; what leads in
	// to a list and the first lines of the items that an item is inside of. They may
	// stand in the passage's Lead.
	under []string
	above []string // of an item the same with the whole items, to be shown
}

// units returns the units of a passage in order. The header of a table is none.
func units(p rag.Passage) []unit {
	blocks := p.Blocks
	if len(blocks) == 0 {
		blocks = []rag.Block{{Span: p.Span}}
	}
	paragraphs := !slices.ContainsFunc(blocks, func(b rag.Block) bool { return b.Kind != rag.Paragraph })
	if len(blocks) > 1 && paragraphs && text.IsEntries(p.Text) {
		us := listItems(p.Text, "") // a list with a line for each paragraph
		for i := range us {
			us[i].kind = rag.List
		}
		return us
	}
	var us []unit
	for n, b := range blocks {
		start := b.Span.Start - p.Span.Start
		s := p.Text[start : b.Span.End-p.Span.Start]
		lead := ""
		if n == 0 {
			lead = p.Lead
		}
		first := len(us)
		switch b.Kind {
		case rag.Code:
			us = append(us, unit{start: 0, end: len(s)})
		case rag.Table:
			us = append(us, rows(s, lead)...)
		case rag.List:
			us = append(us, listItems(s, lead)...)
		default:
			for _, r := range text.Sentences(s) {
				us = append(us, unit{start: r[0], end: r[1]})
			}
		}
		for i := first; i < len(us); i++ {
			us[i].start, us[i].end, us[i].kind, us[i].block = us[i].start+start, us[i].end+start, b.Kind, n
		}
	}
	return us
}

// tableRule is the line below the header of a Markdown table.
var tableRule = regexp.MustCompile(`(?m)^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*\|?[ \t]*\r?$`)

// rows returns the rows of a table, without header and rule, which may stand in lead.
func rows(s, lead string) []unit {
	head, at := "", 0
	if m := tableRule.FindStringIndex(s); m != nil {
		head, at = tableHead(s[:m[1]]), m[1]
	} else if strings.Contains(lead, "|") {
		head = tableHead(lead)
	}
	var us []unit
	for line := range strings.Lines(s[at:]) {
		if body := strings.TrimSpace(line); body != "" {
			start := at + strings.Index(line, body)
			us = append(us, unit{start: start, end: start + len(body), under: []string{head}})
		}
		at += len(line)
	}
	return us
}

// tableHead returns the last two lines of s: a table may have a line before it that
// introduces it.
func tableHead(s string) string {
	lines := slices.Collect(strings.Lines(strings.TrimSpace(s)))
	return strings.Join(lines[max(0, len(lines)-2):], "")
}

// listItems returns the items of a list, and before them what leads in to it. An item
// keeps the lines that go on with it; one inside another is an item of its own. Without
// marks each line is an item.
func listItems(s, lead string) []unit {
	var us []unit
	var open text.Outline
	for line := range strings.Lines(lead) {
		open.Read(line)
	}
	first := firstItem(s)
	before := cmp.Or(lead[:firstItem(lead)], s[:first])
	if first == len(s) {
		before, _, _ = strings.Cut(s, "\n")
	}
	intro, at := leadIn(before), 0
	for line := range strings.Lines(s) {
		body := strings.TrimSpace(line)
		u := unit{start: at + strings.Index(line, body)}
		u.end = u.start + len(body)
		switch last := len(us) - 1; {
		case body == "":
		case at >= first && !text.IsItem(line), at < first && first < len(s) && last >= 0:
			us[last].end = u.end
		default:
			if intro != "" && (lead != "" || at > 0) {
				u.above = append(u.above, intro)
			}
			u.under = slices.Clone(u.above)
			if at >= first {
				for _, item := range open.Around(line) {
					head, _, _ := strings.Cut(item, "\n")
					u.under, u.above = append(u.under, head), append(u.above, item)
				}
			}
			us = append(us, u)
		}
		open.Read(line)
		at += len(line)
	}
	return us
}

// firstItem returns where the first item of a list begins; its length if it has no marks.
func firstItem(s string) int {
	at := 0
	for line := range strings.Lines(s) {
		if text.IsItem(line) {
			break
		}
		at += len(line)
	}
	return at
}

// maxIntro is how many words are shown of what leads in to a list.
const maxIntro = 40

// leadIn returns the last paragraph of s if it introduces what follows; of a long one
// the last sentence.
func leadIn(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndex(s, "\n\n"); i >= 0 {
		s = s[i+2:]
	}
	ss := text.Sentences(s)
	switch {
	case !introduces(s) || len(ss) == 0:
		return ""
	case text.Count(s) > maxIntro:
		return s[ss[len(ss)-1][0]:]
	}
	return s
}

// introduces tells a line that introduces what is below it.
func introduces(s string) bool {
	s = strings.TrimRight(s, "*_ \r\n")
	return strings.HasSuffix(s, ":") || strings.HasSuffix(s, "：")
}
