package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"footnote/bot/show"
	"footnote/rag/eval"
)

// results is a file of rows. A later row of a case stands for an earlier one.
type results struct {
	*lineFile
	temp bool // nobody asked for it
	rows map[string]kept
}

// kept is a row without its long parts, and where the whole of it is.
type kept struct {
	row       eval.Row
	at, bytes int64
}

// openResults opens a file of results, or makes one. Rows that are in it are kept if
// they are of the same run; force begins anew. Without a path, the file lasts as
// long as the process.
func openResults(path, run string, force bool) (r *results, err error) {
	r = &results{rows: map[string]kept{}}
	if path == "" {
		r.temp = true
		r.lineFile, err = tempLines()
	} else {
		r.lineFile, err = openLines(path, force)
	}
	if err != nil {
		return nil, err
	}
	if err := r.load(run); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func tempLines() (*lineFile, error) {
	file, err := os.CreateTemp("", "footnote-results-*")
	if err != nil {
		return nil, noticef("no temporary file can be written: %w", cause(err))
	}
	return &lineFile{file: file, path: file.Name()}, nil
}

// load reads the rows that are there.
func (r *results) load(run string) error {
	return r.read(func(n int, line []byte) error {
		row, err := parseRow(line)
		if err != nil {
			return usagef("%s:%d: %w: --force replaces the file, or name another with --out", r.path, n, err)
		}
		if row.Run != run {
			return usagef("%s has results of %s: --force replaces them, or name another file with --out", r.path, otherRun(row.Run, run))
		}
		r.rows[row.ID] = kept{row.Light(), r.size, int64(len(line))}
		return nil
	})
}

// otherRun says in what a run differs.
func otherRun(was, is string) string {
	a, b := strings.Split(was, "-"), strings.Split(is, "-")
	if len(a) != len(b) {
		return "another kind of run"
	}
	var differ []string
	for i, what := range []string{"other settings or another version of Footnote", "documents that have changed since", "other questions"} {
		if a[i] != b[i] {
			differ = append(differ, what)
		}
	}
	return strings.Join(differ, ", and of ")
}

// add writes a row.
func (r *results) add(row eval.Row) error {
	var b bytes.Buffer
	if err := show.Object(&b, row); err != nil {
		return err
	}
	then := "what was answered before is in it: make room and run the same command again"
	if r.temp {
		then = "nothing is kept: make room, or name a file elsewhere with --out FILE, and run the command again"
	}
	at := r.size
	if err := r.lineFile.add(b.Bytes(), then); err != nil {
		return err
	}
	r.rows[row.ID] = kept{row.Light(), at, int64(b.Len())}
	return nil
}

// answered tells whether a case has its answer.
func (r *results) answered(id string) bool {
	k, ok := r.rows[id]
	return ok && k.row.Error == ""
}

// row returns the whole row of a case.
func (r *results) row(id string) (eval.Row, error) {
	line, err := r.line(id)
	if err != nil {
		return eval.Row{}, err
	}
	row, err := parseRow(line)
	if err != nil {
		return row, fmt.Errorf("read %s: %w", r.path, err)
	}
	return row, nil
}

func (r *results) line(id string) ([]byte, error) {
	k := r.rows[id]
	line := make([]byte, k.bytes)
	if _, err := r.file.ReadAt(line, k.at); err != nil {
		return nil, fmt.Errorf("read %s: %w", r.path, err)
	}
	return line, nil
}

// light returns the rows in the order of the cases, without their long parts.
func (r *results) light(cases []eval.Case) []eval.Row {
	var rows []eval.Row
	for _, c := range cases {
		rows = append(rows, r.rows[c.ID].row)
	}
	return rows
}

// sort puts the lines in the order of the cases, each once. The file is replaced
// when the new one is whole.
func (r *results) sort(cases []eval.Case) error {
	at := int64(0)
	inOrder := !slices.ContainsFunc(cases, func(c eval.Case) bool {
		k := r.rows[c.ID]
		misplaced := k.at != at
		at += k.bytes
		return misplaced
	}) && at == r.size
	if r.temp || inOrder {
		return r.file.Sync()
	}
	err := writeFile(r.path, true, func(w io.Writer) error {
		for _, c := range cases {
			line, err := r.line(c.ID)
			if err != nil {
				return err
			}
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return noticef("%w; all results are in %s, in the order in which they came: make room and run the same command again", err, r.path)
	}
	return r.reopen(cases)
}

// reopen reads from the file that was sorted.
func (r *results) reopen(cases []eval.Case) error {
	f, err := os.OpenFile(r.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("read the results again: %w", err)
	}
	old := r.file
	r.file, r.size = f, 0
	for _, c := range cases {
		k := r.rows[c.ID]
		k.at = r.size
		r.rows[c.ID] = k
		r.size += k.bytes
	}
	return old.Close()
}

func (r *results) close() error {
	err := r.lineFile.close()
	if r.temp {
		err = errors.Join(err, os.Remove(r.path))
	}
	return err
}

func parseRow(line []byte) (eval.Row, error) {
	var row eval.Row
	if err := json.Unmarshal(line, &row); err != nil {
		return row, fmt.Errorf("is not a line of results (%w)", err)
	}
	if row.ID == "" || row.Run == "" {
		return row, errors.New("is not a line of results, which have an id and a run")
	}
	return row, nil
}

// eachRow reads a file of results to its last whole line. Errors call it what, and
// say that taken, such as "--baseline names", a file of results.
func eachRow(path, what, taken string, f func(eval.Row)) error {
	file, err := os.Open(path)
	if err != nil {
		return usagef("%s cannot be read: %s: %w", what, path, cause(err))
	}
	defer file.Close()
	n := 0
	err = eachLine(file, func(at int, line []byte, whole bool) error {
		if !whole {
			return nil
		}
		row, err := parseRow(line)
		if err != nil {
			return usagef("%s:%d: %w: %s a file that footnote eval --out wrote", path, at, err, taken)
		}
		n++
		f(row)
		return nil
	})
	if err == nil && n == 0 {
		return usagef("%s: there are no results in it: %s a file that footnote eval --out wrote", path, taken)
	}
	return err
}

func eachBaselineRow(path string, f func(eval.Row)) error {
	return eachRow(path, "the baseline", "--baseline names", func(row eval.Row) {
		row.Complete()
		f(row)
	})
}

// readBaseline returns the rows of an earlier run, without their long parts.
func readBaseline(path string) ([]eval.Row, error) {
	at, rows := map[string]int{}, []eval.Row{}
	err := eachBaselineRow(path, func(row eval.Row) {
		i, twice := at[row.ID]
		if !twice {
			i = len(rows)
			at[row.ID] = i
			rows = append(rows, eval.Row{})
		}
		rows[i] = row.Light()
	})
	return rows, err
}

// hashOf returns eight hex digits that are the same for equal values.
func hashOf(values ...any) string {
	b, err := json.Marshal(values)
	if err != nil { // no value of ours is beyond JSON
		b = fmt.Append(nil, values...)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:4])
}

// programHash is a hash of this program. Its version is no measure: that of a program
// made by go run is always the same.
func programHash() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read this program: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read this program: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
