package eval

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/url"
	"strconv"
	"strings"
)

// ParagraphID names a paragraph in a ranking and in TREC files: the document, #
// and the number. What could be taken for a blank, a comment or the # is
// percent-encoded, so that different paragraphs have different names.
func ParagraphID(doc string, paragraph int) string {
	return DocumentID(doc) + "#" + strconv.Itoa(paragraph)
}

// DocumentID names a document in a ranking and in TREC files.
func DocumentID(doc string) string { return encoded(doc) }

// encoded returns s with all but ASCII letters, digits and -._~/ percent-encoded.
func encoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// WriteRun writes what was found for each row as a TREC run: question, Q0,
// paragraph, rank, score, tag. Rows that failed are left out, and so is a
// paragraph that comes again. trec_eval goes by the scores, in single
// precision: where one would not fall it is lowered by the least step, so that
// the order is the one that the bot saw.
func WriteRun(w io.Writer, rows []Row, tag string) error {
	b := bufio.NewWriter(w)
	for _, r := range rows {
		if r.Error != "" {
			continue
		}
		if r.ID == "" {
			return fmt.Errorf("write TREC run: the question %q has no id", r.Question)
		}
		seen := make(map[string]bool)
		score := float32(math.Inf(1))
		for _, h := range r.Ranked {
			id := ParagraphID(h.Doc, h.Paragraph)
			if seen[id] {
				continue
			}
			seen[id] = true
			score = min(float32(h.Score), math.Nextafter32(score, float32(math.Inf(-1))))
			fmt.Fprintf(b, "%s Q0 %s %d %s %s\n", encoded(r.ID), id, len(seen), strconv.FormatFloat(float64(score), 'g', -1, 32), encoded(tag))
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write TREC run: %w", err)
	}
	return nil
}

// WriteQrels writes the gold paragraphs of each row as TREC judgements:
// question, 0, paragraph, 1. Gold of a whole document names no paragraph and is
// left out, as are rows that failed and those of questions without an answer.
func WriteQrels(w io.Writer, rows []Row) error {
	b := bufio.NewWriter(w)
	for _, r := range rows {
		if r.Error != "" || r.Answerable != nil && !*r.Answerable {
			continue
		}
		if r.ID == "" {
			return fmt.Errorf("write TREC qrels: the question %q has no id", r.Question)
		}
		seen := make(map[string]bool)
		for _, g := range r.Gold {
			id := ParagraphID(g.Doc, g.Paragraph)
			if g.Paragraph > 0 && !seen[id] {
				seen[id] = true
				fmt.Fprintf(b, "%s 0 %s 1\n", encoded(r.ID), id)
			}
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write TREC qrels: %w", err)
	}
	return nil
}

// ReadRun reads a TREC run: what was found for each question. The rank column
// means nothing, as in trec_eval; see [Order]. The paragraphs stay
// encoded, the questions do not.
func ReadRun(r io.Reader) (map[string][]Scored, error) {
	run := make(map[string][]Scored)
	seen := make(map[[2]string]bool)
	err := trecLines(r, 6, func(f []string) error {
		score, err := strconv.ParseFloat(f[4], 64)
		if err != nil || math.IsNaN(score) {
			return fmt.Errorf("the score %q is no number", f[4])
		}
		return add(seen, f[0], f[2], func(question string) {
			run[question] = append(run[question], Scored{f[2], score})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read TREC run: %w", err)
	}
	return run, nil
}

// ReadQrels reads TREC judgements: for each question the gain of each judged
// paragraph.
func ReadQrels(r io.Reader) (map[string]map[string]int, error) {
	qrels := make(map[string]map[string]int)
	seen := make(map[[2]string]bool)
	err := trecLines(r, 4, func(f []string) error {
		gain, err := strconv.Atoi(f[3])
		if err != nil {
			return fmt.Errorf("the judgement %q is no whole number", f[3])
		}
		return add(seen, f[0], f[2], func(question string) {
			if qrels[question] == nil {
				qrels[question] = make(map[string]int)
			}
			qrels[question][f[2]] = gain
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read TREC qrels: %w", err)
	}
	return qrels, nil
}

// add calls put with the question's own ID, once for each question and paragraph.
func add(seen map[[2]string]bool, question, id string, put func(question string)) error {
	if seen[[2]string{question, id}] {
		return fmt.Errorf("%s comes a second time for question %s", id, question)
	}
	seen[[2]string{question, id}] = true
	own, err := url.PathUnescape(question)
	if err != nil {
		own = question // not of our making
	}
	put(own)
	return nil
}

// trecLines calls each with the n columns of every line that is not blank and
// no comment.
func trecLines(r io.Reader, n int, each func([]string) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	at := 0
	for lines.Scan() {
		at++
		f := strings.Fields(lines.Text())
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		if len(f) != n {
			return fmt.Errorf("line %d: %d columns, want %d", at, len(f), n)
		}
		if err := each(f); err != nil {
			return fmt.Errorf("line %d: %w", at, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", at+1, err)
	}
	return nil
}
