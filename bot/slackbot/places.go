package slackbot

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/reading"
)

// A part is a piece of an answer: Markdown of any length, or a block.
type part struct {
	markdown string
	block    slack.Block
	text     string // the block's, for who sees no blocks
}

// places returns what the documents say, each place below where it stands; those beside
// the best in a line, if an answer is sure of that one.
func (v view) places(a rag.Answer) []part {
	lead, places := show.Places(a)
	if lead == "" && a.Verdict == rag.Passages {
		lead = v.Fixed.Passages
	}
	parts := []part{{markdown: escapeMarkdown(strings.TrimSpace(lead))}}
	var also []string
	table := true // a message may have one
	for i, p := range places {
		if i > 0 && a.Verdict != rag.Passages {
			also = append(also, v.source(p.Citation, show.Flat(p.Blocks)))
			continue
		}
		said, withTable := placed(p, mark(p.N), table)
		heading := part{text: show.Line(show.Label(p.Title, p.Heading, p.DocID))}
		line := v.where(p.Citation, "*", "")
		if said[len(said)-1].block != nil { // the number is nowhere else
			line = mark(p.N) + " " + line
		}
		heading.block = section(line)
		parts, table = append(append(parts, heading), said...), table && !withTable
	}
	if len(also) > 0 {
		lines := "_" + label(v.Fixed.Words.Also, maxLabel) + "_\n" + strings.Join(also, "\n")
		for _, s := range split(lines, maxElement) {
			parts = append(parts, part{block: small(s)})
		}
	}
	return parts
}

// placed returns a place as Markdown, and its first table as one of Slack's if that may
// be.
func placed(p show.Place, mark string, mayTable bool) (parts []part, table bool) {
	w := writer{best: p.Best}
	for i, b := range p.Blocks {
		if b.Kind == reading.Table && mayTable && !table {
			if t := slackTable(b, p.Best); t != nil {
				table = true
				parts = append(parts, part{markdown: w.take()}, part{block: t, text: show.Flat(p.Blocks[i : i+1])})
				continue
			}
		}
		w.write(b)
	}
	if w.open || len(parts) == 0 {
		w.end(mark)
		parts = append(parts, part{markdown: w.take()})
	}
	return parts, table
}

// A writer makes Markdown of the reading form of a quote.
type writer struct {
	b      strings.Builder
	best   bool         // what is marked is bold, else what the source has bold
	before reading.Kind // the block before
	open   bool         // there is one
	counts []int        // of the open list, by depth: the number that Slack would give next
}

// take returns what was written, and begins anew.
func (w *writer) take() string {
	s := strings.TrimSpace(w.b.String())
	*w = writer{best: w.best}
	return s
}

// end adds the mark of the source: behind the last word, or below code.
func (w *writer) end(mark string) {
	gap := " "
	if !w.open || w.before == reading.Code || w.before == reading.Table {
		gap = "\n"
	}
	w.b.WriteString(gap + mark)
}

// write adds a block. Paragraphs are quotes; items are those of Slack's lists where it
// counts as the document does.
func (w *writer) write(b reading.Block) {
	item := b.Kind == reading.Item
	switch {
	case !w.open:
	case item && w.before == reading.Item:
		w.b.WriteString("\n")
	case b.Depth > 0 && b.Kind == reading.Paragraph && w.before == reading.Item:
		w.b.WriteString("  \n")
	default:
		w.b.WriteString("\n\n")
	}
	if !item && (b.Kind != reading.Paragraph || b.Depth == 0) {
		w.counts = nil
	}
	switch {
	case b.Kind == reading.Code:
		w.b.WriteString(segment{lines: strings.Split(show.Clean(strings.ReplaceAll(reading.Text(b.Runs), "\t", "    ")), "\n")}.fenced())
	case b.Kind == reading.Table:
		w.b.WriteString(segment{lines: strings.Split(show.Table(b, maxColumns), "\n")}.fenced())
	case item:
		w.item(b)
	case b.Depth > 0:
		indent := strings.Repeat("   ", b.Depth)
		w.b.WriteString(indent + w.inline(b.Runs, "  \n"+indent))
	default:
		w.b.WriteString("> " + w.inline(b.Runs, "  \n> "))
	}
	w.before, w.open = b.Kind, true
}

// maxColumns is how wide text in columns may be: Slack shows about as many.
const maxColumns = 90

