package eval

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// Limits keep a file that is none of cases from taking all memory.
const (
	maxLine  = 1 << 20   // of one case
	maxCases = 128 << 20 // of all of them
	headSize = 64 << 10  // that are looked at to tell how a file is written
)

// ReadCases reads a file of cases: a table if its name ends in .csv or .tsv, else a JSON
// object a line. An error names the file and the line, and says what to do about it. A case
// without an ID gets one that is the same for the same question and history. Keys
// that are not known are passed over: many sets have some of their own.
func ReadCases(r io.Reader, name string) ([]Case, error) { return readCases(r, name, maxCases) }

func readCases(r io.Reader, name string, most int64) ([]Case, error) {
	in := &caseReader{name: name, lines: map[string]int{}}
	read := in.jsonLines
	switch strings.ToLower(path.Ext(name)) {
	case ".csv", ".tsv":
		read = in.table
	}
	if err := in.decoded(&bounded{r: r, left: most}, read); err != nil {
		return nil, err
	}
	if len(in.cases) == 0 {
		return nil, fmt.Errorf(`%s: there is no case in it: write one a line, such as {"question": "How long is parental leave?", "answers": ["16 weeks"]}`, name)
	}
	return in.cases, nil
}

type caseReader struct {
	name  string
	cases []Case
	lines map[string]int // of each ID
}

func (in *caseReader) errorf(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: "+format, append([]any{in.name, line}, args...)...)
}

// broken explains an error of the reader.
func (in *caseReader) broken(line int, err error) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return in.errorf(line, "the line is longer than 1 MB: is this a file of cases? Each is a line of its own")
	case errors.Is(err, errTooMuch):
		return in.errorf(line, "the file holds more than %d MB of cases: split it and evaluate the parts", maxCases>>20)
	}
	return in.errorf(line, "cannot be read: %w", err)
}

// decoded hands r to read as UTF-8 without a byte order mark. UTF-16 is what Excel
// saves as "Unicode text".
func (in *caseReader) decoded(r io.Reader, read func(*bufio.Reader) error) error {
	b := bufio.NewReaderSize(r, headSize)
	head, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return in.broken(1, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return in.errorf(1, `is a workbook, not text: save it as "CSV UTF-8" and give that file`)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, _ = b.Discard(3) // unreachable error: they were read
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\xff\xfe")):
		utf16 := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder()
		b = bufio.NewReaderSize(utf16.Reader(b), headSize)
	}
	return read(b)
}

// jsonLines reads a JSON object a line. Blank lines are passed over.
func (in *caseReader) jsonLines(r *bufio.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		c, err := in.object(n, line)
		if err == nil {
			err = in.add(c)
		}
		if err != nil && lines.Err() == nil { // else the line may have been cut
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return in.broken(n+1, err)
	}
	return nil
}

// object parses a line. Other sets have one answer instead of a list.
func (in *caseReader) object(n int, line []byte) (Case, error) {
	if !utf8.Valid(line) {
		return Case{}, in.errorf(n, "is not UTF-8: save the file as UTF-8")
	}
	var c struct {
		Case
		Answer *string `json:"answer"`
	}
	err := json.Unmarshal(line, &c)
	var kind *json.UnmarshalTypeError
	switch {
	case line[0] == '[':
		return Case{}, in.errorf(n, "is a JSON list: write each case as an object on a line of its own, without brackets around them and commas between")
	case errors.As(err, &kind) && kind.Field != "":
		return Case{}, in.errorf(n, "%s must be %s, not a %s", strings.TrimPrefix(kind.Field, "Case."), kindInWords(kind.Type.String()), kind.Value)
	case err != nil:
		return Case{}, in.errorf(n, `is not a JSON object (%v): a case is a line such as {"question": "..."}`, err)
	}
	c.Line = n
	if c.Answer != nil && len(c.Answers) == 0 {
		c.Answers = []string{*c.Answer}
	}
	return c.Case, nil
}

// kindInWords names a Go type of a Case as JSON has it.
func kindInWords(t string) string {
	switch {
	case strings.HasPrefix(t, "[]"):
		return "a list"
	case strings.HasSuffix(t, "bool"):
		return "true or false"
	case strings.HasSuffix(t, "int"):
		return "a whole number"
	case strings.HasSuffix(t, "string"):
		return "a text"
	}
	return "an object"
}

// add checks a case and gives it an ID.
func (in *caseReader) add(c Case) error {
	if strings.TrimSpace(c.Question) == "" {
		return in.errorf(c.Line, `has no question: write {"question": "..."}`)
	}
	for i, m := range c.History {
		if m.Role != "user" && m.Role != "assistant" {
			return in.errorf(c.Line, `history %d: role must be "user" or "assistant", not %q`, i+1, m.Role)
		}
	}
	for i, g := range c.Gold {
		if g.Doc == "" && strings.TrimSpace(g.Text) == "" {
			return in.errorf(c.Line, "gold %d names no source: give doc and paragraph, or text with a quote of it", i+1)
		}
		if g.Paragraph < 0 {
			return in.errorf(c.Line, "gold %d: paragraph must be 1 or more, not %d", i+1, g.Paragraph)
		}
	}
	c.Answers = slices.DeleteFunc(c.Answers, func(a string) bool { return strings.TrimSpace(a) == "" })
	if c.ID == "" {
		c.ID = caseID(c)
	}
	if first, twice := in.lines[c.ID]; twice {
		return in.errorf(c.Line, "the id %q is that of line %d already: give each case its own, or leave one of them out", c.ID, first)
	}
	in.lines[c.ID] = c.Line
	in.cases = append(in.cases, c)
	return nil
}

// caseID is a hash of what is asked.
func caseID(c Case) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q", strings.Join(strings.Fields(c.Question), " "), c.History)
	return "case-" + hex.EncodeToString(h.Sum(nil))[:12]
}

// hash returns a hash of all that the metrics of a row rest on.
func (c Case) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %t %t", c.Question, c.Answers, c.History, c.Answerable != nil, known(c.Answerable, true))
	for _, g := range c.Gold {
		fmt.Fprintf(h, " %q %d %q", g.Doc, g.Paragraph, g.Text)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

var errTooMuch = errors.New("too much")

// bounded is a reader that fails where more than left bytes would be read. Unlike
// io.LimitReader, it does not take the rest for the end.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
