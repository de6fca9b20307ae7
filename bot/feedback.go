package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"footnote/bot/db"
	"footnote/bot/show"
)

func (p *program) feedbackCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "feedback",
		Short: "Use what people think of the answers",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("footnote feedback needs to know what to do: footnote feedback export")
		},
	}
	export := &cobra.Command{
		Use:   "export",
		Short: "Write questions that were voted on as evaluation cases",
		Long: `Write questions that were voted on as evaluation cases, oldest first: to
standard output, or to the file that --out names. Questions in the same words
are one case with a count.

If more votes are good than bad, the case has the tag "helpful", and the sources
of its latest good answer are its gold; where that answer was "not in the
documents", answerable is false. Else it has the tag "unhelpful", the reasons
that people gave, and no gold: somebody who knows has to add it. Who asked and
who voted is not written.

With --format csv, lists are JSON and tags have spaces between them; a question
that a spreadsheet would take for a formula has an apostrophe in front.`,
		Args: cobra.NoArgs,
		RunE: interruptible(p.feedbackExport),
	}
	p.cfg.Flags(export.Flags(), "out", "format", "force")
	cmd.AddCommand(export)
	return cmd
}

func (p *program) feedbackExport(ctx context.Context, _ []string) error {
	questions, votes, err := p.kept(ctx)
	if err != nil {
		return err
	}
	cases, unrated := casesOf(questions, votes)
	if len(cases) == 0 {
		return noticef("there is nothing to export: no answer has a vote")
	}
	write := casesJSON
	if p.cfg.Format == "csv" {
		write = casesCSV
	}
	if p.cfg.Out == "" {
		err = write(p.stdout, cases)
	} else {
		err = writeFile(p.cfg.Out, p.cfg.Force, func(w io.Writer) error { return write(w, cases) })
	}
	if err != nil {
		return err
	}
	helpful := 0
	for _, c := range cases {
		if c.Tags[0] == helpfulTag {
			helpful++
		}
	}
	p.tell("%s: %d helpful, %d not; %s without a vote left out.", show.Count(len(cases), "case"), helpful, len(cases)-helpful, show.Count(unrated, "question"))
	return nil
}

// kept returns the questions and votes of the index. They are read at once, so that
// a bot that starts now can soon write there.
func (p *program) kept(ctx context.Context) (questions []db.Question, votes []db.Feedback, err error) {
	work, err := os.Getwd()
	if err != nil {
		return nil, nil, fmt.Errorf("find the working folder: %w", err)
	}
	places := p.cfg.Places(work, p.cacheFolder())
	for _, dir := range places {
		if _, err := os.Stat(filepath.Join(dir, "state.db")); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		d, err := db.Open(ctx, dir)
		if err != nil {
			return nil, nil, err
		}
		questions, err = d.Questions(ctx, time.Time{})
		if err == nil {
			votes, err = d.AllFeedback(ctx)
		}
		return questions, votes, errors.Join(err, d.Close())
	}
	return nil, nil, noticef("there is nothing to export: no question has been answered yet from an index in %s", strings.Join(places, " or "))
}

func casesJSON(w io.Writer, cases []evalCase) error {
	for _, c := range cases {
		if err := show.Object(w, c); err != nil {
			return err
		}
	}
	return nil
}

func casesCSV(w io.Writer, cases []evalCase) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"id", "question", "answers", "gold", "answerable", "type", "history", "tags", "reason", "count"}}
	for _, c := range cases {
		lists := make([]string, 3)
		for i, list := range []any{c.Answers, c.Gold, c.History} {
			var b strings.Builder
			if err := show.Object(&b, list); err != nil {
				return err
			}
			lists[i] = strings.TrimSpace(b.String())
		}
		answerable := ""
		if c.Answerable != nil {
			answerable = strconv.FormatBool(*c.Answerable)
		}
		rows = append(rows, []string{c.ID, cell(c.Question), lists[0], lists[1], answerable, c.Type, lists[2],
			strings.Join(c.Tags, " "), cell(c.Reason), strconv.Itoa(c.Count)})
	}
	return out.WriteAll(rows)
}

// cell returns what people typed as one line that no spreadsheet computes
// (https://owasp.org/www-community/attacks/CSV_Injection).
func cell(s string) string {
	s = show.Line(s)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

// writeFile makes a file for this account only. It is there whole or not at all,
// and replaces another one only by force.
func writeFile(path string, force bool, write func(io.Writer) error) (err error) {
	info, err := os.Lstat(path)
	switch {
	case err == nil && info.IsDir():
		return usagef("--out %s is a folder: name a file", path)
	case err == nil && !force:
		return usagef("there is a file %s already: --force replaces it", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return noticef("%s cannot be written: %w", path, cause(err))
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
		}
	}()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
