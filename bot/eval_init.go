package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"footnote/bot/show"
	"footnote/rag"
)

// draftTag marks a case that nobody has looked at.
const draftTag = "draft"

// maxDrafts is how many cases are made from headings.
const maxDrafts = 20

func (p *program) evalInitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a file of cases to begin with",
		Long: `Write a file of cases to begin with: every question that people voted on, as
footnote feedback export writes it, and questions made from headings of the
documents, with the tag "draft". Read them, mend what they expect, and add
questions that the documents do not answer.`,
		Args: cobra.NoArgs,
		RunE: interruptible(p.evalInit),
	}
	p.cfg.Flags(cmd.Flags(), "out", "force")
	return cmd
}

func (p *program) evalInit(ctx context.Context, _ []string) (err error) {
	cases, _, err := p.votedCases(ctx)
	if err != nil {
		return err
	}
	voted := len(cases)
	c, err := p.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := p.upToDate(ctx, c); err != nil {
		return err
	}
	drafts, err := c.drafts(ctx, cases)
	if err != nil {
		return err
	}
	cases = append(cases, drafts...)
	if p.cfg.Out == "" {
		err = casesJSON(p.stdout, cases)
	} else {
		err = writeFile(p.cfg.Out, p.cfg.Force, func(w io.Writer) error { return casesJSON(w, cases) })
	}
	if err != nil {
		return err
	}
	p.tell("%s: %d from votes, %d from headings. Read them: a case is as good as what it expects.", show.Count(len(cases), "case"), voted, len(drafts))
	return nil
}

// votedCases returns the cases that votes make; none where nobody has voted.
func (p *program) votedCases(ctx context.Context) (cases []evalCase, unrated int, err error) {
	questions, votes, err := p.kept(ctx)
	var none notice
	switch {
	case errors.As(err, &none):
		return nil, 0, nil
	case err != nil:
		return nil, 0, err
	}
	cases, unrated = casesOf(questions, votes)
	return cases, unrated, nil
}

// drafts returns a question about each of some documents, with the passage below the
// heading that it was made from, unless there is a case in the same words.
func (c *corpus) drafts(ctx context.Context, have []evalCase) ([]evalCase, error) {
	seen := map[string]bool{}
	for _, h := range have {
		seen[sameWords(h.Question)] = true
	}
	s, files, err := c.stock(ctx)
	if err != nil {
		return nil, err
	}
	if s.documents == 0 {
		return nil, c.noDocuments(files)
	}
	var all []evalCase
	for _, id := range spread(files, maxDrafts) {
		ps, err := c.index.Passages(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("read the passages of %s: %w", id, err)
		}
		qs := questions(ps)
		if len(qs) == 0 || seen[sameWords(qs[0].question)] {
			continue
		}
		seen[sameWords(qs[0].question)] = true
		all = append(all, draft(qs[0].question, qs[0].from))
	}
	return all[:min(len(all), maxDrafts)], nil
}

func draft(question string, from rag.Passage) evalCase {
	c, answerable := newCase("draft-"+hashOf(question), question), true
	c.Gold = append(c.Gold, goldIn(from, func(string) bool { return true }))
	c.Answerable, c.Type, c.Tags = &answerable, "answerable", append(c.Tags, draftTag)
	return c
}
