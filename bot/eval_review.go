package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"footnote/bot/chat"
	"footnote/bot/config"
	"footnote/bot/show"
	"footnote/rag"
	"footnote/rag/eval"
)

const reviewKeys = `  r  the answer is right
  p  it is partly right
  w  it is wrong
  f  it should have been "not in the documents"
  e  it is not what you want: type the right one
  s  skip the question for now
  q  stop; the same command goes on from there`

func (p *program) evalReviewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "review FILE --out CASES",
		Short: "Judge answers, one key each, and write cases",
		Long: `Ask the questions of FILE, one a line (or cases), show each answer with its
sources, and make a case of what you think of it:

` + reviewKeys + `

Each case is written to --out at once, with who judged it and when. With --with,
the cases of another reviewer of the same questions, it says how far you agree.`,
		Args: cobra.ExactArgs(1),
		RunE: interruptible(p.evalReview),
	}
	p.cfg.Flags(cmd.Flags(), append([]string{"out", "force", "reviewer", "with", "top", "strict"}, config.ModelFlags()...)...)
	return cmd
}

// A reviewed case is one with who judged the answer, and how.
type reviewed struct {
	eval.Case
	Review   string `json:"review"` // "right", "partly", "wrong", "refuse" or "edit"
	Reviewer string `json:"reviewer"`
	Reviewed string `json:"reviewed"` // the date
}

// A review is one run of footnote eval review.
type review struct {
	p    *program
	c    *corpus
	who  string
	file *lineFile
	done map[string]reviewed
	keys *keys
}

func (p *program) evalReview(ctx context.Context, args []string) (err error) {
	if p.cfg.Out == "" {
		return usagef("name the file to write the cases to with --out FILE")
	}
	if same(args[0], p.cfg.Out) || same(p.cfg.Eval.With, p.cfg.Out) {
		return usagef("--out %s is read as well: name another file", p.cfg.Out)
	}
	cases, err := readQuestions(args[0])
	if err != nil {
		return err
	}
	other, err := readReviews(p.cfg.Eval.With)
	if err != nil {
		return err
	}
	v := &review{p: p, who: p.reviewer(), keys: &keys{in: bufio.NewReader(p.stdin), file: p.stdin}}
	if err := v.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.file.close()) }()
	if v.c, err = p.open(ctx, true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.c.close()) }()
	if err := v.all(ctx, cases); err != nil {
		return err
	}
	if p.cfg.Eval.With != "" {
		v.agreement(cases, other)
	}
	return nil
}

func same(a, b string) bool { return a != "" && filepath.Clean(a) == filepath.Clean(b) }

// reviewer is the name that the cases are signed with.
func (p *program) reviewer() string {
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return show.Line(cmp.Or(p.cfg.Eval.Reviewer, p.getenv("USER"), name, "somebody"))
}

// readQuestions reads cases, or questions: one a line.
func readQuestions(path string) ([]eval.Case, error) {
	if ext := strings.ToLower(filepath.Ext(path)); ext == ".jsonl" || ext == ".json" || ext == ".csv" {
		return readCases(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("the questions cannot be read: %s: %w", path, cause(err))
	}
	defer f.Close()
	var asCases bytes.Buffer
	err = eachLine(f, func(n int, line []byte, _ bool) error {
		q := strings.TrimSpace(strings.ToValidUTF8(strings.TrimPrefix(string(line), "\ufeff"), "\ufffd"))
		switch {
		case len(q) > chat.MaxQuestion:
			return usagef("%s:%d: the question is too long: at most %d bytes. Write one a line", path, n, chat.MaxQuestion)
		case q == "":
			asCases.WriteByte('\n')
			return nil
		}
		b, err := json.Marshal(map[string]string{"question": q})
		asCases.Write(append(b, '\n'))
		return err
	})
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(asCases.String()) == "" {
		return nil, usagef("%s: there is no question in it: write one a line", path)
	}
	cases, err := eval.ReadCases(&asCases, path)
	if err != nil {
		return nil, usageError{err}
	}
	return cases, nil
}

// readReviews reads the cases of a reviewer by ID; none without a path.
func readReviews(path string) (map[string]reviewed, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("--with %s cannot be read: %w", path, cause(err))
	}
	defer f.Close()
	all := map[string]reviewed{}
	return all, eachLine(f, func(n int, line []byte, _ bool) error {
		r, err := parseReview(path, n, line)
		all[r.ID] = r
		return err
	})
}