func (w *writer) item(b reading.Block) {
	indent := strings.Repeat("   ", b.Depth)
	mark := "- "
	for len(w.counts) <= b.Depth {
		w.counts = append(w.counts, 1)
	}
	w.counts = w.counts[:b.Depth+1]
	if b.Number != "" {
		if n := strconv.Itoa(w.counts[b.Depth]) + "."; b.Number == n {
			mark = n + " "
			w.counts[b.Depth]++
		} else {
			last := len(b.Number) - 1
			mark = b.Number[:last] + `\` + b.Number[last:] + " "
		}
	}
	switch b.Task {
	case reading.Open:
		mark += "☐ "
	case reading.Done:
		mark += "☑ "
	}
	w.b.WriteString(indent + mark + w.inline(b.Runs, "  \n"+indent+"   "))
}

// inline returns runs as Markdown, with lines that end in lineEnd.
func (w *writer) inline(runs []reading.Run, lineEnd string) string {
	var b strings.Builder
	for _, r := range w.looks(runs) {
		s := show.Clean(r.Text)
		if r.Code && !strings.Contains(s, "\n") && !strings.HasSuffix(b.String(), "`") {
			s = "`" + s + "`"
		}
		open, shut := "", ""
		if r.Struck {
			open, shut = "~~", "~~"
		}
		if r.Bold {
			open, shut = "**"+open, shut+"**"
		}
		body := strings.TrimSpace(s)
		if body == "" {
			open, shut = "", ""
		}
		before, after := edges(s, body)
		said := escapeLine(body)
		if b.Len() > 0 {
			said = escapeInline(body)
		}
		b.WriteString(before + open + strings.ReplaceAll(said, "\n", lineEnd) + shut + after)
	}
	return strings.ReplaceAll(b.String(), "****", "")
}

// edges returns the space around body in s.
func edges(s, body string) (before, after string) {
	if body == "" {
		return s, ""
	}
	before, after, _ = strings.Cut(s, body)
	return before, after
}

// looks returns runs of which neighbours look different: bold is what fits best, or what
// the source has bold where nothing does.
func (w *writer) looks(runs []reading.Run) []reading.Run {
	var out []reading.Run
	for _, r := range runs {
		look := reading.Run{Text: r.Text, Bold: w.best && r.Marked || !w.best && r.Bold, Code: r.Code, Struck: r.Struck}
		if n := len(out) - 1; n >= 0 {
			last := out[n]
			if last.Text = r.Text; last == look && !look.Code {
				out[n].Text += r.Text
				continue
			}
		}
		out = append(out, look)
	}
	return flanked(out)
}

// flanked returns runs in which bold neither ends with a sign right before a letter nor
// begins with one right behind: Markdown would not take its marks for such.
func flanked(runs []reading.Run) []reading.Run {
	sign := func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	for i := range runs {
		r := &runs[i]
		if !(r.Bold || r.Struck) || r.Code {
			continue
		}
		if i+1 < len(runs) && !runs[i+1].Bold {
			next, _ := utf8.DecodeRuneInString(runs[i+1].Text)
			body := strings.TrimRightFunc(r.Text, sign)
			if body != r.Text && !unicode.IsSpace(next) && !sign(next) && !runs[i+1].Code {
				runs[i+1].Text = r.Text[len(body):] + runs[i+1].Text
				r.Text = body
			}
		}
		if i > 0 && !runs[i-1].Bold {
			last, _ := utf8.DecodeLastRuneInString(runs[i-1].Text)
			body := strings.TrimLeftFunc(r.Text, sign)
			if body != r.Text && !unicode.IsSpace(last) && !sign(last) && !runs[i-1].Code {
				runs[i-1].Text += r.Text[:len(r.Text)-len(body)]
				r.Text = body
			}
		}
	}
	return runs
}

// Limits of Slack's table (docs.slack.dev, table block), and of our own: what is longer
// takes the room of the rest of the message.
const (
	maxRows      = 100
	maxCells     = 20
	maxTable     = 5_000
	wrappedAbove = 30 // characters of a cell
)

// slackTable returns a table as one of Slack's, nil if it is too large for one.
func slackTable(b reading.Block, best bool) *slack.TableBlock {
	rows := b.Rows
	if b.Header != nil {
		rows = append([][]reading.Cell{b.Header}, rows...)
	}
	t := slack.NewTableBlock("")
	if len(rows) > maxRows || len(rows) == 0 || len(rows[0]) > maxCells {
		return nil
	}
	t.ColumnSettings = make([]slack.ColumnSetting, len(rows[0]))
	for n, row := range rows {
		bold := n == 0 && b.Header != nil
		for _, cell := range row {
			for _, r := range cell {
				bold = bold || best && r.Marked
			}
		}
		var cells []slack.TableCell
		for i, cell := range row {
			text := show.Clean(reading.Text(cell))
			t.ColumnSettings[i].Align = slack.ColumnAlignmentLeft
			t.ColumnSettings[i].IsWrapped = t.ColumnSettings[i].IsWrapped || size(text) > wrappedAbove
			cells = append(cells, slackCell(text, bold))
		}
		t.AddRow(cells...)
	}
	if weight([]slack.Block{t}) > maxTable {
		return nil
	}
	return t
}

// slackCell returns a cell in which nothing is a link.
func slackCell(text string, bold bool) slack.TableCell {
	if text == "" {
		text = " " // Slack takes no cell without text
	}
	if !bold && !address.MatchString(text) {
		return slack.NewTableRawTextCell(text)
	}
	var elements []slack.RichTextSectionElement
	add := func(s string, code bool) string {
		if s != "" {
			elements = append(elements, slack.NewRichTextSectionTextElement(s, &slack.RichTextSectionTextStyle{Bold: bold, Code: code}))
		}
		return ""
	}
	inCode(text, func(s string) string { return add(s, false) }, func(s string) string { return add(s, true) })
	return slack.NewTableRichTextCell(slack.NewRichTextSection(elements...))
}
