package eval

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// table reads CSV. The header names the columns, in any order: question, and any of
// id, answer, answers, gold, answerable, type, history and tags, as footnote
// feedback export writes them. Lists are JSON; tags have blanks between them. What
// spreadsheets make of it is read too: semicolons or tabs for commas, the line that
// names them, rows that end in CR, and empty rows.
func (in *caseReader) table(r *bufio.Reader) error {
	t, err := in.openTable(r)
	if err != nil {
		return err
	}
	header, err := t.row()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	header = names(header)
	if !slices.Contains(header, "question") {
		return in.errorf(t.line, "the first line must name the columns, such as question,answer")
	}
	for {
		cells, err := t.row()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		c, err := t.caseOf(header, cells)
		if err == nil {
			err = in.add(c)
		}
		if err != nil {
			return err
		}
	}
}

// A tableReader reads the rows of a table that are not empty.
type tableReader struct {
	*caseReader
	rows   *csv.Reader
	before int // lines before those that rows reads
	line   int // where the last row begins
}

// separators are what stands between cells, and its name.
var separators = []struct {
	comma rune
	name  string
}{{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}}

// sepLine is a first line that tells a spreadsheet what separates the cells.
var sepLine = regexp.MustCompile(`^(?i:"?sep=([^"\r\n])"?)[,;\t]*(?:\r\n|\r|\n|$)`)

func (in *caseReader) openTable(r *bufio.Reader) (*tableReader, error) {
	head, err := r.Peek(headSize)
	if err != nil && err != io.EOF {
		return nil, in.broken(1, err)
	}
	if bytes.IndexByte(head[:min(len(head), 4)], 0) >= 0 {
		return nil, in.errorf(1, "is not UTF-8: save the file as UTF-8") // UTF-16 without its mark
	}
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 && head[i] == '\r' && !bytes.HasPrefix(head[i:], []byte("\r\n")) {
		r = bufio.NewReaderSize(transform.NewReader(r, lineFeeds{}), headSize)
		head, _ = r.Peek(headSize) // an error comes again as it is read
	}
	t := &tableReader{caseReader: in}
	var comma rune
	if m := sepLine.FindSubmatch(head); m != nil {
		comma, _ = utf8.DecodeRune(m[1])
		_, _ = r.Discard(len(m[0])) // unreachable error: they were read
		t.before = 1
	} else {
		comma = separatorOf(head)
	}
	t.rows = csv.NewReader(r)
	t.rows.Comma, t.rows.FieldsPerRecord = comma, -1
	return t, nil
}

// separatorOf returns what separates the names of the columns.
func separatorOf(head []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	for _, s := range separators {
		rows := csv.NewReader(bytes.NewReader(line))
		rows.Comma = s.comma
		if header, err := rows.Read(); err == nil && slices.Contains(names(header), "question") {
			return s.comma
		}
	}
	return ','
}

func names(header []string) []string {
	for i, name := range header {
		header[i] = strings.ToLower(strings.TrimSpace(name))
	}
	return header
}

// row returns the cells of the next row that is not empty.
func (t *tableReader) row() ([]string, error) {
	for {
		cells, err := t.rows.Read()
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			return nil, t.explain(err)
		}
		t.line, _ = t.rows.FieldPos(0)
		t.line += t.before
		if slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			return cells, nil
		}
	}
}

func (t *tableReader) explain(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return t.errorf(parse.StartLine+t.before, "is not CSV (%w): put a cell that holds a %s, a quote or a line break in double quotes, and double the quotes in it", parse.Err, t.separator())
	}
	return t.broken(t.line+1, err)
}

// separator names what separates the cells.
func (t *tableReader) separator() string {
	for _, s := range separators {
		if s.comma == t.rows.Comma {
			return s.name
		}
	}
	return strconv.QuoteRune(t.rows.Comma)
}

// caseOf reads a row.
func (t *tableReader) caseOf(header, cells []string) (Case, error) {
	c := Case{Line: t.line}
	for i, cell := range cells {
		switch {
		case len(cell) > maxLine:
			return Case{}, t.broken(t.line, bufio.ErrTooLong)
		case i < len(header):
			if err := c.set(header[i], cell); err != nil {
				return Case{}, t.errorf(t.line, "%s: %w", header[i], err)
			}
		case strings.TrimSpace(cell) != "":
			return Case{}, t.errorf(t.line, "has %d cells, the header %d: put a cell with a %s in double quotes", len(cells), len(header), t.separator())
		}
	}
	return c, nil
}

// set fills in what a cell says. Unknown columns are passed over.
func (c *Case) set(column, cell string) (err error) {
	if !utf8.ValidString(cell) {
		return errors.New(`is not UTF-8: save the file as UTF-8, in Excel as "CSV UTF-8"`)
	}
	cell = strings.TrimSpace(cell)
	if cell == "" {
		return nil
	}
	list := func(to any) error {
		if err := json.Unmarshal([]byte(cell), to); err != nil {
			return fmt.Errorf("must be a JSON list (%w)", err)
		}
		return nil
	}
	switch column {
	case "id":
		c.ID = cell
	case "question":
		c.Question = cell
	case "answer":
		c.Answers = append(c.Answers, cell)
	case "answers":
		if !strings.HasPrefix(cell, "[") {
			c.Answers = append(c.Answers, cell)
			return nil
		}
		return list(&c.Answers)
	case "gold":
		return list(&c.Gold)
	case "history":
		return list(&c.History)
	case "type":
		c.Type = cell
	case "tags":
		c.Tags = strings.Fields(cell)
	case "answerable":
		known, err := strconv.ParseBool(strings.ToLower(cell))
		if err != nil {
			return fmt.Errorf("must be true or false, not %q", cell)
		}
		c.Answerable = &known
	}
	return nil
}

// lineFeeds makes line feeds of carriage returns.
type lineFeeds struct{ transform.NopResetter }

func (lineFeeds) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	n := copy(dst, src)
	for i, c := range dst[:n] {
		if c == '\r' {
			dst[i] = '\n'
		}
	}
	if n < len(src) {
		err = transform.ErrShortDst
	}
	return n, n, err
}