func parseReview(path string, n int, line []byte) (reviewed, error) {
	var r reviewed
	if err := json.Unmarshal(line, &r); err != nil || r.ID == "" || r.Reviewer == "" {
		return r, usagef("%s:%d: is no case of footnote eval review, with an id and a reviewer: name another file", path, n)
	}
	return r, nil
}

// open opens the file of cases. What is in it by the same reviewer is not asked
// again; a line that was cut off is.
func (v *review) open() (err error) {
	path := v.p.cfg.Out
	if v.file, err = openLines(path, v.p.cfg.Force); err != nil {
		return err
	}
	v.done = map[string]reviewed{}
	err = v.file.read(func(n int, line []byte) error {
		r, err := parseReview(path, n, line)
		if err != nil {
			return err
		}
		if r.Reviewer != v.who {
			return usagef("%s:%d: is a case of %s: each reviewer has a file, so name another one with --out", path, n, show.Line(r.Reviewer))
		}
		v.done[r.ID] = r
		return nil
	})
	if err != nil {
		return errors.Join(err, v.file.close())
	}
	return nil
}

// all goes through the cases that are not done.
func (v *review) all(ctx context.Context, cases []eval.Case) error {
	s, err := v.p.indexed(ctx, v.c)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(cases), func(c eval.Case) bool { return v.done[c.ID].ID != "" })
	if n := len(cases) - len(left); n > 0 {
		v.p.tell("%d of %s judged before.", n, show.Count(len(cases), "question"))
	}
	for i, c := range left {
		fmt.Fprintf(v.p.stdout, "%s%d of %d: %s\n\n", map[bool]string{true: "\n"}[i > 0], i+1, len(left), show.Line(c.Question))
		a, err := v.show(ctx, s, c)
		if err != nil {
			return err
		}
		more, err := v.judge(ctx, c, a)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// show answers a case as ask does.
func (v *review) show(ctx context.Context, s stock, c eval.Case) (rag.Answer, error) {
	t, err := v.p.terminal(c.Question)
	if err != nil {
		return rag.Answer{}, err
	}
	t.Documents, t.Model = s.documents, v.c.writerName()
	reply := t.Reply()
	a, err := v.c.engine(v.p.cfg).Ask(ctx, c.Ask(), reply.Sentence)
	if err != nil {
		return a, err
	}
	v.p.tellFault(a)
	return a, reply.End(a)
}

// judge waits for a key and writes the case. It tells whether to go on.
func (v *review) judge(ctx context.Context, c eval.Case, a rag.Answer) (more bool, err error) {
	for {
		fmt.Fprint(v.p.stdout, "\n[r]ight [p]artly [w]rong, should re[f]use, [e]dit, [s]kip, [q]uit: ")
		key, err := v.keys.key(ctx)
		if err == io.EOF {
			fmt.Fprintln(v.p.stdout)
			return false, nil
		}
		if err != nil {
			return false, err
		}
		fmt.Fprintf(v.p.stdout, "%s\n", show.Line(string(key)))
		switch key {
		case 'q':
			return false, nil
		case 's':
			return true, nil
		case 'r', 'p', 'w', 'f':
			return true, v.write(verdictOf(c, a, key))
		case 'e':
			fmt.Fprint(v.p.stdout, "The right answer: ")
			answer, err := v.keys.line(ctx)
			if err != nil && err != io.EOF {
				return false, err
			}
			if !isTerminal(v.p.stdin) {
				fmt.Fprintln(v.p.stdout, show.Line(answer)) // so that the output reads as it was
			}
			if answer == "" {
				fmt.Fprintln(v.p.stdout, "Nothing was typed.")
				continue
			}
			return true, v.write(edited(c, a, answer))
		default:
			fmt.Fprintln(v.p.stdout, reviewKeys)
		}
	}
}

// verdictOf makes a case of a judgement. What a right answer cites is gold; of a
// wrong one nothing is known but that it was wrong.
func verdictOf(c eval.Case, a rag.Answer, key rune) reviewed {
	yes, no := true, false
	r := reviewed{Case: c}
	r.Gold = nil
	for _, q := range a.Citations {
		r.Gold = append(r.Gold, eval.Gold{Doc: q.DocID, Paragraph: q.Paragraph, Text: q.Quote})
	}
	switch {
	case key == 'f', key == 'r' && a.Verdict == rag.NotFound:
		r.Review, r.Type, r.Answerable, r.Gold, r.Answers = "refuse", "unanswerable", &no, nil, nil
		if key == 'r' {
			r.Review = "right"
		}
	case key == 'r' && a.Verdict == rag.Clarify:
		r.Review, r.Type, r.Answerable, r.Gold = "right", "underspecified", nil, nil
	case key == 'r':
		r.Review, r.Type, r.Answerable = "right", "answerable", &yes
	case key == 'p':
		r.Review, r.Type, r.Answerable = "partly", "partial", &yes
	case key == 'w':
		r.Review, r.Type, r.Answerable, r.Gold = "wrong", "unreviewed", c.Answerable, c.Gold
	}
	return r
}

// edited makes a case of the answer that somebody typed. Passages that hold it are
// its gold.
func edited(c eval.Case, a rag.Answer, answer string) reviewed {
	yes := true
	r := reviewed{Case: c, Review: "edit"}
	r.Answers, r.Type, r.Answerable, r.Gold = []string{answer}, "answerable", &yes, nil
	for _, h := range a.Hits {
		if holds := func(s string) bool { return eval.Contained(s, r.Answers) == 1 }; holds(h.Passage.Text) {
			r.Gold = append(r.Gold, goldIn(h.Passage, holds))
		}
	}
	return r
}

// write adds a case to the file.
func (v *review) write(r reviewed) error {
	r.Reviewer, r.Reviewed = v.who, v.p.now().Format(time.DateOnly)
	r.Answers, r.Gold, r.History, r.Tags = orEmpty(r.Answers), orEmpty(r.Gold), orEmpty(r.History), orEmpty(r.Tags)
	var b bytes.Buffer
	if err := show.Object(&b, r); err != nil {
		return err
	}
	if err := v.file.add(b.Bytes(), "what was judged before is in it"); err != nil {
		return err
	}
	v.done[r.ID] = r
	return nil
}

// agreement says how far two reviewers judge alike.
func (v *review) agreement(cases []eval.Case, other map[string]reviewed) {
	var mine, theirs, differ []string
	name := ""
	for _, c := range cases {
		a, b := v.done[c.ID], other[c.ID]
		if a.ID == "" || b.ID == "" {
			continue
		}
		name = b.Reviewer
		mine, theirs = append(mine, a.Review), append(theirs, b.Review)
		if a.Review != b.Review {
			differ = append(differ, fmt.Sprintf("  %s: %s, %s: %s", show.Line(c.Question), a.Review, show.Line(b.Reviewer), b.Review))
		}
	}
	if len(mine) == 0 {
		fmt.Fprintf(v.p.stdout, "\nNo question was judged by both.\n")
		return
	}
	same, kappa := eval.Agreement(mine, theirs)
	fmt.Fprintf(v.p.stdout, "\n%s and %s judge %d of %s alike (%.2f); Cohen's kappa is %.2f.\n", v.who, show.Line(name),
		len(mine)-len(differ), show.Count(len(mine), "question"), same, kappa)
	for _, line := range differ {
		fmt.Fprintln(v.p.stdout, line)
	}
}
