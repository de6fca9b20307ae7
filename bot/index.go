package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"footnote/bot/show"
	"footnote/rag"
)

func (p *program) indexCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "index",
		Short: "Read the documents and make the index",
		Long: `Read what is new or changed, remove what is gone, and make vectors. It can be
stopped at any time, and goes on from there when it is run again.`,
		Args: cobra.NoArgs,
		RunE: interruptible(p.index),
	}
	p.cfg.Flags(cmd.Flags(), "prune")
	return cmd
}

func (p *program) index(ctx context.Context, _ []string) (err error) {
	c, err := p.open(ctx, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if c.db.ReadOnly {
		return noticef("the index in %s cannot be written to: another footnote process has it, or its folder is read only", c.dir)
	}
	m := p.meter()
	r := c.read(ctx, p.cfg.Prune, m.show)
	<-r.done
	m.end()
	if errors.Is(r.err, context.Canceled) {
		p.tell("What was done is kept: run footnote index again to go on.")
	}
	if r.err != nil {
		return r.err
	}
	s, files, err := c.stock(ctx)
	if err != nil {
		return err
	}
	if s.documents+r.report.Removed+len(r.report.Folders) == 0 {
		return c.noDocuments(files)
	}
	p.summary(r.report, s)
	if len(r.report.Folders) > 0 {
		return errIncomplete
	}
	return nil
}

// summary says in a line what a sync did, and in others what it could not do.
func (p *program) summary(r rag.SyncReport, s stock) {
	stock := show.Count(s.documents, "document") + ", " + show.Count(s.passages, "passage")
	if r.Changed+r.Removed+r.Passages == 0 {
		fmt.Fprintf(p.stdout, "%s: nothing has changed.\n", stock)
	} else {
		fmt.Fprintf(p.stdout, "%s: %d new or changed, %d removed, vectors made for %s.\n", stock, r.Changed, r.Removed, show.Count(r.Passages, "passage"))
	}
	if n := len(r.Refused); n > 0 {
		fmt.Fprintf(p.stdout, "%s refused:\n", show.Count(n, "file"))
	}
	for _, line := range byReason(r.Refused) {
		fmt.Fprintln(p.stdout, "    "+line)
	}
	for _, line := range troubles(r) {
		p.tell("%s", line)
	}
	if s.documents == 0 {
		p.tell("There are no documents now.")
	}
}
