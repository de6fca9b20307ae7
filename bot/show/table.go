package show

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"footnote/rag/reading"
)

// minColumn is what a column has at least, if it has so much to say.
const minColumn = 12

// table writes a table with its columns aligned. Where they have no room, or nobody sees
// them, each row is written in words. It tells whether what ends it has found a place.
func (p *page) table(b reading.Block, end func(*flow)) bool {
	margin := p.margin(b)
	aligned := p.around(b)
	widths := columnWidths(aligned, p.t.width()-displaywidth.String(margin))
	if p.t.Plain || widths == nil {
		p.words(b, end)
		return true
	}
	b = aligned
	line := ""
	if b.Header != nil {
		p.row(margin, b.Header, widths, p.t.bold)
	}
	for i, row := range b.Rows {
		if i == len(b.Rows)-1 {
			mark, width := p.mark(end)
			if sum(widths)+(len(widths)-1)*len(gutter)+displaywidth.String(margin+gutter)+width <= p.t.width() {
				line = mark
			}
		}
		style := func(s string) string { return s }
		if p.best && p.open == "" && isMarked(row) {
			style = p.t.bold
		}
		p.row(margin, row, widths, style, line)
	}
	return line != ""
}

// Table returns a table as text in columns, at most so wide, or else its rows in words.
func Table(b reading.Block, width int) string {
	var s strings.Builder
	p := page{t: Terminal{Width: width}, b: &s}
	b.Depth = 0
	p.table(b, func(*flow) {})
	return strings.TrimRight(s.String(), "\n")
}

// around returns a table with the words around each row that is marked.
func (p *page) around(b reading.Block) reading.Block {
	if !p.best || p.open == "" {
		return b
	}
	b.Rows = slices.Clone(b.Rows)
	for i, row := range b.Rows {
		if !isMarked(row) {
			continue
		}
		row = slices.Clone(row)
		last := len(row) - 1
		row[0] = append(reading.Cell{{Text: p.open}}, row[0]...)
		row[last] = append(slices.Clone(row[last]), reading.Run{Text: p.shut})
		b.Rows[i] = row
	}
	return b
}

func isMarked(row []reading.Cell) bool {
	return slices.ContainsFunc(row, func(c reading.Cell) bool {
		return slices.ContainsFunc(c, func(r reading.Run) bool { return r.Marked })
	})
}

// mark returns what ends a block, on one line, and its width.
func (p *page) mark(end func(*flow)) (s string, width int) {
	var b strings.Builder
	f := flow{out: &b, width: noWrap}
	end(&f)
	f.flush()
	return strings.TrimSpace(b.String()), f.col
}

// row writes a row, whose cells may need several lines. What follows goes behind the
// first.
func (p *page) row(margin string, row []reading.Cell, widths []int, style func(string) string, after ...string) {
	cells := make([][]string, len(widths))
	height := 1
	for i := range row {
		cells[i] = cellLines(row[i], widths[i])
		height = max(height, len(cells[i]))
	}
	for n := range height {
		line := margin
		for i, w := range widths {
			s := ""
			if n < len(cells[i]) {
				s = cells[i][n]
			}
			styled := s
			if s != "" {
				styled = style(s)
			}
			if i < len(widths)-1 || len(after) > 0 && after[0] != "" && n == 0 {
				line += styled + pad("", w-displaywidth.String(s)) + gutter
			} else {
				line += styled
			}
		}
		if len(after) > 0 && n == 0 {
			line += after[0]
		}
		p.b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

func cellLines(cell reading.Cell, width int) []string {
	var lines []string
	for _, s := range strings.Split(textOf(cell), "\n") {
		lines = append(lines, wrapped(s, width)...)
	}
	return lines
}

// columnWidths returns the widths of the columns of a table that is at most width wide,
// nil if there is no such table.
func columnWidths(b reading.Block, width int) []int {
	rows := append([][]reading.Cell{b.Header}, b.Rows...)
	n := len(b.Header)
	if len(b.Rows) > 0 {
		n = len(b.Rows[0])
	}
	widths, least := make([]int, n), make([]int, n)
	for _, row := range rows {
		for i, cell := range row {
			for _, line := range strings.Split(textOf(cell), "\n") {
				line = Line(line)
				widths[i] = max(widths[i], displaywidth.String(line))
				for _, word := range wrapped(line, 1) {
					least[i] = max(least[i], displaywidth.String(word))
				}
			}
		}
	}
	for i := range least {
		least[i] = max(least[i], min(widths[i], minColumn))
	}
	room := width - (n-1)*len(gutter)
	if sum(least) > room {
		return nil
	}
	for over := sum(widths) - room; over > 0; over-- {
		widest := -1
		for i := range widths {
			if widths[i] > least[i] && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		widths[widest]--
	}
	return widths
}

func sum(ns []int) int {
	n := 0
	for _, x := range ns {
		n += x
	}
	return n
}

// words writes each row as words below each other.
func (p *page) words(b reading.Block, end func(*flow)) {
	rows := b.Rows
	if rows == nil {
		rows = [][]reading.Cell{b.Header}
	}
	for i, row := range rows {
		item := reading.Block{Depth: b.Depth, Runs: []reading.Run{{Text: spokenRow(b.Header, row), Marked: isMarked(row)}}}
		if b.Rows == nil {
			item.Runs[0].Text = spokenRow(nil, row)
		}
		closing := func(*flow) {}
		if i == len(rows)-1 {
			closing = end
		}
		p.paragraph(item, closing)
	}
}
